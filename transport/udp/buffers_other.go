//go:build !unix

package udp

import "net"

// setBuffer asks for a buffer. The system does not tell what it grants; what
// it does not refuse is taken as granted.
func setBuffer(conn *net.UDPConn, direction bufferDirection, bytes int) (granted int, err error) {
	if err := askBuffer(conn, direction, bytes); err != nil {
		return 0, err
	}
	return bytes, nil
}
