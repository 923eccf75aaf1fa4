//go:build !linux

package udp

import (
	"net"
	"runtime"
)

func newSocket(conn *net.UDPConn, options socketOptions) (socket, error) {
	return newLoopSocket(conn, options)
}

// dualStack reports whether a socket of all IPv6 addresses takes IPv4 too. Go
// asks for that everywhere, and these two systems have no such sockets.
func dualStack(*net.UDPConn) bool {
	return runtime.GOOS != "openbsd" && runtime.GOOS != "dragonfly"
}
