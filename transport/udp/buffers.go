package udp

import (
	"log/slog"
	"net"
)

// sizeBuffers asks the system for the configured buffers, and warns once for
// each that it does not grant: a buffer that is too small loses datagrams in a
// burst, which nothing else shows.
func (c Config) sizeBuffers(conn *net.UDPConn, logger *slog.Logger) {
	for _, buffer := range []struct {
		field, setting string
		direction      bufferDirection
		want           int
	}{
		{"ReadBufferBytes", "net.core.rmem_max", readBuffer, c.ReadBufferBytes},
		{"WriteBufferBytes", "net.core.wmem_max", writeBuffer, c.WriteBufferBytes},
	} {
		granted, err := setBuffer(conn, buffer.direction, buffer.want)
		switch {
		case err != nil:
			logger.Warn("udp socket buffer not set", "field", buffer.field, "asked", buffer.want, "error", err)
		case granted < buffer.want:
			logger.Warn("udp socket buffer is smaller than asked for: raise the system's limit or lower the field",
				"field", buffer.field, "asked", buffer.want, "granted", granted, "limit", buffer.setting)
		}
	}
}

// bufferDirection names one of a socket's two buffers.
type bufferDirection uint8

const (
	readBuffer bufferDirection = iota
	writeBuffer
)
