package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// accusedBy merges an accusation of a member by another.
func (n *testNode) accusedBy(t *testing.T, subject, accuser *testNode) {
	t.Helper()
	e := n.table.Lookup(subject.key)
	outcome, err := n.table.MergeAccusation(0, &hearsayv1.Accusation{
		Subject: subject.key, Generation: uint64(e.Generation()), Incarnation: uint32(e.Incarnation()),
		Accuser: accuser.key, Evidence: hearsayv1.EvidenceNack,
	})
	if err != nil || !outcome.Has(Changed) {
		t.Fatalf("accused: %v, %v", outcome, err)
	}
	n.shown.dirty = true
	n.suspected(e, false)
}

// One accuser more is no event, and does not keep the death waiting that follows
// it; what made an event does, for the rest of the interval.
func TestALossIsShownAtOnceUnlessSomethingWasToldJustNow(t *testing.T) {
	c := formed(t, 19, 12, nil)
	n, victim := c.nodes[0], c.nodes[1]
	tick := func(after time.Duration) {
		c.now = c.now.Add(after)
		n.Tick(c.now, time.Time{})
	}
	condemn := func(member *testNode) {
		e := n.table.Lookup(member.key)
		e.accused.noticed = c.now.Add(-n.Coordinator.cfg.PauseTolerance) // it has seen the whole case
		n.declare(e)
	}
	for _, accuser := range c.nodes[2:5] {
		n.accusedBy(t, victim, accuser)
	}
	tick(time.Millisecond)
	if s := n.statusOf(victim.cfg.ID); s != StatusSuspect {
		t.Fatalf("%v after three accusations", s)
	}
	interval := n.Coordinator.cfg.GossipInterval
	tick(interval)
	n.accusedBy(t, victim, c.nodes[5])
	tick(time.Millisecond)
	if m, _ := n.View().Get(victim.cfg.ID); len(m.Accusers) != 4 {
		t.Fatalf("accused by %v", m.Accusers)
	}
	condemn(victim)
	tick(time.Millisecond)
	if s := n.statusOf(victim.cfg.ID); s != StatusDead {
		t.Errorf("%v a millisecond after the verdict", s)
	}

	other := c.nodes[6]
	for _, accuser := range c.nodes[7:10] {
		n.accusedBy(t, other, accuser)
	}
	condemn(other)
	tick(time.Millisecond)
	if s := n.statusOf(other.cfg.ID); s != StatusUp {
		t.Errorf("%v, within the interval of the event before", s)
	}
	tick(interval)
	if s := n.statusOf(other.cfg.ID); s != StatusDead {
		t.Errorf("%v, an interval later", s)
	}
}

// News begins the intervals of gossip where none waited, and a loss begins them
// anew: once in an interval, or a split would quicken them for as long as it has
// members to lose.
func TestALossBeginsTheIntervalsAnew(t *testing.T) {
	c := formed(t, 20, 12, nil)
	n := c.nodes[0]
	n.begin(c.now)
	interval := n.Coordinator.cfg.GossipInterval
	soon := c.now.Add(interval/quickening + 1)
	lose := func(i int) { n.declare(n.table.Lookup(c.nodes[i].key)) }

	n.rumour(rumourName{n.key, c.nodes[1].key}, 0, false)
	if n.clock.gossip > soon {
		t.Fatalf("the first news waits for %v", n.clock.gossip.Sub(c.now))
	}
	late := c.now.Add(interval)
	n.clock.gossip, n.circle.turn = late, 2
	n.rumour(rumourName{n.key, c.nodes[2].key}, 0, false)
	if n.clock.gossip != late || n.circle.turn != 2 {
		t.Errorf("one accuser more: %v, turn %d", n.clock.gossip.Sub(c.now), n.circle.turn)
	}
	lose(3)
	if n.clock.gossip > soon || n.circle.turn != 0 {
		t.Errorf("a loss waits for %v, and is told to follower %d first", n.clock.gossip.Sub(c.now), n.circle.turn)
	}
	n.clock.gossip = late
	lose(4)
	if n.clock.gossip != late {
		t.Errorf("a second loss in one interval waits for %v only", n.clock.gossip.Sub(c.now))
	}
	n.stateNews(c.nodes[6].key, 0, 0)
	if n.clock.gossip != late {
		t.Error("state that there is not is news")
	}
	n.table.stateMoved(n.table.Lookup(c.nodes[6].key), 3)
	n.stateNews(c.nodes[6].key, 0, 0)
	if n.clock.gossip > soon {
		t.Errorf("what a member wrote waits for %v, for losses came before it", n.clock.gossip.Sub(c.now))
	}
	c.now = c.now.Add(interval)
	n.begin(c.now)
	n.clock.gossip = c.now.Add(interval)
	lose(5)
	if n.clock.gossip > c.now.Add(interval/quickening+1) {
		t.Errorf("a loss an interval later waits for %v", n.clock.gossip.Sub(c.now))
	}
}
