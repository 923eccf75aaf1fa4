package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// processStarved returns for how long threads of this process have run, and for
// how long they were ready to and had no core: what the machine was busy with
// otherwise, and what the process wanted beyond all cores.
func processStarved() (ran, waited time.Duration) {
	tasks, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, name := range tasks {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		var on, off time.Duration
		if _, err := fmt.Sscan(string(text), &on, &off); err == nil {
			ran, waited = ran+on, waited+off
		}
	}
	return ran, waited
}
