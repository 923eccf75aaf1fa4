//go:build unix

package rusage

import (
	"runtime"
	"syscall"
	"time"
)

// Self returns the CPU time that the process took so far, in the system and
// outside, and the most memory that it ever had in bytes; 0 where the system does
// not say.
func Self() (cpu time.Duration, memory uint64) {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0, 0
	}
	unit := uint64(1024) // Linux and the BSDs count KiB
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), uint64(usage.Maxrss) * unit
}

// CPU returns the CPU time of Self.
func CPU() time.Duration {
	cpu, _ := Self()
	return cpu
}
