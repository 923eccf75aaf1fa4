package udp

import (
	"errors"
	"syscall"
)

// Winsock's numbers, which package syscall names otherwise or not at all.
const (
	wsaeMsgSize   = syscall.Errno(10040)
	wsaeAddrInUse = syscall.Errno(10048)
)

// isTruncated: the datagram was larger than the buffer, which was filled.
func isTruncated(err error) bool { return errors.Is(err, wsaeMsgSize) }

// isTooLarge: the path takes no datagrams of that size.
func isTooLarge(err error) bool { return errors.Is(err, wsaeMsgSize) }

func isAddressInUse(err error) bool { return errors.Is(err, wsaeAddrInUse) }
