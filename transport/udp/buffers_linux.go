package udp

import (
	"net"

	"golang.org/x/sys/unix"
)

// bookkeeping is by what factor Linux enlarges a buffer for its own overhead;
// getsockopt returns the enlarged size.
const bookkeeping = 2

// setBuffer asks for a buffer, beyond the system's limit if the process is
// privileged (CAP_NET_ADMIN), and returns what it got.
func setBuffer(conn *net.UDPConn, direction bufferDirection, bytes int) (granted int, err error) {
	option, forced := unix.SO_RCVBUF, unix.SO_RCVBUFFORCE
	if direction == writeBuffer {
		option, forced = unix.SO_SNDBUF, unix.SO_SNDBUFFORCE
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var optionErr error
	err = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, forced, bytes) != nil {
			// Without the privilege: up to the limit, which is no error.
			optionErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, bytes)
		}
		if optionErr == nil {
			granted, optionErr = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option)
		}
	})
	if err == nil {
		err = optionErr
	}
	return granted / bookkeeping, err
}
