//go:build !unix

package hearsay_test

import "time"

// processCPU: other systems tell in ways of their own.
func processCPU() time.Duration { return 0 }
