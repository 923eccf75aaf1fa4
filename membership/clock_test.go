package membership

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestTicksMayComeLateEarlyAndOften(t *testing.T) {
	c := formed(t, 51, 5, nil)
	n := c.nodes[0]
	for range 1000 {
		if next := n.Tick(c.now, time.Time{}); next <= c.now {
			t.Fatal("wants to be called in the past")
		}
	}
	if out := n.Outbound(); len(out) != 0 {
		t.Fatalf("ticks alone sent %d envelopes", len(out))
	}
	if next := n.Tick(c.now-Instant(time.Hour), time.Time{}); next <= c.now-Instant(time.Hour) {
		t.Fatal("time that runs backwards")
	}
	if next := n.Tick(c.now.Add(1000*time.Hour), time.Time{}); next <= c.now.Add(1000*time.Hour) {
		t.Fatal("a tick after a long sleep")
	}
}

func TestALateTickVoidsProbesAndBlamesNobody(t *testing.T) {
	c := formed(t, 52, 5, nil)
	n := c.nodes[0]
	// The node sends a probe and then sleeps, while the answers wait.
	sent := n.Stats().ProbesSent
	c.within(2*time.Second, "a probe is sent", func() bool { return n.Stats().ProbesSent > sent })
	sleep := func(d time.Duration) {
		late := c.now.Add(d)
		n.next = late
		n.Tick(late, time.Time{})
		n.Outbound()
		c.now = late
	}
	sleep(16 * time.Second)
	if s := n.Stats(); s.ProbesVoided != 1 || s.Accusations != 0 {
		t.Fatalf("%d voided, %d accusations", s.ProbesVoided, s.Accusations)
	}
}

func TestALateTickAgesASuspicionByOnePeriod(t *testing.T) {
	c := formed(t, 53, 5, func(cfg *Config) { cfg.Detector = DetectorSWIM })
	n, victim := c.nodes[0], c.nodes[1]
	n.accuse(n.table.Lookup(victim.key), hearsayv1.EvidenceSilence)
	for i := range 3 {
		c.now = c.now.Add(time.Minute)
		n.Tick(c.now, time.Time{})
		if dead := n.statusOf(victim.cfg.ID) == StatusDead; dead != (i == 2) {
			t.Fatalf("after %d ticks, each a minute late, shown dead: %v", i+1, dead)
		}
	}
}

func TestAPauseWithinTheToleranceCostsNobodyItsLife(t *testing.T) {
	for seed := range uint64(10) {
		c := formed(t, 60+seed, 8, nil)
		paused := c.nodes[3]
		for range 5 {
			// Its inbox fills while it stands still.
			wake := c.now.Add(2900 * time.Millisecond)
			c.pause(paused, wake)
			c.run(6*time.Second, nil)
		}
		for _, n := range c.nodes {
			if slices.ContainsFunc(n.events, isDead) {
				t.Fatalf("seed %d: %s showed somebody dead", c.seed, n.cfg.ID)
			}
		}
		c.within((flapHold+10)*time.Second, "all Up", func() bool { return c.allSee(8, StatusUp) })
	}
}

// What is left of a period after a late tick is no period: a clock that jumps
// ages a suspicion once, and the next period is whole.
func TestAPeriodThatBeginsLateIsWhole(t *testing.T) {
	for late, want := range map[time.Duration]time.Duration{
		0: time.Second, minVoidLateness: time.Second - minVoidLateness,
		minVoidLateness + 1: time.Second, 900 * time.Millisecond: time.Second, 5 * time.Second: time.Second,
	} {
		c := formed(t, 3310, 3, nil)
		n := c.nodes[1]
		now := n.clock.period.Add(late)
		n.Tick(now, time.Unix(0, 0))
		if got := n.clock.period.Sub(now); got != want {
			t.Errorf("begun %v late: the next begins after %v, not %v", late, got, want)
		}
	}
}

// Whose death is still in doubt when its time as a ward is over, is asked about
// before it is shown.
func TestAWardIsAskedAboutBeforeItIsShownDead(t *testing.T) {
	c := formed(t, 3311, 6, nil)
	n, victim := c.nodes[0], c.nodes[3]
	n.begin(c.now)
	outcome, err := n.table.Condemn(c.now, victim.key, n.table.Lookup(victim.key).Generation(), 0, hearsayv1.VerdictDead)
	if err != nil || !outcome.Has(Changed) {
		t.Fatalf("condemned: %v, %v", outcome, err)
	}
	c.cut = func(from, to netip.AddrPort) bool { return from == victim.at || to == victim.at }
	wanted := 0
	c.spy = func(from *testNode, out Outbound, _ int) {
		if from == n && out.Envelope.Want != nil && slices.Contains(out.Envelope.Want.Keys, victim.key) {
			wanted++
		}
	}
	n.changed(n.table.Lookup(victim.key))
	c.run(n.grace()-time.Millisecond, nil)
	before := wanted
	c.run(n.Coordinator.cfg.GossipInterval-time.Millisecond, nil)
	if m, _ := n.View().Get(victim.cfg.ID); wanted != before+wardWitnesses || !m.Status.Live() {
		t.Fatalf("asked %d times before and %d after its time, shown %v", before, wanted-before, m.Status)
	}
	c.run(n.Coordinator.cfg.GossipInterval, nil)
	if m, _ := n.View().Get(victim.cfg.ID); m.Status != StatusDead {
		t.Fatalf("shown %v in the end", m.Status)
	}
}
