package membership

import (
	"fmt"
	"slices"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// newWitnessStand returns a bench with a witness detector of a tolerance of 3
// periods.
func newWitnessStand(n int) (*stand, *witness) {
	s := newStand(n)
	w := newWitness(s, 3)
	s.detector = w
	return s, w
}

func TestWitnessAccusesOnlyWithAWitnessOrHardEvidence(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*outcome)
		want   []hearsayv1.Evidence
		health int
	}{
		"an ack":                       {acked, nil, 0},
		"a helper that tried in vain":  {nacked, []hearsayv1.Evidence{hearsayv1.EvidenceNack}, 0},
		"nobody answers":               {silent, nil, 1},
		"somebody else is there":       {stranger, []hearsayv1.Evidence{hearsayv1.EvidenceWrongIdentity}, 0},
		"a closed port and no answers": {closedPort, nil, 0},
		"a closed port, while another answered": {
			func(o *outcome) { closedPort(o); o.answers = 1 }, []hearsayv1.Evidence{hearsayv1.EvidenceUnreachable}, 0,
		},
		"a closed port and a nack": {
			func(o *outcome) { closedPort(o); nacked(o) }, []hearsayv1.Evidence{hearsayv1.EvidenceUnreachable}, 0,
		},
		"refuted meanwhile":      {func(o *outcome) { nacked(o); o.incarnation-- }, nil, 0},
		"another life meanwhile": {func(o *outcome) { nacked(o); o.generation++ }, nil, 0},
	} {
		s, w := newWitnessStand(8)
		w.probed(s.about(4, test.change))
		if !slices.Equal(s.accused, test.want) || w.localHealth() != test.health {
			t.Errorf("%s: accused with %v, health %d; want %v, %d", name, s.accused, w.localHealth(), test.want, test.health)
		}
	}
}

func TestWitnessDeclaresAtEnoughAccusersAndTheTolerance(t *testing.T) {
	s, w := newWitnessStand(8)
	w.probed(s.about(4, nacked))
	s.hear(4, 5)
	s.periods(1, heard) // the rest of a period that had begun before
	s.periods(2, heard)
	s.hear(4, 6)
	w.age(0)
	s.wantDeclared(t, "two whole periods")
	s.periods(1, heard)
	s.wantDeclared(t, "three whole periods", 4)
	if len(w.trials) != 0 || len(w.index) != 0 {
		t.Fatal("the case is still open")
	}
}

func TestWitnessWaitsForEnoughAccusers(t *testing.T) {
	s, w := newWitnessStand(8)
	s.hear(4, 5)
	s.hear(4, 6)
	s.periods(6, heard)
	s.wantDeclared(t, "two accusers")
	s.hear(4, 7)
	w.age(0)
	s.wantDeclared(t, "the third accuser, though this node is none", 4)
}

func TestWitnessAgesOnlyWhileItIsAnswered(t *testing.T) {
	s, _ := newWitnessStand(8)
	for key := uint64(5); key < 8; key++ {
		s.hear(4, key)
	}
	s.periods(100, deaf)
	s.periods(100, periodReport{voided: 1})
	s.periods(100, periodReport{sent: 1, troubles: 1})
	s.wantDeclared(t, "a node that hears nothing")
	s.periods(2, heard)
	s.wantDeclared(t, "two periods")
	s.periods(1, periodReport{sent: 1, nacks: 1})
	s.wantDeclared(t, "the third, in which a helper answered", 4)
}

func TestWitnessNeedsFewerAccusersWhereThereAreFewer(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 6: 3, 1000: 3} {
		if got := needed(n); got != want {
			t.Errorf("%d members: %d accusers, want %d", n, got, want)
		}
	}
	// Of three, one and a helper find out; of four, two.
	s, w := newWitnessStand(3)
	w.probed(s.about(1, nacked))
	s.periods(4, heard)
	s.wantDeclared(t, "of three", 1)
	s, w = newWitnessStand(4)
	w.probed(s.about(1, nacked))
	s.periods(6, heard)
	s.wantDeclared(t, "one of four")
	s.hear(1, 2)
	w.age(0)
	s.wantDeclared(t, "two of four", 1)
}

func TestWitnessARefutationEndsTheCase(t *testing.T) {
	s, w := newWitnessStand(8)
	w.probed(s.about(4, nacked))
	s.hear(4, 5)
	s.hear(4, 6)
	s.periods(3, heard)
	s.refute(4)
	s.periods(20, heard)
	s.wantDeclared(t, "it refuted")
	w.probed(s.about(4, nacked))
	s.hear(4, 5)
	s.hear(4, 6)
	s.periods(3, heard)
	s.wantDeclared(t, "and was accused anew")
	s.periods(1, heard)
	s.wantDeclared(t, "and did not refute", 4)
}

func TestWitnessAnAccuserRemindsTheSuspectEachPeriod(t *testing.T) {
	s, w := newWitnessStand(8)
	s.hear(5, 6) // accused by another
	w.probed(s.about(4, nacked))
	s.periods(2, heard)
	if !slices.Equal(s.reminded, []uint64{4, 4}) {
		t.Errorf("reminded %v in two periods", s.reminded)
	}
	s.refute(4)
	s.periods(2, heard)
	if len(s.reminded) != 2 {
		t.Errorf("reminded %v after its refutation", s.reminded[2:])
	}
}

