package membership

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// MaxAccusers is how many accusers of one node are kept.
const MaxAccusers = 7

// The reasons to refuse an accusation.
var (
	// ErrUnknownSubject: nothing is known of whom it accuses.
	ErrUnknownSubject = fmt.Errorf("%w: accusation of an unknown node", ErrRefused)
	// ErrBadAccusation: it has no accuser, no evidence or no possible
	// generation, or the accuser is the accused.
	ErrBadAccusation = fmt.Errorf("%w: malformed accusation", ErrRefused)
)

// accusations are those who accuse one node, in one generation and incarnation:
// the greatest of which an accusation or the record speaks. It is a
// join-semilattice again: (generation, incarnation) is a total order, and
// within it sets join by union. Of more than MaxAccusers those with the
// smallest rendezvous ranks are kept: what is not among the smallest of a part
// is not among the smallest of the whole, so all nodes keep the same ones.
type accusations struct {
	generation  Generation
	incarnation Incarnation
	count       int32
	// noticed is when the coordinator took notice that the node, as the table
	// knows it, is accused; 0 if it has not.
	noticed Instant
	// ahead is since when the entry has a set that is ahead of its record, if this
	// is one; stale: such a one has had its time, and no other is taken.
	ahead Instant
	stale bool
	// list is sorted by (rank, accuser).
	list [MaxAccusers]accuser
}

type accuser struct {
	key      uint64
	evidence hearsayv1.Evidence
}

func (a *accusations) accusers() []accuser { return a.list[:a.count] }

// MergeAccusation joins an accusation into the table. Changed: it is news, and
// worth passing on. Stale: its subject is known to have outlived it, and the
// accuser should hear the record. Behind: the accuser knows a newer record of
// the subject.
//
// An accusation that is ahead of the record is kept until the record catches
// up, so that the order of arrival does not matter; meanwhile nobody is shown as
// Suspect, for what is said of the record as it is will have been refuted. But not
// for longer than AheadKeep, or who speaks once of a life that there will never be
// would make a member immortal here: from then on what is said of the record
// counts, and what is ahead does not, until the record changes.
func (t *Table) MergeAccusation(now Instant, a *hearsayv1.Accusation) (Outcome, error) {
	g := Generation(a.Generation)
	if a.Subject == 0 || a.Accuser == 0 || a.Subject == a.Accuser ||
		a.Evidence <= hearsayv1.EvidenceUnspecified || !g.Valid() {
		return Unchanged, ErrBadAccusation
	}
	e := t.Lookup(a.Subject)
	if e == nil {
		return Unchanged, ErrUnknownSubject
	}
	i := Incarnation(a.Incarnation)
	if e.outranks(g, i) {
		return Stale, nil
	}
	var outcome Outcome
	if !e.is(g, i) {
		outcome = Behind
	}
	if !e.admit(now, g, i, t.cfg.AheadKeep) {
		return outcome, nil
	}
	if e.accused.add(e.key, accuser{a.Accuser, a.Evidence}) {
		t.touch(e)
		outcome |= Changed
	}
	return outcome, nil
}

// admit makes the set that is kept one of a life that the record does not outrank,
// and tells whether it is.
func (e *Entry) admit(now Instant, g Generation, i Incarnation, keep time.Duration) bool {
	before := e.accused
	if before == nil {
		e.accused = &accusations{generation: g, incarnation: i, ahead: now}
		return true
	}
	isAhead, wasAhead := !e.is(g, i), !e.is(before.generation, before.incarnation)
	isStale := before.stale || wasAhead && now.Sub(before.ahead) >= keep
	order := before.compareLife(g, i)
	switch {
	case isStale && isAhead, !isStale && order > 0:
		return false
	case order == 0:
		return true
	}
	e.accused = &accusations{generation: g, incarnation: i, ahead: now, stale: isStale}
	if wasAhead { // to say more and more buys no time
		e.accused.ahead = before.ahead
	}
	return true
}

// is tells whether the record is of a generation and incarnation.
func (e *Entry) is(g Generation, i Incarnation) bool { return e.generation == g && e.incarnation == i }

// outranks tells whether the record is beyond a generation and incarnation, so
// that nothing said of them counts any more.
func (e *Entry) outranks(g Generation, i Incarnation) bool {
	if e.generation != g {
		return e.generation > g
	}
	return e.incarnation > i || e.verdict == hearsayv1.VerdictRemoved
}

func (e *Entry) dropOutranked() {
	if e.accused != nil && e.outranks(e.accused.generation, e.accused.incarnation) {
		e.accused = nil
	}
}

// compareLife orders the life that the set is about against another.
func (a *accusations) compareLife(g Generation, i Incarnation) int {
	return cmp.Or(cmp.Compare(a.generation, g), cmp.Compare(a.incarnation, i))
}

// add tells whether the set has changed: a new accuser that is among those
// kept, or a known one with greater evidence.
func (a *accusations) add(subject uint64, who accuser) bool {
	at, known := slices.BinarySearchFunc(a.accusers(), who, func(x, y accuser) int {
		return cmp.Or(
			cmp.Compare(rendezvous(x.key, subject, a.generation), rendezvous(y.key, subject, a.generation)),
			cmp.Compare(x.key, y.key))
	})
	if known {
		better := who.evidence > a.list[at].evidence
		a.list[at].evidence = max(a.list[at].evidence, who.evidence)
		return better
	}
	if at == MaxAccusers {
		return false
	}
	a.count = min(a.count+1, MaxAccusers)
	copy(a.list[at+1:a.count], a.list[at:])
	a.list[at] = who
	return true
}

// Accused tells whether somebody accuses the node as the table knows it.
func (e *Entry) Accused() bool { return e.AccuserCount() > 0 }

// newlyAccused tells whether somebody accuses the node as the table knows it, and
// the coordinator has not taken notice.
func (e *Entry) newlyAccused() bool { return e.Accused() && e.accused.noticed == 0 }

// AccuserCount returns how many accuse the node as the table knows it, at most
// MaxAccusers.
func (e *Entry) AccuserCount() int {
	if e.accused == nil || !e.is(e.accused.generation, e.accused.incarnation) {
		return 0
	}
	return int(e.accused.count)
}

// AccusedBy returns the evidence with which a node accuses this one;
// Unspecified if it does not.
func (e *Entry) AccusedBy(key uint64) hearsayv1.Evidence {
	for i := range e.AccuserCount() {
		if e.accused.list[i].key == key {
			return e.accused.list[i].evidence
		}
	}
	return hearsayv1.EvidenceUnspecified
}

// AppendAccusations appends the accusations that stand against the node, in
// the order of their ranks.
func (e *Entry) AppendAccusations(dst []hearsayv1.Accusation) []hearsayv1.Accusation {
	for i := range e.AccuserCount() {
		who := e.accused.list[i]
		dst = append(dst, hearsayv1.Accusation{
			Subject: e.key, Generation: uint64(e.generation), Incarnation: uint32(e.incarnation),
			Accuser: who.key, Evidence: who.evidence,
		})
	}
	return dst
}
