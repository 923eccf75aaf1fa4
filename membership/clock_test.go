package membership

import (
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

// stand is a bench that notes what a detector does.
type stand struct {
	members  map[uint64]*Entry
	accused  []hearsayv1.Evidence
	declared []uint64
}

func (s *stand) probe(uint64) {}
func (s *stand) accuse(e *Entry, evidence hearsayv1.Evidence) {
	s.accused = append(s.accused, evidence)
}
func (s *stand) declare(e *Entry)         { s.declared = append(s.declared, e.Key()) }
func (s *stand) member(key uint64) *Entry { return s.members[key] }
func (s *stand) liveCount() int           { return len(s.members) + 1 }
func (s *stand) juror(*Entry) bool        { return false }

func TestSWIMAccusesWhoDoesNotAnswer(t *testing.T) {
	e := &Entry{id: "x", key: 9, generation: 1 << 32, incarnation: 2}
	about := outcome{subject: 9, generation: 1 << 32, incarnation: 2}
	for name, test := range map[string]struct {
		change func(*outcome)
		want   []hearsayv1.Evidence
	}{
		"silence":                {func(o *outcome) { o.helpers = 3 }, []hearsayv1.Evidence{hearsayv1.EvidenceSilence}},
		"a nack":                 {func(o *outcome) { o.helpers, o.nacks = 3, 1 }, []hearsayv1.Evidence{hearsayv1.EvidenceNack}},
		"hard evidence":          {func(o *outcome) { o.nacks, o.hard = 1, hearsayv1.EvidenceUnreachable }, []hearsayv1.Evidence{hearsayv1.EvidenceUnreachable}},
		"an ack":                 {func(o *outcome) { o.acked = true }, nil},
		"heard meanwhile":        {func(o *outcome) { o.heard = true }, nil},
		"refuted meanwhile":      {func(o *outcome) { o.incarnation = 1 }, nil},
		"another life meanwhile": {func(o *outcome) { o.generation++ }, nil},
		"gone meanwhile":         {func(o *outcome) { o.subject = 8 }, nil},
	} {
		s := &stand{members: map[uint64]*Entry{9: e}}
		o := about
		test.change(&o)
		newSWIM(s, time.Second).probed(o)
		if !slices.Equal(s.accused, test.want) {
			t.Errorf("%s: accused with %v, want %v", name, s.accused, test.want)
		}
	}
}

func TestSWIMDeclaresAfterTheToleranceUnlessRefuted(t *testing.T) {
	s := &stand{members: map[uint64]*Entry{}}
	for key := uint64(1); key <= 3; key++ {
		s.members[key] = &Entry{id: "x", key: key, generation: 1 << 32}
	}
	d := newSWIM(s, 3*time.Second)
	if left := d.age(time.Hour); left >= 0 {
		t.Fatalf("waits %v for nothing", left)
	}
	d.accused(s.members[1], true)
	d.accused(s.members[3], false) // somebody else's: not this node's to end
	if left := d.age(time.Second); left != 2*time.Second {
		t.Fatalf("%v left", left)
	}
	d.accused(s.members[2], true)
	d.age(1500 * time.Millisecond)
	d.cleared(2)
	s.members[1].incarnation = 0
	if d.age(500 * time.Millisecond); !slices.Equal(s.declared, []uint64{1}) {
		t.Fatalf("declared %v", s.declared)
	}
	d.accused(s.members[2], true)
	s.members[2].incarnation++ // refuted, which the table knows first
	if left := d.age(time.Hour); left >= 0 || len(s.declared) != 1 {
		t.Fatalf("declared %v, %v left", s.declared, left)
	}
}
