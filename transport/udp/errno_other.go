//go:build !windows

package udp

import (
	"errors"
	"syscall"
)

// isTruncated: these systems cut a datagram without an error.
func isTruncated(error) bool { return false }

func isAddressInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
