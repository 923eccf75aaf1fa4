//go:build unix

package report

import (
	"runtime"
	"syscall"
	"time"
)

// used returns the CPU time that the process took so far, and the most memory
// that it ever had; 0 where the system does not say.
func used() (cpu time.Duration, memory uint64) {
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
