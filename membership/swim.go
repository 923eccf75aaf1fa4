package membership

import (
	"slices"
	"time"
)

// swim is the detector of the SWIM paper with its suspicion mechanism (§4.2):
// a failed probe accuses, and whoever accused declares the member dead if it
// has not refuted within a fixed time.
type swim struct {
	bench     bench
	tolerance time.Duration
	// suspicions are the node's own, oldest first; at most one per member.
	suspicions []suspicion
}

// suspicion is an accusation by this node that waits for a refutation.
type suspicion struct {
	subject     uint64
	generation  Generation
	incarnation Incarnation
	left        time.Duration
}

func newSWIM(bench bench, tolerance time.Duration) *swim {
	return &swim{bench: bench, tolerance: tolerance}
}

func (s *swim) period(periodReport) {}

func (s *swim) blamed() {}

func (s *swim) stretch() int { return 1 }

func (s *swim) rounds() int { return 1 }

func (s *swim) circular() bool { return false }

func (s *swim) localHealth() int { return 0 }

func (s *swim) probed(o outcome) {
	if o.acked || o.heard {
		return
	}
	subject := s.bench.member(o.subject)
	if subject == nil || subject.Generation() != o.generation || subject.Incarnation() != o.incarnation {
		return // it refuted or began a new life while the probe ran
	}
	s.bench.accuse(subject, o.evidence())
}

func (s *swim) accused(subject *Entry, own bool) {
	if !own {
		return
	}
	s.cleared(subject.Key())
	s.suspicions = append(s.suspicions, suspicion{
		subject: subject.Key(), generation: subject.Generation(), incarnation: subject.Incarnation(), left: s.tolerance,
	})
}

func (s *swim) cleared(subject uint64) {
	s.suspicions = slices.DeleteFunc(s.suspicions, func(held suspicion) bool { return held.subject == subject })
}

func (s *swim) age(elapsed time.Duration) time.Duration {
	next := time.Duration(-1)
	for i := 0; i < len(s.suspicions); {
		held := &s.suspicions[i]
		if held.left -= elapsed; held.left > 0 {
			if next < 0 || held.left < next {
				next = held.left
			}
			i++
			continue
		}
		due := *held
		s.suspicions = slices.Delete(s.suspicions, i, i+1)
		subject := s.bench.member(due.subject)
		if subject != nil && subject.Generation() == due.generation && subject.Incarnation() == due.incarnation {
			s.bench.declare(subject)
		}
	}
	return next
}
