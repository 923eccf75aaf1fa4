//go:build !windows

package udp

import (
	"errors"
	"syscall"
)

// isTruncated: these systems cut a datagram without an error.
func isTruncated(error) bool { return false }

// isTooLarge: the path takes no datagrams of that size.
func isTooLarge(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

func isAddressInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
