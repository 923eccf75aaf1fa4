package sim

import (
	"math"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// epoch is the wall-clock time at which every run begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// clock is what a node takes for the time. It starts at 0 with the process, as
// a driver's monotonic clock does, may run fast or slow, and may jump.
type clock struct {
	// from is the virtual instant at which the clock read base.
	from, base membership.Instant
	// rate is local seconds per virtual second.
	rate float64
	// wallShift is how far the wall clock is from the truth.
	wallShift time.Duration
}

func newClock(now membership.Instant) clock { return clock{from: now, rate: 1} }

// local returns what the clock reads at a virtual instant.
func (c *clock) local(now membership.Instant) membership.Instant {
	if c.rate == 1 {
		return c.base + now - c.from
	}
	return c.base + membership.Instant(float64(now-c.from)*c.rate)
}

// virtual returns the first virtual instant at which the clock reads at least
// local.
func (c *clock) virtual(local membership.Instant) membership.Instant {
	if local == membership.Never {
		return membership.Never
	}
	elapsed := local - c.base
	if c.rate != 1 {
		elapsed = membership.Instant(math.Ceil(float64(elapsed) / c.rate))
		for c.local(c.from+elapsed) < local {
			elapsed++
		}
	}
	return c.from.Add(time.Duration(elapsed))
}

// wall returns the wall-clock time that the node reads.
func (c *clock) wall(now membership.Instant) time.Time {
	return epoch.Add(time.Duration(now) + c.wallShift)
}

// jump moves the clock forward at once, as after a suspension in which the
// monotonic clock went on.
func (c *clock) jump(now membership.Instant, by time.Duration) {
	c.base, c.from = c.local(now).Add(by), now
}

// setRate makes the clock run at another speed from now on.
func (c *clock) setRate(now membership.Instant, rate float64) {
	c.base, c.from, c.rate = c.local(now), now, rate
}
