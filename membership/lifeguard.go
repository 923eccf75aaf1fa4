package membership

import (
	"math"
	"slices"
	"time"
)

// lifeguardMaxFactor is how many times its least time a suspicion lasts that
// nobody confirms (Lifeguard §IV.B, β).
const lifeguardMaxFactor = 6

// lifeguard is the detector of the Lifeguard paper: SWIM's suspicion mechanism,
// in which
//   - a node that finds itself unwell probes less often and waits longer (LHA
//     Probe, §IV.A),
//   - a suspicion ends the sooner the more members share it (LHA Suspicion,
//     §IV.B),
//   - a suspect hears of it from whoever probes it (Buddy System, §IV.C), which
//     here is how every envelope to it begins, under any detector.
//
// The numbers are those of hashicorp/memberlist.
type lifeguard struct {
	bench bench
	// length is that of a period.
	length time.Duration
	// multiplier is how many periods, times log₁₀ n, a suspicion lasts at least
	// (α).
	multiplier int
	// doubts are all suspicions that stand, in the order of their coming.
	doubts []doubt
	// score is the local health: 0 to worstHealth.
	score int
}

// doubt is a suspicion that this node holds, whoever raised it.
type doubt struct {
	subject     uint64
	generation  Generation
	incarnation Incarnation
	elapsed     time.Duration
	// least and most bound how long it lasts, and needed is how many
	// confirmations make it least; fixed when it is raised.
	least, most time.Duration
	needed      int
}

func newLifeguard(bench bench, period time.Duration, multiplier int) *lifeguard {
	return &lifeguard{bench: bench, length: period, multiplier: multiplier}
}

// stretch is the Local Health Multiplier: both the period of probing and its
// time-outs grow by it.
func (l *lifeguard) stretch() int { return l.score + 1 }

func (l *lifeguard) rounds() int { return 1 }

func (l *lifeguard) circular() bool { return false }

func (l *lifeguard) localHealth() int { return l.score }

func (l *lifeguard) period(periodReport) {}

// blamed: refuting a suspicion of oneself costs one (§IV.A).
func (l *lifeguard) blamed() { l.worsen(1) }

func (l *lifeguard) worsen(by int) { l.score = min(max(l.score+by, 0), worstHealth) }

// probed accuses whoever did not answer. A probe that was answered betters the
// score by one; one that failed costs one for each nack that did not come, or
// one if nobody was asked: a failure that all helpers confirm costs nothing.
func (l *lifeguard) probed(o outcome) {
	switch {
	case o.acked:
		l.worsen(-1)
		return
	case o.helpers > 0:
		l.worsen(o.helpers - o.nacks)
	default:
		l.worsen(1)
	}
	subject := l.bench.member(o.subject)
	if o.heard || subject == nil || subject.Generation() != o.generation || subject.Incarnation() != o.incarnation {
		return
	}
	l.bench.accuse(subject, o.evidence())
}

// accused raises a suspicion, or notes that one was confirmed: how many accuse
// is read from the table when it counts.
func (l *lifeguard) accused(subject *Entry, _ bool) {
	for i := range l.doubts {
		d := &l.doubts[i]
		if d.subject == subject.Key() && d.generation == subject.Generation() && d.incarnation == subject.Incarnation() {
			return
		}
	}
	l.cleared(subject.Key())
	n := l.bench.liveCount()
	least := l.leastTime(n)
	d := doubt{
		subject: subject.Key(), generation: subject.Generation(), incarnation: subject.Incarnation(),
		least: least, most: lifeguardMaxFactor * least, needed: l.multiplier - 2,
	}
	if n-2 < d.needed {
		d.needed = 0 // there are not as many who could confirm it
	}
	l.doubts = append(l.doubts, d)
}

// leastTime is how long a suspicion lasts at least: multiplier · max(1, log₁₀ n)
// periods.
func (l *lifeguard) leastTime(n int) time.Duration {
	scale := max(1, math.Log10(float64(max(n, 1))))
	return time.Duration(float64(l.multiplier) * scale * float64(l.length))
}

// lasts is how long a suspicion lasts in all with so many confirmations (§IV.B):
// max − (max−min)·ln(C+1)/ln(K+1), and never less than min.
func (d *doubt) lasts(confirmations int) time.Duration {
	if d.needed < 1 {
		return d.least
	}
	share := math.Log(float64(max(confirmations, 0)+1)) / math.Log(float64(d.needed+1))
	return max(d.most-time.Duration(share*float64(d.most-d.least)), d.least)
}

func (l *lifeguard) cleared(subject uint64) {
	l.doubts = slices.DeleteFunc(l.doubts, func(d doubt) bool { return d.subject == subject })
}

func (l *lifeguard) age(elapsed time.Duration) time.Duration {
	next := time.Duration(-1)
	for i := 0; i < len(l.doubts); {
		d := &l.doubts[i]
		d.elapsed += elapsed
		subject := l.bench.member(d.subject)
		if subject == nil || subject.Generation() != d.generation || subject.Incarnation() != d.incarnation {
			l.doubts = slices.Delete(l.doubts, i, i+1)
			continue
		}
		left := d.lasts(subject.AccuserCount()-1) - d.elapsed
		if left > 0 {
			if next < 0 || left < next {
				next = left
			}
			i++
			continue
		}
		l.doubts = slices.Delete(l.doubts, i, i+1)
		l.bench.declare(subject)
	}
	return next
}
