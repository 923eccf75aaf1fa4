package main

import (
	"math"
	"slices"
	"time"
)

// metric names one thing that is measured.
type metric string

const (
	joinTime       metric = "join"
	joinPackets    metric = "join packet bytes"
	settledPackets metric = "settled packet bytes"
	settledStreams metric = "settled stream bytes"
	settledCPU     metric = "settled CPU"

	updateHalf metric = "update 50"
	updateMost metric = "update 99"
	updateAll  metric = "update 100"
	leaveKnown metric = "leave known"
	leaveGone  metric = "leave gone"
	crashFirst metric = "crash first"
	crashRest  metric = "crash rest"

	quietPackets    metric = "quiet packets"
	quietBytes      metric = "quiet packet bytes"
	quietStreams    metric = "quiet stream bytes"
	quietCPU        metric = "quiet CPU"
	quietAllocs     metric = "quiet allocations"
	quietAllocated  metric = "quiet allocated"
	quietGoroutines metric = "quiet goroutines"
	quietHeap       metric = "quiet heap"

	starved metric = "starved"
)

// sample is what a metric has come to.
type sample struct {
	Values []float64
	// Late counts what had not happened when its time was over: it has no value.
	Late int
}

func (s sample) isEmpty() bool { return len(s.Values) == 0 && s.Late == 0 }

// samples are all measurements of one kind of cluster.
type samples map[metric]sample

func (s samples) add(m metric, value float64) {
	was := s[m]
	was.Values = append(was.Values, value)
	s[m] = was
}

// addTime adds a time in seconds, or that there was none.
func (s samples) addTime(m metric, d time.Duration) {
	if d != never {
		s.add(m, d.Seconds())
		return
	}
	was := s[m]
	was.Late++
	s[m] = was
}

// merge adds the measurements of another cluster of the kind.
func (s samples) merge(o samples) {
	for m, more := range o {
		was := s[m]
		s[m] = sample{append(was.Values, more.Values...), was.Late + more.Late}
	}
}

// median returns the middle of the values; what was late counts as more than any
// of them. It is NaN if there is none, or if the middle was late.
func (s sample) median() float64 {
	values := slices.Clone(s.Values)
	for range s.Late {
		values = append(values, math.Inf(1))
	}
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	upper := values[len(values)/2]
	middle := (values[(len(values)-1)/2] + upper) / 2
	if math.IsInf(middle, 0) {
		return math.NaN()
	}
	return middle
}
