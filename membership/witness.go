package membership

import (
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// The numbers of the witness detector.
const (
	// witnessRounds is how often a probe is made before it accuses. With a
	// quarter of all datagrams lost, one probe with three helpers fails 6 times
	// in 100 with its target well, and three 2 times in 10,000.
	witnessRounds = 3
	// accusersNeeded is how many independent accusers end a suspicion as soon
	// as the pause tolerance is over.
	accusersNeeded = 3
	// lonePeriods is how many times as long an accuser waits that has not
	// enough others beside it.
	lonePeriods = 5
)

// witness is the detector that accuses nobody without a witness.
//
// A node whose probe fails has learned one thing: that something between it and
// the other is broken, and that includes the node itself. So it accuses only
// if a helper tried in vain too, or where the evidence is hard; if nobody
// answers, the fault is its own. And it counts time in periods in which it got
// an answer of its own: a node that is cut off, starved or blocked does not
// age, and its clock needs no wall.
//
// Whoever is accused gets a jury, which finds out for itself at once, and is told
// so by each accuser once a period. With enough accusers the member is dead once
// the fastest observer has counted the pause tolerance; with fewer, an accuser
// waits lonePeriods as long, and tries once more. Nobody condemns on hearsay
// alone.
type witness struct {
	bench bench
	// tolerance is in periods.
	tolerance int
	trials    []trial
	// index finds a member's place in trials.
	index  map[uint64]int
	health localHealth
	// ripe: a trial may be over.
	ripe bool
	// calls is scratch: whom to probe when a period begins.
	calls []uint64
}

// trial is the case against one member, in one life and incarnation.
type trial struct {
	subject     uint64
	generation  Generation
	incarnation Incarnation
	// age counts the whole periods with evidence since this node heard of the
	// case, or reached the suspect last; begun: one has begun since.
	age   int
	begun bool
	// accuser: this node accused, because its own probe failed.
	accuser bool
	// called: this node is to probe the suspect until it knows.
	called bool
}

func newWitness(bench bench, tolerance int) *witness {
	return &witness{bench: bench, tolerance: tolerance, index: make(map[uint64]int)}
}

// needed is how many accusers it takes among n live members, suspects
// included: as many as can be found, if fewer than accusersNeeded.
func needed(n int) int { return min(accusersNeeded, max(1, n-2)) }

func (w *witness) stretch() int { return 1 }

func (w *witness) rounds() int { return witnessRounds }

func (w *witness) circular() bool { return true }

func (w *witness) localHealth() int { return w.health.score }

// alone is how many periods it takes without enough accusers.
func (w *witness) alone() int { return lonePeriods * w.tolerance }

// period ages the trials, if this node heard anything itself, and has those
// probed that it is called to judge.
func (w *witness) period(report periodReport) {
	w.health.period(report)
	w.calls = w.calls[:0]
	for i := range w.trials {
		t := &w.trials[i]
		if t.begun && report.hears() {
			t.age++
		}
		t.begun = true
		// Before an accuser condemns alone it tries again, and who has heard
		// of the case for so long finds out for itself.
		t.called = t.called || t.age >= w.alone()
		switch subject := w.bench.member(t.subject); {
		case t.called:
			w.calls = append(w.calls, t.subject)
		case t.accuser && subject != nil && w.trial(subject) == t:
			// It may have come within reach again, and this node not talk to it.
			w.bench.remind(subject)
		}
	}
	w.ripe = len(w.trials) > 0
	for _, subject := range w.calls {
		w.bench.probe(subject)
	}
}

func (w *witness) probed(o outcome) {
	w.health.probed(o)
	subject := w.bench.member(o.subject)
	if subject == nil || subject.Generation() != o.generation || subject.Incarnation() != o.incarnation {
		return // it refuted or began a new life while the probe ran
	}
	switch t := w.trial(subject); {
	case o.acked:
		if t != nil {
			t.called, t.begun, t.age = false, false, 0 // it has been told, and will refute
		}
	case !o.witnessed():
	case t != nil && t.age >= w.alone():
		w.bench.accuse(subject, o.evidence())
		w.bench.declare(subject)
	default:
		w.bench.accuse(subject, o.evidence())
		if t = w.trial(subject); t != nil {
			t.accuser, t.called = true, false
		}
	}
}

// witnessed tells whether a failed probe shows more than that this node had no
// answer.
func (o *outcome) witnessed() bool {
	switch o.hard {
	case hearsayv1.EvidenceWrongIdentity:
		return true
	case hearsayv1.EvidenceUnreachable:
		// It may be this node's own network that says so, unless it carried
		// an answer of somebody else.
		return o.nacks > 0 || o.answers > 0
	}
	return o.nacks > 0
}

// trial returns the case against a member as the table knows it, or nil.
func (w *witness) trial(subject *Entry) *trial {
	i, ok := w.index[subject.Key()]
	if !ok {
		return nil
	}
	t := &w.trials[i]
	if t.generation != subject.Generation() || t.incarnation != subject.Incarnation() {
		return nil
	}
	return t
}

func (w *witness) accused(subject *Entry, own bool) {
	w.ripe = true
	if t := w.trial(subject); t != nil {
		t.accuser = t.accuser || own
		t.called = t.called && !own
		return
	}
	w.cleared(subject.Key())
	// The jury finds out at once; who accuses has just done so.
	t := trial{
		subject: subject.Key(), generation: subject.Generation(), incarnation: subject.Incarnation(),
		accuser: own, called: !own && w.bench.juror(subject),
	}
	w.index[t.subject] = len(w.trials)
	w.trials = append(w.trials, t)
	if t.called {
		w.bench.probe(t.subject)
	}
}

func (w *witness) cleared(subject uint64) {
	i, ok := w.index[subject]
	if !ok {
		return
	}
	last := len(w.trials) - 1
	w.trials[i] = w.trials[last]
	w.index[w.trials[i].subject] = i
	w.trials = w.trials[:last]
	delete(w.index, subject)
}

// blamed: a node that is blamed was slow to answer, or thinks itself better
// than it is.
func (w *witness) blamed() { w.health.worsen() }

// age judges the trials that are ripe. Time that passes means nothing here.
func (w *witness) age(time.Duration) time.Duration {
	if !w.ripe {
		return -1
	}
	w.ripe = false
	for i := 0; i < len(w.trials); {
		t := w.trials[i]
		subject := w.bench.member(t.subject)
		switch {
		case subject == nil || subject.Generation() != t.generation || subject.Incarnation() != t.incarnation:
			w.cleared(t.subject)
		case t.age >= w.tolerance && subject.AccuserCount() >= needed(w.bench.liveCount()):
			w.bench.declare(subject) // which clears the case
			if i < len(w.trials) && w.trials[i].subject == t.subject {
				w.cleared(t.subject)
			}
		default:
			i++
		}
	}
	return -1
}
