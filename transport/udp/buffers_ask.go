//go:build !linux

package udp

import "net"

// askBuffer asks in the portable way, which does not tell what was granted.
func askBuffer(conn *net.UDPConn, direction bufferDirection, bytes int) error {
	if direction == readBuffer {
		return conn.SetReadBuffer(bytes)
	}
	return conn.SetWriteBuffer(bytes)
}
