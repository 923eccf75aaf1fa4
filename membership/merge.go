package membership

import (
	"bytes"
	"cmp"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Join returns the least record that knows all that a and b know: the only way
// in which a stored record ever changes. Both are valid records of one id. The
// result shares the owner bytes of one of them.
//
// A record is an element of a lexicographic product. Its first factor is the
// generation, a total order: another life of the node owes nothing to the one
// before, so the greater generation wins whole. The second factor, compared
// within one generation only, is a product of three chains:
//
//	judgement  (verdict is Removed, incarnation, verdict)
//	content    (version, owner bytes)
//	progress   (state version)
//
// each of which keeps its greater value, independently of the others: a node
// may learn from one peer that X is Dead and from another that X has moved,
// and must end up with both, whichever came first.
//
// Max over a total order is commutative, associative and idempotent; so is the
// product of such orders, and so is the lexicographic product of a total order
// with a join-semilattice. Hence order, repetition and loss of datagrams do
// not matter: a table is the join of the set of records that reached it.
//
// Why judgement is ordered as it is:
//   - Removed comes before the incarnation, because it is final for its
//     generation: who left does not come back by a refutation that was still
//     under way, but only as a new life.
//   - The incarnation comes before the verdict, because a verdict names what
//     it condemns: Dead(i) loses to anything of i+1, so a stale verdict dies
//     against whoever has heard the refutation.
//   - Verdicts of later versions of the protocol, unknown here, are kept and
//     ordered by number, so that old and new nodes agree on the winner.
//
// Why content is ordered by its bytes too: a correct owner never writes two
// contents under one version, but a restored or cloned node may. Without the
// tie-break each node would keep what it saw first and no reconciliation would
// ever end; with it all agree at once, and the owner, who sees a content that
// is not its own, raises its version above it.
//
// A record without verdict has an owner part, and Join keeps it so: if the
// joined judgement is None, it came from a record with content, and content
// only rises.
func Join(a, b hearsayv1.NodeRecord) hearsayv1.NodeRecord {
	if c := cmp.Compare(a.Generation, b.Generation); c != 0 {
		if c < 0 {
			a = b
		}
		return record(a.ID, a.Generation, a.Incarnation, a.Verdict, a.Version, a.Owner, a.StateVersion)
	}
	judged, content := &a, &a
	if compareJudgement(a.Incarnation, a.Verdict, b.Incarnation, b.Verdict) < 0 {
		judged = &b
	}
	if compareContent(a.Version, a.Owner, b.Version, b.Owner) < 0 {
		content = &b
	}
	return record(a.ID, a.Generation, judged.Incarnation, judged.Verdict,
		content.Version, content.Owner, max(a.StateVersion, b.StateVersion))
}

// record makes a record of its fields, and of nothing else: what a decoder kept
// of unknown fields is no part of the order and must not outlive a merge.
func record(id string, g uint64, i uint32, v hearsayv1.Verdict, version uint32, owner []byte, state uint64) hearsayv1.NodeRecord {
	return hearsayv1.NodeRecord{
		ID: id, Generation: g, Incarnation: i, Verdict: v,
		Version: version, Owner: owner, StateVersion: state,
	}
}

// compareJudgement orders what is held of one life of a node.
func compareJudgement(i uint32, v hearsayv1.Verdict, j uint32, w hearsayv1.Verdict) int {
	if c := cmp.Compare(finality(v), finality(w)); c != 0 {
		return c
	}
	if c := cmp.Compare(i, j); c != 0 {
		return c
	}
	return cmp.Compare(v, w)
}

func finality(v hearsayv1.Verdict) int {
	if v == hearsayv1.VerdictRemoved {
		return 1
	}
	return 0
}

// compareContent orders what one life of a node said of itself.
func compareContent(v uint32, a []byte, w uint32, b []byte) int {
	if c := cmp.Compare(v, w); c != 0 {
		return c
	}
	return bytes.Compare(a, b)
}

// sameRecord tells whether a and b are the same element of the order.
func sameRecord(a, b *hearsayv1.NodeRecord) bool {
	return a.StateVersion == b.StateVersion && sameButState(a, b)
}

// sameButState tells whether a and b differ at most in their state versions.
// Those lag and lead by a few writes all the time, and mend themselves: they are
// no reason to repeat a record.
func sameButState(a, b *hearsayv1.NodeRecord) bool {
	return a.Generation == b.Generation &&
		a.Incarnation == b.Incarnation && a.Verdict == b.Verdict &&
		a.Version == b.Version && bytes.Equal(a.Owner, b.Owner)
}
