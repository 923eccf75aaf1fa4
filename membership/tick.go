package membership

import "time"

// minVoidLateness is by how much a deadline must have been missed, at least,
// for what it ends to be void: the fault is then this node's driver's, or its
// machine's, and nobody else is blamed for it.
const minVoidLateness = 100 * time.Millisecond

// overslept tells whether a deadline passed so long before now that answers
// may have waited unread; wait is how long the answer was given.
func overslept(now, deadline Instant, wait time.Duration) bool {
	return now.Sub(deadline) > max(wait, minVoidLateness)
}

// Tick does what is due at now and returns when it next wants to be called,
// which is after now. Ticks that come late, early or too often change latency
// and nothing else: a late one ages suspicions by one period at most, and voids
// the probes whose answers it may have kept waiting. What has arrived must be
// given to Handle before Tick is called. wall is the driver's wall-clock time,
// used only to stamp views and events.
func (c *Coordinator) Tick(now Instant, wall time.Time) Instant {
	c.begin(now)
	if c.stage == stageNew {
		return Never
	}
	next := Never
	if c.stage != stageStopped {
		c.detector.age(min(c.now.Sub(c.clock.ticked), c.cfg.Period))
		c.clock.ticked = c.now
		c.prober.expire(c)
		if c.now >= c.clock.period {
			c.beginPeriod()
		}
		next = min(c.stepEntrance(), c.stepExit())
		next = min(next, c.spread(), c.stepState(), c.prober.next(), c.clock.period)
		if left := c.detector.age(0); left >= 0 {
			next = min(next, c.now.Add(left))
		}
	}
	next = min(next, c.display(wall))
	return max(next, c.now+1)
}

// beginPeriod ends a period and begins the next: one member is probed, the dead
// are knocked on, and what is allowed once a period is allowed again.
func (c *Coordinator) beginPeriod() {
	length := c.cfg.Period * time.Duration(c.detector.stretch())
	if overslept(c.now, c.clock.period, 0) {
		// The periods that were slept through are gone, and what is left of the
		// last is not a whole one.
		c.clock.period = c.now
	}
	c.clock.period = c.clock.period.Add(length)
	c.detector.period(c.prober.report)
	c.stepIsolation()
	c.dropDetours()
	c.prober.report = periodReport{}
	c.asked.clear()
	if c.table.Expire(c.now) > 0 {
		c.shown.dirty = true
	}
	c.stepRival()
	c.stepTombstones()
	c.sweepMarks()
	if c.hasRecord() {
		c.probeNext()
		c.knock()
	}
	c.observe()
}

// probeNext probes the next member of the ring; in every second period, if the
// detector has it so, the next of the circle.
func (c *Coordinator) probeNext() {
	if c.detector.circular() {
		c.circle.probed = !c.circle.probed
		if e := c.watched(); c.circle.probed && e != nil {
			c.prober.start(c, e)
			return
		}
	}
	key, ok := c.ring.next(
		func(key uint64) bool { e := c.member(key); return e != nil && !c.quarantine.member(e) },
		func(keys []uint64) []uint64 {
			for _, e := range c.table.Peers() {
				keys = append(keys, e.Key())
			}
			return keys
		})
	if ok {
		c.prober.start(c, c.table.Lookup(key))
	}
}

// probe probes a member at once, besides the ring.
func (c *Coordinator) probe(subject uint64) {
	if e := c.member(subject); e != nil && c.hasRecord() {
		c.prober.start(c, e)
	}
}
