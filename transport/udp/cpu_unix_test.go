//go:build unix

package udp

import (
	"syscall"
	"testing"
	"time"
)

// processorTime returns the CPU time that this process has used.
func processorTime(tb testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
