package membership

import (
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The cluster as a whole knocks min(k/knockShare, maxKnocks) times a period,
// k being whom there is to knock on, whatever its own size.
const (
	knockShare = 4.0
	maxKnocks  = 2.0
)

// knock contacts those who may live beyond a split: the dead, who are told what
// is held against them and refute it, and the seeds that are no live members.
// Each node takes its share of the cluster's knocks, at random, for ever: so a
// split of any length heals, and a node that started alone finds the others.
func (c *Coordinator) knock() {
	dead := 0
	for _, e := range c.table.Gone() {
		if c.knockable(e) {
			dead++
		}
	}
	cut := c.unreached()
	doors := dead + len(cut)
	for i := range c.seeds.list {
		if c.strangeSeed(&c.seeds.list[i]) {
			doors++
		}
	}
	if doors == 0 || c.stage != stageUp {
		return
	}
	share := min(float64(doors)/knockShare, maxKnocks) / float64(max(c.table.LiveCount()-len(cut), 1))
	for ; share > 0; share-- {
		if share < 1 && c.random.peers.Float64() >= share {
			return
		}
		c.knockOn(c.random.peers.IntN(doors), dead)
	}
}

// knockable tells whether a node that is gone may come back: not one that left.
func (c *Coordinator) knockable(e *Entry) bool {
	if e.Verdict() == hearsayv1.VerdictRemoved {
		return false
	}
	_, ok := c.toward(e)
	return ok
}

// strangeSeed tells whether a seed is the address of no live member. A node that
// stands alone because its own question came back doubts that.
func (c *Coordinator) strangeSeed(s *seed) bool {
	if s.own {
		return s.echoed && len(c.table.Peers()) == 0
	}
	if s.key == 0 {
		// A member that was found otherwise may be behind a seed that was
		// never asked.
		if e := c.table.AtAddress("", s.address); e != nil {
			s.key = e.Key()
		}
	}
	return s.key == 0 || s.key != c.key && c.member(s.key) == nil
}

// knockOn knocks on one of the doors: the dead first, then the seeds.
func (c *Coordinator) knockOn(door, dead int) {
	c.stats.Knocks++
	if door < dead {
		for _, e := range c.table.Gone() {
			if !c.knockable(e) {
				continue
			}
			if door--; door >= 0 {
				continue
			}
			to, _ := c.toward(e)
			c.prober.send(c, to, c.random.sequence())
			return
		}
		return
	}
	door -= dead
	if cut := c.unreached(); door < len(cut) {
		if to, ok := c.toward(cut[door]); ok {
			c.prober.send(c, to, c.random.sequence())
		}
		return
	} else {
		door -= len(cut)
	}
	for i := range c.seeds.list {
		s := &c.seeds.list[i]
		if !c.strangeSeed(s) {
			continue
		}
		if door--; door < 0 {
			c.askSeed(s)
			return
		}
	}
}

// knockAnswered takes a seed's answer to a node that is in a cluster already:
// if it is in another one, or on the other side of a split, the tables are
// compared at once. known is what the seed knows of this node's generations.
func (c *Coordinator) knockAnswered(from *correspondent, known Generation) {
	if self := c.table.Self(); self != nil && self.Live() && known.Valid() && known > self.Generation() {
		c.askFor(from, c.key)
	}
	compares := c.stage == stageUp || c.stage == stageObserving
	if root := from.envelope.Root; root != 0 && root != c.table.Root() && compares && c.now >= c.repair.next {
		c.sendSum(c.reply(from))
	}
}

// grace is how long the death of a member may stay unshown here that was
// declared by the other side of a split: long enough for the member to be told
// and to refute.
func (c *Coordinator) grace() time.Duration { return 2 * c.cfg.Period }
