package membership

import (
	"math"
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The claims of "Lifeguard: Local Health Awareness for More Accurate Failure
// Detection" (Dadgar, Phillips, Currey; DSN 2018), each by its section, with the
// constants of hashicorp/memberlist.

func newLifeguardStand(n int) (*stand, *lifeguard) {
	s := newStand(n)
	l := newLifeguard(s, time.Second, 4)
	s.detector = l
	return s, l
}

// §IV.A: the Local Health Multiplier falls by one with each probe that is
// answered, rises by one with each that fails, each nack that does not come and
// each refutation of oneself, and lies between 0 and a maximum.
func TestLifeguardIVALocalHealthMultiplier(t *testing.T) {
	s, l := newLifeguardStand(10)
	step := func(what string, want int, do func()) {
		t.Helper()
		if do(); l.localHealth() != want || l.stretch() != want+1 {
			t.Fatalf("%s: %d, want %d", what, l.localHealth(), want)
		}
	}
	step("an ack, when all is well", 0, func() { l.probed(s.about(1, acked)) })
	step("a failure that all three helpers confirm", 0, func() { l.probed(s.about(1, func(o *outcome) { o.nacks = 3 })) })
	step("one of three nacks missing", 1, func() { l.probed(s.about(1, func(o *outcome) { o.nacks = 2 })) })
	step("all missing", 4, func() { l.probed(s.about(1, silent)) })
	step("nobody to ask", 5, func() { l.probed(s.about(1, func(o *outcome) { o.helpers = 0 })) })
	step("a refutation", 6, l.blamed)
	step("the maximum", 7, func() { l.probed(s.about(1, silent)) })
	step("an ack", 6, func() { l.probed(s.about(1, acked)) })
}

// §IV.A: an unwell node stretches both the period of its probing and the
// time-out of its probes.
func TestLifeguardIVAStretchesPeriodAndTimeout(t *testing.T) {
	c := formed(t, 341, 8, func(cfg *Config) { cfg.Detector = DetectorLifeguard })
	n := c.nodes[2]
	probes := func() uint64 {
		before := n.Stats().ProbesSent
		c.run(40*time.Second, nil)
		return n.Stats().ProbesSent - before
	}
	if sent := probes(); sent < 39 || sent > 41 {
		t.Fatalf("well: %d probes in 40 s", sent)
	}
	c.cut = func(from, to netip.AddrPort) bool { return to == n.at }
	c.within(time.Minute, "it finds itself unwell", func() bool { return n.Stats().LocalHealth == worstHealth })
	if sent := probes(); sent < 4 || sent > 6 {
		t.Fatalf("unwell: %d probes in 40 s", sent)
	}
	c.within(10*time.Second, "it probes", func() bool { return len(n.prober.flights) > 0 })
	if f := n.prober.flights[0]; f.wait < 8*minProbeTimeout {
		t.Fatalf("waits %v", f.wait)
	}
}

// §IV.A: helpers that reach nobody say so, so that silence of a helper is
// evidence against oneself.
func TestLifeguardIVANack(t *testing.T) {
	c := formed(t, 342, 8, func(cfg *Config) { cfg.Detector = DetectorLifeguard })
	victim := c.nodes[5]
	c.crash(victim)
	c.within(10*time.Second, "it is accused", func() bool {
		for _, n := range c.up() {
			if e := n.table.Lookup(victim.key); e.AccusedBy(n.key) == hearsayv1.EvidenceNack {
				return n.Stats().LocalHealth == 0
			}
		}
		return false
	})
}

// §IV.B: a suspicion lasts max − (max−min)·log(C+1)/log(K+1) after C
// confirmations, and never less than min; min = α·log₁₀(n) periods, max = β·min.
func TestLifeguardIVBSuspicionTimeout(t *testing.T) {
	for _, test := range []struct {
		n         int
		min, most time.Duration
	}{{10, 4 * time.Second, 24 * time.Second}, {100, 8 * time.Second, 48 * time.Second}, {1000, 12 * time.Second, 72 * time.Second}} {
		s, l := newLifeguardStand(3)
		s.extra = test.n - s.liveCount()
		s.hear(1, 50)
		d := l.doubts[0]
		if d.least.Round(time.Millisecond) != test.min || d.most.Round(time.Millisecond) != test.most {
			t.Errorf("n=%d: %v to %v, want %v to %v", test.n, d.least, d.most, test.min, test.most)
		}
		half := d.most - time.Duration(math.Log(2)/math.Log(3)*float64(d.most-d.least))
		for confirmations, want := range map[int]time.Duration{0: d.most, 1: half, 2: d.least, 5: d.least} {
			if got := d.lasts(confirmations); (got - want).Abs() > time.Millisecond {
				t.Errorf("n=%d, %d confirmations: %v, want %v", test.n, confirmations, got, want)
			}
		}
	}
}

// §IV.B: independent confirmations shorten a suspicion that runs, and a
// suspicion of few members who could confirm it is short from the begin.
func TestLifeguardIVBConfirmationsShortenASuspicion(t *testing.T) {
	s, l := newLifeguardStand(10)
	l.probed(s.about(1, silent))
	l.probed(s.about(2, silent))
	s.hear(2, 50)
	s.hear(2, 51)
	l.age(4*time.Second - 1)
	s.wantDeclared(t, "just before the least time")
	l.age(1)
	s.wantDeclared(t, "two confirmations", 2)
	left := l.age(19*time.Second + 999*time.Millisecond)
	s.wantDeclared(t, "just before the greatest time", 2)
	if left != time.Millisecond {
		t.Fatalf("%v left", left)
	}
	l.age(left)
	s.wantDeclared(t, "nobody confirmed", 2, 1)

	s, l = newLifeguardStand(3)
	l.probed(s.about(1, silent))
	l.age(4 * time.Second)
	s.wantDeclared(t, "nobody else could confirm it", 1)
}

// §IV.B: a refutation ends the suspicion.
func TestLifeguardIVBRefutation(t *testing.T) {
	s, l := newLifeguardStand(10)
	l.probed(s.about(1, silent))
	s.hear(2, 50)
	s.refute(1)
	s.members[2].incarnation++ // the detector is told later
	if left := l.age(time.Hour); left >= 0 || len(s.declared) != 0 {
		t.Fatalf("%v left, declared %v", left, s.declared)
	}
	l.probed(s.about(3, func(o *outcome) { o.heard = true }))
	if len(s.accused) != 1 {
		t.Fatal("one that was heard is accused")
	}
}

// §IV.C: whoever probes a suspect tells it so with the probe, so that it can
// refute at once. Here that holds for every envelope to it.
func TestLifeguardIVCBuddySystem(t *testing.T) {
	for _, d := range []Detector{DetectorWitness, DetectorLifeguard, DetectorSWIM} {
		c := formed(t, 343, 5, func(cfg *Config) { cfg.Detector = d })
		n, suspect := c.nodes[0], c.nodes[1]
		told := false
		c.spy = func(from *testNode, out Outbound, _ int) {
			if from == n && out.Target == suspect.at && out.Envelope.Probe == suspect.key {
				told = len(out.Envelope.Accusations) > 0 && out.Envelope.Accusations[0].Subject == suspect.key
			}
		}
		n.accuse(n.table.Lookup(suspect.key), hearsayv1.EvidenceNack)
		n.Outbound() // what the accuser sends at once is lost
		n.begin(c.now)
		n.probe(suspect.key)
		c.step(n)
		if !told {
			t.Errorf("%v: the probe does not tell", d)
		}
		took := c.within(time.Second, "it refutes", func() bool { return n.table.Lookup(suspect.key).Incarnation() > 0 })
		if took > 10*time.Millisecond {
			t.Errorf("%v: it refutes after %v", d, took)
		}
	}
}
