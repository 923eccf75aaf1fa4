package membership

import (
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Detector names a set of rules by which members are found dead.
type Detector uint8

// The detectors. All nodes of a cluster should use the same one.
const (
	// DetectorWitness, the default, accuses nobody without a witness and counts
	// time in periods in which the node heard anything itself.
	DetectorWitness Detector = iota
	// DetectorLifeguard has the rules of Lifeguard (Dadgar, Phillips, Currey:
	// "Lifeguard: Local Health Awareness for More Accurate Failure Detection",
	// 2018), with the constants of hashicorp/memberlist.
	DetectorLifeguard
	// DetectorSWIM has those of SWIM with its suspicion mechanism (Das, Gupta,
	// Motivala 2002): to compare with, on good networks.
	DetectorSWIM
)

var detectorNames = [...]string{"witness", "lifeguard", "swim"}

// String returns the name that ParseDetector takes.
func (d Detector) String() string {
	if int(d) < len(detectorNames) {
		return detectorNames[d]
	}
	return fmt.Sprintf("detector %d", uint8(d))
}

// ParseDetector returns the detector of a name: "witness", "lifeguard" or
// "swim". The empty name is the default.
func ParseDetector(name string) (Detector, error) {
	if name == "" {
		return DetectorWitness, nil
	}
	for d, known := range detectorNames {
		if name == known {
			return Detector(d), nil
		}
	}
	return 0, fmt.Errorf("membership: no detector %q: there are witness, lifeguard and swim", name)
}

// newDetector returns the detector that a configuration asks for.
func newDetector(bench bench, cfg *Config) detector {
	switch cfg.Detector {
	case DetectorLifeguard:
		return newLifeguard(bench, cfg.Period, cfg.SuspicionMultiplier)
	case DetectorSWIM:
		return newSWIM(bench, cfg.PauseTolerance)
	}
	return newWitness(bench, cfg.tolerancePeriods())
}

// detector is a set of rules that turns what probes bring into accusations and
// verdicts. The prober does the probing and the table keeps who accuses whom;
// a detector holds only what its rules need. Its inputs come in the order in
// which things happened, and its clock is age: time that this node was
// demonstrably running, of which a late tick brings one period at most.
type detector interface {
	// period begins a period of probing; report is about the one that ends.
	period(report periodReport)
	// probed takes the outcome of a probe, its own or the ring's.
	probed(o outcome)
	// accused tells that the table took an accusation: by this node, or, with
	// own false, by another.
	accused(subject *Entry, own bool)
	// cleared tells that what a member stood accused of is void: it refuted,
	// left, was declared dead or began a new life.
	cleared(subject uint64)
	// blamed tells that this node was accused or declared dead and refuted.
	blamed()
	// age moves the clock on. It returns the time until the detector wants to
	// be called again, or a negative one if it waits for nothing.
	age(elapsed time.Duration) time.Duration
	// stretch is the factor by which the node's local health slows its
	// probing: at least 1.
	stretch() int
	// rounds is how often a probe is made at most, each time through other
	// helpers, before its failure counts: at least 1. It is made again where a
	// helper tried in vain too.
	rounds() int
	// circular: every second period's probe goes to the next member of the
	// circle, and the others round the ring.
	circular() bool
	// localHealth is how unwell the node finds itself: 0 is well, and
	// worstHealth as bad as can be.
	localHealth() int
}

// bench is what a detector may do.
type bench interface {
	// probe probes a member at once, besides the ring.
	probe(subject uint64)
	// accuse adds an accusation by this node of the life and incarnation of
	// the subject that the table holds.
	accuse(subject *Entry, evidence hearsayv1.Evidence)
	// remind tells the subject once more what it stands accused of.
	remind(subject *Entry)
	// declare raises the verdict on the subject to Dead.
	declare(subject *Entry)
	// member returns a live member of the table, or nil.
	member(key uint64) *Entry
	// liveCount is the number of live members, suspects and this node
	// included.
	liveCount() int
	// juror tells whether this node is of the jury over a member.
	juror(subject *Entry) bool
}

// periodReport says what one period brought.
type periodReport struct {
	// sent is how many probes were begun.
	sent int
	// acks and nacks are how many answers to its own probes the node got: its
	// fresh evidence that it can send and receive.
	acks, nacks int
	// voided are probes whose deadline the node's driver missed, and troubles
	// what transports said that is about this node and not about a target.
	voided, troubles int
}

// outcome is what became of one probe that ran to its end. If it was not acked
// it failed. Probes whose deadline this node's driver missed have none.
type outcome struct {
	// subject, generation and incarnation are whom the probe was meant for.
	subject     uint64
	generation  Generation
	incarnation Incarnation
	// acked: the subject answered, itself or through a helper.
	acked bool
	// rtt is the round trip of a direct answer; 0 otherwise.
	rtt time.Duration
	// heard: an envelope of the subject's current life arrived meanwhile. It
	// lives, though it may not be reachable.
	heard bool
	// helpers is how many were asked, in the last round of a probe that was
	// repeated, and nacks how many of all that were asked tried in vain.
	helpers, nacks int
	// answers is how many answers to any of its probes this node had got, when
	// this one ended, since the period began.
	answers int
	// hard is evidence that needs no witness: EvidenceWrongIdentity or
	// EvidenceUnreachable; else EvidenceUnspecified.
	hard hearsayv1.Evidence
}

// hears tells whether this node got any answer in the period.
func (r *periodReport) hears() bool { return r.acks+r.nacks > 0 }

// evidence names the strongest reason that a failed probe gives.
func (o *outcome) evidence() hearsayv1.Evidence {
	switch {
	case o.hard != hearsayv1.EvidenceUnspecified:
		return o.hard
	case o.nacks > 0:
		return hearsayv1.EvidenceNack
	}
	return hearsayv1.EvidenceSilence
}
