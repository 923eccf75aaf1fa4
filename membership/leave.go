package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Rounds in which a node that leaves tells its removal, and the part of a
// gossip interval that lies between two of them.
const (
	exitRounds = 3
	exitPause  = 4
)

// exit is a node's way out: it says that it leaves, and can still be reached;
// then it writes its own removal, tells as many peers as a rumour is sent, and
// is gone. What others miss they learn from each other.
type exit struct {
	asked bool
	next  Instant
	// left is how many peers are still to be told of the removal, rounds how
	// often they were.
	left, rounds int
}

// Leave begins a graceful exit, which takes less than two gossip intervals;
// Left tells when it is done. A node that is alone, or has not found its way in
// yet, is gone at once. Calling it again changes nothing; before Join and after
// the end it returns ErrStopped.
func (c *Coordinator) Leave(now Instant) error {
	c.begin(now)
	switch c.stage {
	case stageLeaving:
		return nil
	case stageNew, stageStopped:
		if c.stage == stageNew {
			c.stage = stageStopped
		}
		return ErrStopped
	}
	c.exit.asked = true
	if !c.hasRecord() {
		c.stage = stageStopped
		return nil
	}
	c.stage = stageLeaving
	if len(c.table.Peers()) == 0 {
		c.remove()
		c.stage = stageStopped
		return nil
	}
	c.setStatus(hearsayv1.NodeStatusLeaving)
	c.exit.next = c.now.Add(c.cfg.GossipInterval / 2)
	return nil
}

// remove writes the node's own removal.
func (c *Coordinator) remove() {
	c.exit.left = rumourSends(c.table.LiveCount())
	if c.table.RemoveSelf(c.now) == nil {
		c.shown.dirty = true
	}
	c.rumours.drop(rumourName{subject: c.key})
}

// stepExit does what is due of the leaving.
func (c *Coordinator) stepExit() Instant {
	if c.stage != stageLeaving {
		return Never
	}
	if c.now < c.exit.next {
		return c.exit.next
	}
	if c.table.Self().Live() {
		c.remove()
	}
	for _, e := range c.pickPeers(c.exit.left, nil) {
		to, ok := c.toward(e)
		if !ok {
			continue
		}
		c.exit.left--
		d := c.open(to)
		d.measure(c.cfg.DatagramBudget)
		rec := c.table.Self().record()
		d.addRecord(&rec)
		c.post(d)
	}
	c.exit.rounds++
	if c.exit.left <= 0 || c.exit.rounds == exitRounds {
		c.stage = stageStopped
		return Never
	}
	c.exit.next = c.now.Add(c.cfg.GossipInterval / exitPause)
	return c.exit.next
}
