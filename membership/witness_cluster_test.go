package membership

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestACrashIsFoundWithinTheToleranceAndAFewPeriods(t *testing.T) {
	for _, n := range []int{3, 4, 5, 16, 64} {
		var times []time.Duration
		for seed := range uint64(12) {
			c := formed(t, 400+seed, n, nil)
			c.run(time.Duration(c.rng.Int64N(int64(time.Second))), nil)
			victim := c.nodes[1+c.rng.IntN(n-1)]
			c.crash(victim)
			first := c.within(20*time.Second, "somebody shows it", func() bool {
				return slices.ContainsFunc(c.up(), func(node *testNode) bool { return node.statusOf(victim.cfg.ID) == StatusDead })
			})
			c.within(time.Second, "all show it", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
			times = append(times, first)
		}
		slices.Sort(times)
		t.Logf("n=%d: %v to %v, median %v", n, times[0], times[len(times)-1], times[len(times)/2])
		if times[0] < 3*time.Second {
			t.Errorf("n=%d: dead after %v, less than the tolerance", n, times[0])
		}
		if times[len(times)/2] > 5*time.Second || times[len(times)-1] > 8500*time.Millisecond {
			t.Errorf("n=%d: %v", n, times)
		}
	}
}

// Where the links of one member to most others are cut, those who still reach
// it keep it alive: nobody even accuses it.
func TestAMemberThatAFewCanReachIsNotAccused(t *testing.T) {
	c := formed(t, 421, 12, nil)
	x := c.nodes[11]
	cut := func(node netip.AddrPort) bool {
		return slices.IndexFunc(c.nodes, func(n *testNode) bool { return n.at == node }) < 6
	}
	c.cut = func(from, to netip.AddrPort) bool { return from == x.at && cut(to) || to == x.at && cut(from) }
	c.run(5*time.Minute, nil)
	for _, n := range c.nodes {
		if s := n.Stats(); s.Accusations != 0 {
			t.Errorf("%s accuses %d times", n.cfg.ID, s.Accusations)
		}
	}
}

// Whoever comes within reach again before its case is ripe is not shown as Dead
// by those who reach it: accusers do not let a case rest.
func TestWhoComesWithinReachDuringItsTrialIsNotDead(t *testing.T) {
	for seed := range uint64(8) {
		c := formed(t, 430+seed, 32, nil)
		split := func(side ...int) {
			c.cut = func(from, to netip.AddrPort) bool {
				in := func(at netip.AddrPort) bool {
					return slices.ContainsFunc(side, func(i int) bool { return c.nodes[i].at == at })
				}
				return in(from) != in(to)
			}
		}
		split(0, 1, 2)
		suspect := c.nodes[4]
		for _, n := range c.nodes[:3] {
			n.begin(c.now)
			n.accuse(n.table.Lookup(suspect.key), hearsayv1.EvidenceNack)
			for _, other := range c.nodes[:3] {
				if other != n {
					n.accusedBy(t, suspect, other)
				}
			}
			c.step(n)
		}
		cfg := &c.nodes[0].Coordinator.cfg
		c.run(cfg.PauseTolerance-cfg.Period, nil)
		split(0, 3, 4, 5)
		c.run(3*cfg.Period, func() bool {
			if c.nodes[0].statusOf(suspect.cfg.ID) != StatusDead {
				return false
			}
			t.Error("dead for one that reaches it")
			return true
		})
	}
}

func TestAProbeThatFailedIsMadeAgainThroughOtherHelpers(t *testing.T) {
	for _, test := range []struct{ n, requests, helpers int }{{14, 9, 9}, {6, 9, 4}, {4, 6, 2}, {3, 3, 1}} {
		c := formed(t, 422, test.n, nil)
		prober, victim := c.nodes[0], c.nodes[1]
		c.crash(victim)
		helpers, requests := map[netip.AddrPort]bool{}, 0
		c.spy = func(from *testNode, out Outbound, _ int) {
			if r := out.Envelope.ProbeRequest; from == prober && r != nil && r.Target == victim.key && prober.Stats().Accusations == 0 {
				helpers[out.Target] = true
				requests++
			}
		}
		prober.begin(c.now)
		prober.probe(victim.key)
		prober.next = c.now
		c.within(time.Second, "it accuses", func() bool { return prober.Stats().Accusations == 1 })
		if requests != test.requests || len(helpers) != test.helpers {
			t.Errorf("n=%d: %d requests to %d helpers, want %d to %d", test.n, requests, len(helpers), test.requests, test.helpers)
		}
	}
}

func TestTheJuryMakesAnAccusationOfOneOneOfMany(t *testing.T) {
	c := formed(t, 423, 64, nil)
	victim := c.nodes[7]
	c.crash(victim)
	accusers := func() int {
		most := 0
		for _, n := range c.up() {
			most = max(most, n.table.Lookup(victim.key).AccuserCount())
		}
		return most
	}
	c.within(10*time.Second, "one accuses", func() bool { return accusers() == 1 })
	took := c.within(time.Second, "three accuse", func() bool { return accusers() >= 3 })
	if took > 500*time.Millisecond {
		t.Errorf("three accuse only after %v", took)
	}
}

// An accusation of one node, of somebody whom all others reach, comes to
// nothing even if the accused cannot be told: the jury reaches it.
func TestAnAccusationThatTheJuryDoesNotShareComesToNothing(t *testing.T) {
	c := formed(t, 424, 16, nil)
	liar, x := c.nodes[0], c.nodes[5]
	deafTo := true
	c.cut = func(from, to netip.AddrPort) bool { return deafTo && to == x.at && from == liar.at }
	liar.accuse(liar.table.Lookup(x.key), hearsayv1.EvidenceNack)
	c.run(time.Minute, nil)
	for _, n := range c.nodes {
		if n != liar && n.Stats().Accusations != 0 || slices.ContainsFunc(n.events, isDead) {
			t.Errorf("%s accuses %d times; %v", n.cfg.ID, n.Stats().Accusations, n.events)
		}
	}
	if x.table.Self().Incarnation() == 0 {
		t.Error("it has not refuted")
	}
}

func TestAClosedPortIsFoundNoLaterThanASilentOne(t *testing.T) {
	c := formed(t, 425, 8, nil)
	victim := c.nodes[3]
	c.crash(victim)
	c.spy = func(from *testNode, out Outbound, _ int) {
		if out.Target == victim.at && out.Envelope.Probe != 0 {
			// The host is up and says that nobody listens, on the next step.
			from.notices = append(from.notices, Inbound{Source: victim.at, Network: "udp", Notice: NoticeUnreachable})
		}
	}
	c.within(8*time.Second, "all show it", func() bool { return c.everywhere(victim.cfg.ID, StatusDead) })
}

// What a transport says of this node is no evidence against others.
func TestLocalTroubleAccusesNobody(t *testing.T) {
	for _, notice := range []Notice{NoticeRefused, NoticeExpired} {
		c := formed(t, 426, 8, nil)
		n := c.nodes[2]
		apart := true
		c.cut = func(from, to netip.AddrPort) bool { return apart && from == n.at }
		c.spy = func(from *testNode, out Outbound, _ int) {
			if from == n {
				n.notices = append(n.notices, Inbound{Source: out.Target, Network: "udp", Notice: notice})
			}
		}
		c.run(2500*time.Millisecond, nil)
		apart, c.spy = false, nil
		if s := n.Stats(); s.Accusations != 0 || s.LocalHealth < 2 || s.NoticesHandled == 0 {
			t.Errorf("notice %d: %+v", notice, s)
		}
		c.within((5+suspectRest)*time.Second, "nobody is worse for it", func() bool { return c.allSee(8, StatusUp) })
	}
}

func TestHalfOfTheClusterDiesAndTheRestFindsOut(t *testing.T) {
	c := formed(t, 427, 32, nil)
	for i := 1; i < 32; i += 2 {
		c.crash(c.nodes[i])
	}
	took := c.within(30*time.Second, "all show all", func() bool {
		for _, n := range c.up() {
			if n.View().Len() != 16 {
				return false
			}
		}
		return true
	})
	t.Logf("took %v", took)
	c.run(time.Minute, nil)
	for _, n := range c.up() {
		for _, other := range c.up() {
			if n.statusOf(other.cfg.ID) != StatusUp {
				t.Errorf("%s shows %s %v", n.cfg.ID, other.cfg.ID, n.statusOf(other.cfg.ID))
			}
		}
	}
	c.check()
}

func TestHeavyLossKillsNobody(t *testing.T) {
	for _, n := range []int{3, 8, 32} {
		c := formed(t, 430, n, nil)
		c.loss = 0.25
		c.run(5*time.Minute, nil)
		for _, node := range c.nodes {
			if slices.ContainsFunc(node.events, isDead) {
				t.Errorf("n=%d: %s showed somebody dead", n, node.cfg.ID)
			}
		}
	}
}
