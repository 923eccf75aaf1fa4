package membership

import (
	"slices"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// stand is a bench that notes what a detector does, and keeps accusations and
// verdicts as a table does.
type stand struct {
	detector detector
	members  map[uint64]*Entry
	// extra live members that have no entry, and whether this node is a juror.
	extra    int
	isJuror  bool
	probes   []uint64
	accused  []hearsayv1.Evidence
	declared []uint64
	reminded []uint64
}

// newStand returns a bench with n live members, this node among them. The
// others have the keys 1, 2, …
func newStand(n int) *stand {
	s := &stand{members: map[uint64]*Entry{}}
	for key := uint64(1); key < uint64(n); key++ {
		s.members[key] = &Entry{profile: bare("x", 1<<32, 2), key: key}
	}
	return s
}

const ownKey = 1 << 60

func (s *stand) probe(key uint64)         { s.probes = append(s.probes, key) }
func (s *stand) member(key uint64) *Entry { return s.members[key] }
func (s *stand) liveCount() int           { return len(s.members) + 1 + s.extra }
func (s *stand) juror(*Entry) bool        { return s.isJuror }

func (s *stand) accuse(e *Entry, evidence hearsayv1.Evidence) {
	s.accused = append(s.accused, evidence)
	if s.join(e, ownKey) && s.detector != nil {
		s.detector.accused(e, true)
	}
}

func (s *stand) remind(e *Entry) { s.reminded = append(s.reminded, e.key) }

func (s *stand) declare(e *Entry) {
	s.declared = append(s.declared, e.key)
	delete(s.members, e.key)
	if s.detector != nil {
		s.detector.cleared(e.key)
	}
}

// join adds an accuser, and tells whether that is news.
func (s *stand) join(e *Entry, accuserKey uint64) bool {
	if e.accused == nil || e.accused.incarnation != e.incarnation {
		e.accused = &accusations{generation: e.generation, incarnation: e.incarnation}
	}
	return e.accused.add(e.key, accuser{accuserKey, hearsayv1.EvidenceNack})
}

// hear has the table take another member's accusation.
func (s *stand) hear(subject, accuserKey uint64) {
	e := s.members[subject]
	if s.join(e, accuserKey) {
		s.detector.accused(e, false)
	}
}

// refute raises the incarnation of a member.
func (s *stand) refute(subject uint64) {
	s.members[subject].incarnation++
	s.detector.cleared(subject)
}

// about is the outcome of a probe of a member as it is known.
func (s *stand) about(key uint64, change func(*outcome)) outcome {
	e := s.members[key]
	o := outcome{subject: key, generation: e.generation, incarnation: e.incarnation, helpers: 3}
	change(&o)
	return o
}

func acked(o *outcome)      { o.acked = true }
func nacked(o *outcome)     { o.nacks = 1 }
func silent(*outcome)       {}
func stranger(o *outcome)   { o.hard = hearsayv1.EvidenceWrongIdentity }
func closedPort(o *outcome) { o.hard = hearsayv1.EvidenceUnreachable }

// heard and deaf are what periods bring.
var (
	heard = periodReport{sent: 1, acks: 1}
	deaf  = periodReport{sent: 1}
)

// periods lets n periods pass that brought a report.
func (s *stand) periods(n int, report periodReport) {
	for range n {
		s.detector.period(report)
		s.detector.age(0)
	}
}

func (s *stand) wantDeclared(t *testing.T, when string, want ...uint64) {
	t.Helper()
	if !slices.Equal(s.declared, want) {
		t.Fatalf("%s: declared %v, want %v", when, s.declared, want)
	}
}

func TestDetectorsHaveNames(t *testing.T) {
	for _, d := range []Detector{DetectorWitness, DetectorLifeguard, DetectorSWIM} {
		if got, err := ParseDetector(d.String()); err != nil || got != d {
			t.Errorf("%v: %v, %v", d, got, err)
		}
	}
	if d, err := ParseDetector(""); err != nil || d != DetectorWitness {
		t.Errorf("the default: %v, %v", d, err)
	}
	if _, err := ParseDetector("phi"); err == nil || !strings.Contains(err.Error(), "lifeguard") {
		t.Errorf("an unknown one: %v", err)
	}
	cfg := Config{Detector: 9}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "Config.Detector") || Detector(9).String() != "detector 9" {
		t.Errorf("no such detector: %v", err)
	}
	for d, stretch := range map[Detector]int{DetectorWitness: 1, DetectorLifeguard: 1, DetectorSWIM: 1} {
		cfg := Config{Detector: d}.withDefaults()
		if got := newDetector(newStand(3), &cfg); got.stretch() != stretch || got.localHealth() != 0 {
			t.Errorf("%v begins unwell", d)
		}
	}
}

func TestSWIMAccusesWhoDoesNotAnswer(t *testing.T) {
	e := &Entry{profile: bare("x", 1<<32, 2), key: 9}
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
	s := newStand(4)
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
	d.age(500 * time.Millisecond)
	s.wantDeclared(t, "the time is over", 1)
	d.accused(s.members[2], true)
	s.members[2].incarnation++ // refuted, which the table knows first
	if left := d.age(time.Hour); left >= 0 || len(s.declared) != 1 {
		t.Fatalf("declared %v, %v left", s.declared, left)
	}
}
