//go:build !unix

package report

import "time"

// used returns nothing here: the system does not say it in a portable way.
func used() (cpu time.Duration, memory uint64) { return 0, 0 }
