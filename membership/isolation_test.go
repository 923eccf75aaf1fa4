package membership

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestIsolationBeginsAfterSilentPeriodsAlone(t *testing.T) {
	for name, test := range map[string]struct {
		reports []periodReport
		want    bool
	}{
		"three silent periods":           {[]periodReport{deaf, deaf, deaf}, true},
		"two":                            {[]periodReport{deaf, deaf}, false},
		"one with an answer in between":  {[]periodReport{deaf, deaf, heard, deaf}, false},
		"one with a nack in between":     {[]periodReport{deaf, deaf, {sent: 1, nacks: 1}, deaf}, false},
		"nobody was asked":               {[]periodReport{{}, {}, {}, {}}, false},
		"the driver was late":            {[]periodReport{{sent: 1, voided: 1}, {sent: 1, voided: 1}, {sent: 1, voided: 1}}, false},
		"late, but silent before, after": {[]periodReport{deaf, {sent: 1, voided: 1}, deaf, deaf}, true},
	} {
		var s isolation
		turned := 0
		for _, report := range test.reports {
			if s.period(report, 3) {
				turned++
			}
		}
		if s.on != test.want || s.on && turned != 1 {
			t.Errorf("%s: isolated %v, told %d times", name, s.on, turned)
		}
	}
}

// isolations returns what a node told of its isolation.
func (n *testNode) isolations() (told []bool) {
	for _, e := range n.events {
		if e, ok := e.(Isolated); ok {
			told = append(told, !e.Over)
		}
	}
	return told
}

// On the small side of a split nearly nobody answers, and the neighbours do.
func TestWhoHearsANeighbourIsNotIsolated(t *testing.T) {
	var s isolation
	for range 10 {
		s.heard = true
		if s.period(deaf, 3) {
			t.Fatal("isolated")
		}
	}
	c := formed(t, 326, 16, nil)
	side := func(at netip.AddrPort) bool { return at == c.nodes[4].at || at == c.nodes[9].at }
	c.cut = func(from, to netip.AddrPort) bool { return side(from) != side(to) }
	c.run(5*time.Minute, nil)
	for _, n := range []*testNode{c.nodes[4], c.nodes[9]} {
		if len(n.isolations()) != 0 || n.View().Len() != 2 {
			t.Errorf("%s: isolated %v\n%v", n.cfg.ID, n.isolations(), n.View())
		}
	}
}

// Two of many who are split off together do not meet by their probes alone in so
// few periods; but each asks everybody before it says that nobody is there.
func TestOneNeighbourAmongManyIsFoundBeforeIsolation(t *testing.T) {
	c := formed(t, 3275, 150, nil)
	a, b := c.nodes[7], c.nodes[40]
	side := func(at netip.AddrPort) bool { return at == a.at || at == b.at }
	c.cut = func(from, to netip.AddrPort) bool { return side(from) != side(to) }
	c.run(25*time.Second, nil)
	for _, n := range []*testNode{a, b} {
		if told := n.isolations(); len(told) != 0 {
			t.Errorf("%s told %v", n.cfg.ID, told)
		}
	}
}

// Before it is isolated a node asks each member once more, and no more of them in
// one period than it must.
func TestWhoIsCutOffAsksAllOnce(t *testing.T) {
	c := formed(t, 3280, 32, nil)
	n := c.nodes[5]
	c.cut = func(from, to netip.AddrPort) bool { return from == n.at || to == n.at }
	limit := time.Duration(lonePeriods*n.Coordinator.cfg.tolerancePeriods()) * time.Second
	c.run(limit-4*time.Second, nil)
	asked := map[netip.AddrPort]int{}
	c.spy = func(from *testNode, out Outbound, _ int) {
		if from == n && out.Envelope.Probe != 0 {
			asked[out.Target]++
		}
	}
	c.within(8*time.Second, "isolated", func() bool { return len(n.isolations()) > 0 })
	sent := 0
	for _, times := range asked {
		sent += times
	}
	if len(asked) != 31 || sent > 31+8*2*2 {
		t.Fatalf("%d were asked, by %d probes", len(asked), sent)
	}
}

func TestANodeOnItsOwnIsNotIsolated(t *testing.T) {
	c := newCluster(t, 321)
	n := c.start(c.config(0))
	c.run(10*time.Minute, nil)
	if len(n.isolations()) != 0 || n.statusOf(n.cfg.ID) != StatusUp || n.Stats().ProbesSent != 0 {
		t.Fatalf("%v, %+v", n.events, n.Stats())
	}
}