func TestWitnessTheJuryProbesAtOnceAndUntilItKnows(t *testing.T) {
	s, w := newWitnessStand(8)
	s.isJuror = true
	s.hear(4, 5)
	if !slices.Equal(s.probes, []uint64{4}) {
		t.Fatalf("probed %v", s.probes)
	}
	w.probed(s.about(4, silent)) // nobody answered: it does not know
	s.periods(2, heard)
	if len(s.probes) != 3 || len(s.accused) != 0 {
		t.Fatalf("probed %d times, accused %v", len(s.probes), s.accused)
	}
	w.probed(s.about(4, nacked))
	s.periods(1, heard)
	if len(s.probes) != 3 || len(s.accused) != 1 {
		t.Fatalf("an accuser: probed %d times, accused %v", len(s.probes), s.accused)
	}
	s.hear(5, 4)
	w.probed(s.about(5, acked))
	s.periods(1, heard)
	if len(s.probes) != 4 || len(s.accused) != 1 {
		t.Fatalf("one that answers: probed %v, accused %v", s.probes, s.accused)
	}
}

func TestWitnessWhoAccusesIsNotCalledAsAJuror(t *testing.T) {
	s, w := newWitnessStand(8)
	s.isJuror = true
	w.probed(s.about(4, nacked))
	s.hear(4, 5)
	s.periods(3, heard)
	if len(s.probes) != 0 {
		t.Fatalf("probed %v", s.probes)
	}
}

func TestWitnessALoneAccuserTriesAgainBeforeItCondemns(t *testing.T) {
	s, w := newWitnessStand(8)
	w.probed(s.about(4, nacked))
	s.periods(15, heard)
	if len(s.probes) != 0 {
		t.Fatalf("probed after %d periods", w.trials[0].age)
	}
	s.periods(1, heard)
	if !slices.Equal(s.probes, []uint64{4}) {
		t.Fatalf("probed %v", s.probes)
	}
	w.probed(s.about(4, silent))
	s.wantDeclared(t, "nobody answered")
	s.periods(1, heard)
	w.probed(s.about(4, nacked))
	s.wantDeclared(t, "it tried again with a witness", 4)
}

func TestWitnessALoneAccuserBeginsAnewWhenItIsAnswered(t *testing.T) {
	s, w := newWitnessStand(8)
	w.probed(s.about(4, nacked))
	s.periods(16, heard)
	w.probed(s.about(4, acked)) // told by the probe, it will refute
	s.periods(15, heard)
	w.probed(s.about(4, nacked))
	s.wantDeclared(t, "15 periods after it answered")
	s.periods(1, heard)
	w.probed(s.about(4, nacked))
	s.wantDeclared(t, "16 periods after it answered", 4)
}

func TestWitnessNobodyCondemnsOnHearsay(t *testing.T) {
	s, w := newWitnessStand(8)
	s.hear(4, 5)
	s.periods(100, heard)
	s.wantDeclared(t, "one accuser, who is somebody else")
	if len(s.probes) == 0 {
		t.Fatal("it does not find out for itself")
	}
	w.probed(s.about(4, nacked))
	s.wantDeclared(t, "its own witnessed failure", 4)
}

func TestWitnessForgetsCasesInAnyOrder(t *testing.T) {
	s, w := newWitnessStand(10)
	for key := uint64(1); key < 9; key++ {
		s.hear(key, 9)
	}
	for _, key := range []uint64{3, 8, 1, 5, 5} {
		w.cleared(key)
	}
	if len(w.trials) != 4 || len(w.index) != 4 {
		t.Fatalf("%d cases, %d indexed", len(w.trials), len(w.index))
	}
	for i, trial := range w.trials {
		if w.index[trial.subject] != i {
			t.Fatalf("case %d is indexed at %d", i, w.index[trial.subject])
		}
	}
}

func TestWitnessAQuietPeriodAllocatesNothing(t *testing.T) {
	s, w := newWitnessStand(8)
	o := s.about(4, acked)
	if allocs := testing.AllocsPerRun(100, func() {
		w.probed(o)
		w.period(heard)
		w.age(0)
	}); allocs != 0 {
		t.Fatalf("%v allocations", allocs)
	}
}

func TestTheJuryIsTheSameForAll(t *testing.T) {
	c := formed(t, 301, 20, nil)
	for _, suspect := range c.nodes {
		jury := 0
		for _, n := range c.nodes {
			if n != suspect && n.juror(n.table.Lookup(suspect.key)) {
				jury++
			}
		}
		if jury != jurySize {
			t.Errorf("%d judge %s", jury, suspect.cfg.ID)
		}
	}
	small := formed(t, 302, 4, nil)
	for _, n := range small.nodes[1:] {
		if !n.juror(n.table.Lookup(small.nodes[0].key)) {
			t.Errorf("%s does not judge where all do", n.cfg.ID)
		}
	}
}

func ExampleParseDetector() {
	d, err := ParseDetector("lifeguard")
	fmt.Println(d, err)
	_, err = ParseDetector("heartbeat")
	fmt.Println(err)
	// Output:
	// lifeguard <nil>
	// membership: no detector "heartbeat": there are witness, lifeguard and swim
}
