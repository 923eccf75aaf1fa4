package sim

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// maxRounds bounds how often nodes may be stepped at one instant: with links
// that take time, more is a node that keeps itself busy.
const maxRounds = 10_000

// Run runs the cluster until a time since its beginning, which may be in
// several pieces. Its error is a *Failure, or a mistake of the scenario.
func (c *Cluster) Run(until time.Duration) error { return c.RunWhile(until, nil) }

// RunWhile is Run that looks on: goOn, if not nil, is asked whenever the nodes that
// were due at an instant have been stepped, and no ends the run there.
func (c *Cluster) RunWhile(until time.Duration, goOn func() bool) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			c.Fail("panic", c.stepping(), fmt.Errorf("%v\n%s", cause, debug.Stack()))
			err = c.failure
		}
	}()
	for c.failure == nil {
		next := c.next()
		if next > membership.Instant(until) {
			c.advance(membership.Instant(until))
			break
		}
		c.advance(next)
		if err := c.applyFaults(); err != nil {
			return err
		}
		c.network.Advance(time.Duration(c.now))
		c.wakeDue()
		c.stepWoken()
		if c.failure == nil && goOn != nil && !goOn() {
			break
		}
	}
	if c.failure != nil {
		return c.failure
	}
	return nil
}

// next returns when something is due.
func (c *Cluster) next() membership.Instant {
	next := min(c.agenda.next(), c.timeline.next())
	if due, ok := c.network.Next(); ok {
		next = min(next, membership.Instant(due))
	}
	if len(c.woken) > 0 {
		next = min(next, c.core)
	}
	return max(next, c.now)
}

// advance moves the time.
func (c *Cluster) advance(now membership.Instant) {
	if now == c.now {
		if c.rounds++; c.rounds > maxRounds {
			c.Fail("progress", c.stepping(), fmt.Errorf("nodes were stepped %d times at one instant", maxRounds))
		}
		return
	}
	if c.series != nil {
		c.series.advance(c, now)
	}
	c.ledger.advance(now.Sub(c.now), c.running)
	c.now, c.rounds = now, 0
}

func (c *Cluster) applyFaults() error {
	for c.timeline.next() <= c.now {
		if err := c.Do(c.timeline.pop()); err != nil {
			return err
		}
	}
	return nil
}

// Do makes a fault happen now.
func (c *Cluster) Do(fault Fault) error {
	if _, ok := fault.(interface{ routine() }); !ok {
		c.log.begin(c.now, "fault").word(fault.String()).end()
		if c.series != nil {
			c.series.Faults = append(c.series.Faults, SeriesFault{time.Duration(c.now), fault.String()})
		}
	}
	if err := fault.Apply(c); err != nil {
		return fmt.Errorf("%v: %w", fault, err)
	}
	return nil
}

// wake has a node stepped at this instant.
func (c *Cluster) wake(n *Node) {
	if !n.woken {
		n.woken = true
		c.woken = append(c.woken, n)
	}
}

func (c *Cluster) wakeDue() {
	for c.agenda.next() <= c.now {
		c.wake(c.nodes[c.agenda.pop()])
	}
}

// stepWoken steps every woken node once, in the order of their indices: the
// order in which they were woken is that of arrivals, and depends on the
// latencies that were drawn.
func (c *Cluster) stepWoken() {
	if c.options.CPU > 0 {
		c.stepOnCore()
		return
	}
	round := c.woken
	c.woken = c.spare[:0]
	slices.SortFunc(round, func(a, b *Node) int { return cmp.Compare(a.index, b.index) })
	for i, n := range round {
		n.woken = false
		if c.failure == nil {
			c.busy = n
			n.step()
		}
		round[i] = nil
	}
	c.busy = nil
	c.spare = round[:0]
}

// stepOnCore steps the node that has waited longest for the core, if that is
// free.
func (c *Cluster) stepOnCore() {
	if len(c.woken) == 0 || c.now < c.core {
		return
	}
	n := c.woken[0]
	c.woken = c.woken[1:]
	n.woken = false
	sent := n.sent.Packets
	c.busy = n
	n.step()
	c.busy = nil
	if n.Running() {
		work := 1 + time.Duration(maxAllowance-n.port.allowance) + time.Duration(n.sent.Packets-sent)
		c.core = c.now.Add(work * c.options.CPU)
	}
}

// stepping returns the node whose code runs now, if one does.
func (c *Cluster) stepping() *Node { return c.busy }
