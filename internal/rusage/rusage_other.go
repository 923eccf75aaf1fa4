//go:build !unix

package rusage

import "time"

// Self returns nothing here: the system does not say it in a portable way.
func Self() (cpu time.Duration, memory uint64) { return 0, 0 }

// CPU returns nothing here either.
func CPU() time.Duration { return 0 }