func TestOfTwoTheOneThatIsLeftIsIsolatedAndCondemnsNobody(t *testing.T) {
	c := formed(t, 322, 2, nil)
	n, other := c.nodes[0], c.nodes[1]
	root := n.table.Root()
	wake := c.now.Add(time.Minute)
	c.pause(other, wake)
	took := c.within(10*time.Second, "the other is shown Dead", func() bool { return n.statusOf(other.cfg.ID) == StatusDead })
	if took < 3*time.Second || took > 5*time.Second {
		t.Errorf("after %v", took)
	}
	if view := n.View(); view.Len() != 1 || view.Hash == 0 || len(n.isolations()) != 1 {
		t.Errorf("%v; told %v", view, n.isolations())
	}
	if e := n.table.Lookup(other.key); n.table.Root() != root || !e.Live() || e.Accused() || n.Stats().Accusations+n.Stats().Declared != 0 {
		t.Errorf("the table holds something against it: %v", e.Shown())
	}
	incarnation := other.table.Self().Incarnation()
	c.run(wake.Sub(c.now)-1, nil)
	took = c.within(3*time.Second, "together again", func() bool { return c.allSee(2, StatusUp) })
	t.Logf("together after %v", took)
	if told := n.isolations(); len(told) != 2 || told[1] || other.table.Self().Incarnation() != incarnation {
		t.Errorf("told %v; incarnation %d", told, other.table.Self().Incarnation())
	}
	if len(other.isolations()) != 0 {
		t.Error("who slept was not isolated")
	}
}

func TestOfThreeTheLastOneIsIsolatedAfterFifteenPeriods(t *testing.T) {
	c := formed(t, 323, 3, nil)
	n := c.nodes[0]
	c.crash(c.nodes[1])
	c.crash(c.nodes[2])
	took := c.within(30*time.Second, "it is isolated", func() bool { return len(n.isolations()) == 1 })
	if took < 15*time.Second || took > 17*time.Second {
		t.Errorf("after %v", took)
	}
	c.run(time.Second, nil)
	if n.View().Len() != 1 || n.Stats().Declared != 0 {
		t.Errorf("%v", n.View())
	}
}

func TestAnIsolatedNodeKnocksOnAllAndTheFirstAnswerEndsIt(t *testing.T) {
	c := formed(t, 324, 12, nil)
	n := c.nodes[5]
	apart := true
	c.cut = func(from, to netip.AddrPort) bool { return apart && (from == n.at) != (to == n.at) }
	c.within(time.Minute, "it is isolated", func() bool { return n.isolation.on })
	knocks := n.Stats().Knocks
	c.run(20*time.Second, nil)
	if rate := n.Stats().Knocks - knocks; rate < 20 || rate > 60 {
		t.Errorf("%d knocks in 20 s", rate)
	}
	if s := n.Stats(); s.Accusations+s.Declared != 0 || n.View().Len() != 1 {
		t.Errorf("%+v\n%v", s, n.View())
	}
	apart = false
	c.within(3*time.Second, "it shows the others again", func() bool { return n.View().Len() == 12 && !n.isolation.on })
	for _, other := range c.nodes {
		if other != n && len(other.isolations()) != 0 {
			t.Errorf("%s was isolated", other.cfg.ID)
		}
	}
}

func TestWhoIsCutOffAccusesNobody(t *testing.T) {
	for name, oneWay := range map[string]bool{"both ways": false, "one way": true} {
		c := formed(t, 325, 16, nil)
		deafNode := c.nodes[7]
		c.cut = func(from, to netip.AddrPort) bool { return to == deafNode.at || !oneWay && from == deafNode.at }
		c.within(15*time.Second, name+": the others find it dead", func() bool {
			for _, n := range c.nodes {
				if n != deafNode && n.statusOf(deafNode.cfg.ID) != StatusDead {
					return false
				}
			}
			return true
		})
		c.run(time.Minute, nil)
		if s := deafNode.Stats(); s.Accusations+s.Declared != 0 || s.LocalHealth != worstHealth {
			t.Errorf("%s: %+v", name, s)
		}
		for _, n := range c.nodes {
			for m := range n.View().Gone() {
				if n != deafNode && m.ID != deafNode.cfg.ID {
					t.Errorf("%s: %s shows %s %v", name, n.cfg.ID, m.ID, m.Status)
				}
			}
		}
	}
}

func TestLocalHealth(t *testing.T) {
	var h localHealth
	h.probed(outcome{helpers: 3})
	h.probed(outcome{helpers: 3, nacks: 1})
	h.probed(outcome{helpers: 3, acked: true})
	h.probed(outcome{})
	h.probed(outcome{helpers: 3, hard: hearsayv1.EvidenceUnreachable})
	if h.score != 1 {
		t.Fatalf("only silence counts: %d", h.score)
	}
	h.period(heard)
	if h.score != 1 {
		t.Fatal("the period in which it happened betters it")
	}
	h.period(deaf)
	h.period(heard)
	if h.score != 0 {
		t.Fatal("a good period does not better it")
	}
	h.period(heard)
	h.period(periodReport{acks: 1, voided: 1})
	h.period(periodReport{acks: 1, troubles: 3})
	if h.score != 2 {
		t.Fatalf("a driver that is late and a transport that refuses: %d", h.score)
	}
	for range 20 {
		h.worsen()
	}
	if h.score != worstHealth {
		t.Fatalf("worst is %d", h.score)
	}
}
