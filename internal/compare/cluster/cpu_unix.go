//go:build unix

package main

import (
	"syscall"
	"time"
)

// processCPU returns the time that this process has run, in the system and
// outside.
func processCPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
