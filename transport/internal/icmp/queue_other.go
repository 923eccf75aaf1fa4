//go:build !linux

package icmp

import (
	"net/netip"
	"syscall"
)

// Watch does nothing.
func Watch(syscall.RawConn, bool, bool) error { return nil }

// Queue is empty.
type Queue struct{}

// Read reports nothing.
func (*Queue) Read(syscall.RawConn, func(netip.AddrPort)) (seen uint64) { return 0 }
