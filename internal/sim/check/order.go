package check

import (
	"cmp"
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
)

// place is where a record stands in the order that the protocol describes: a
// generation, and within it judgement, content and progress, of which each
// only rises.
type place struct {
	generation  uint64
	incarnation uint32
	verdict     hearsayv1.Verdict
	version     uint32
	owner       string
	progress    uint64
}

func placeOf(e *membership.Entry, owners texts) place {
	return place{
		generation: uint64(e.Generation()), incarnation: uint32(e.Incarnation()), verdict: e.Verdict(),
		version: e.Version(), owner: owners.of(e.Owner()), progress: e.StateVersion(),
	}
}

func placeOfRecord(r *hearsayv1.NodeRecord) place {
	return place{
		generation: r.Generation, incarnation: r.Incarnation, verdict: r.Verdict,
		version: r.Version, owner: string(r.Owner), progress: r.StateVersion,
	}
}

// judgement compares what is held of one life.
func (p place) judgement(o place) int {
	final := func(v hearsayv1.Verdict) int {
		if v == hearsayv1.VerdictRemoved {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(final(p.verdict), final(o.verdict)),
		cmp.Compare(p.incarnation, o.incarnation),
		cmp.Compare(p.verdict, o.verdict),
	)
}

// content compares what one life said of itself.
func (p place) content(o place) int {
	return cmp.Or(cmp.Compare(p.version, o.version), cmp.Compare(p.owner, o.owner))
}

// holds tells whether all that o knows is known to p.
func (p place) holds(o place) bool {
	if p.generation != o.generation {
		return p.generation > o.generation
	}
	return p.judgement(o) >= 0 && p.content(o) >= 0 && p.progress >= o.progress
}

// String is for failures.
func (p place) String() string {
	return fmt.Sprintf("(generation %x, incarnation %d, verdict %v, version %d, owner %x, state %d)",
		p.generation, p.incarnation, p.verdict, p.version, p.owner, p.progress)
}
