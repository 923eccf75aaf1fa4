//go:build !linux

package main

import "time"

// processStarved is not known here.
func processStarved() (ran, waited time.Duration) { return 0, 0 }
