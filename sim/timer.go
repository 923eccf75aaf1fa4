package sim

import (
	"fmt"
	"time"
)

// After has something done after a time, as time.AfterFunc does, unless the life
// of the node ends before or stop is called. If the process is paused then, it is
// done when the pause ends.
func (n *Node) After(d time.Duration, do func()) (stop func()) {
	l := n.life
	if l == nil {
		return func() {}
	}
	c, stopped := n.cluster, false
	var fire func() error
	fire = func() error {
		if stopped || l.ended {
			return nil
		}
		if rest := n.node.PausedTo() - c.Now(); rest > 0 {
			c.sim.Later(rest, fire)
			return nil
		}
		do()
		return c.err
	}
	c.sim.Later(max(d, 0), fire)
	return func() { stopped = true }
}

// Every has something done at equal distances, the first time after one of them,
// until the life of the node ends or stop is called. What falls into a pause is
// done once, at its end. interval must be above 0, or it panics, as time.NewTicker
// does.
func (n *Node) Every(interval time.Duration, do func()) (stop func()) {
	if interval <= 0 {
		panic(fmt.Sprintf("sim: Every(%v): give more than 0", interval))
	}
	stopped := false
	stopNext := func() {}
	var tick func()
	tick = func() {
		if do(); !stopped {
			stopNext = n.After(interval, tick)
		}
	}
	stopNext = n.After(interval, tick)
	return func() { stopped = true; stopNext() }
}
