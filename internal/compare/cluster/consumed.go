package main

import (
	"runtime"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/rusage"
)

// consumption is what a process has used up so far.
type consumption struct {
	traffic
	cpu                    time.Duration
	allocations, allocated uint64
}

func consumed(nodes []node) consumption {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return consumption{sent(nodes), rusage.CPU(), memory.Mallocs, memory.TotalAlloc}
}

func (c consumption) minus(o consumption) consumption {
	return consumption{c.traffic.minus(o.traffic), c.cpu - o.cpu, c.allocations - o.allocations, c.allocated - o.allocated}
}

func sent(nodes []node) (sum traffic) {
	for _, n := range nodes {
		sum = sum.plus(n.sent())
	}
	return sum
}

// footprint is what a process has.
type footprint struct {
	goroutines int
	heap       int64
}

// held collects garbage and returns what is left.
func held() footprint {
	runtime.GC()
	runtime.GC() // pools give back what they keep after two
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return footprint{runtime.NumGoroutine(), int64(memory.HeapAlloc)}
}
