//go:build unix && !linux

package udp

import (
	"net"

	"golang.org/x/sys/unix"
)

// setBuffer asks for a buffer and returns its size. A system that has a limit
// refuses what is beyond it, so less and less is asked for.
func setBuffer(conn *net.UDPConn, direction bufferDirection, bytes int) (granted int, err error) {
	for ask := bytes; ask >= MinBufferBytes; ask /= 2 {
		if err = askBuffer(conn, direction, ask); err == nil {
			break
		}
	}
	if err != nil {
		return 0, err
	}
	option := unix.SO_RCVBUF
	if direction == writeBuffer {
		option = unix.SO_SNDBUF
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var optionErr error
	err = raw.Control(func(fd uintptr) {
		granted, optionErr = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option)
	})
	if err == nil {
		err = optionErr
	}
	return granted, err
}
