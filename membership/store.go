package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// store makes rec the record of e, which is new if it is in no index yet, and
// keeps everything that hangs on it: sums, lists, chain, accusations. It fails
// only before it has changed anything, if the owner bytes make no sense.
func (t *Table) store(now Instant, e *Entry, rec *hearsayv1.NodeRecord) error {
	said, err := t.owners.update(e.profile, rec)
	if err != nil {
		return err
	}
	known := e.changed != 0
	before := e.verdict
	if known && e.Live() {
		t.sums.remove(e.key, e.leaf, t.viewTerm(e))
	}
	e.profile, e.verdict, e.stateVersion = said, rec.Verdict, rec.StateVersion
	if e.state != nil && e.state.Generation() != rec.Generation {
		t.dropState(e) // of an earlier life
	}
	if e.Live() {
		t.sum(e)
	}
	if !known {
		t.index(e)
	}
	if !known || before != e.verdict {
		t.relist(now, e, known, before)
	}
	e.dropOutranked()
	t.touch(e)
	if !e.Live() && t.crowded(2) {
		t.Expire(now)
	}
	return nil
}

// sum adds e, which is live, to the sums.
func (t *Table) sum(e *Entry) {
	view := t.viewTerm(e)
	e.leaf = leafHash(view, e.incarnation, e.version, e.StateHeld())
	t.sums.add(e.key, e.leaf, view)
}

// adopt makes an empty table one of the members of a snapshot, of which own is
// the node itself.
func (t *Table) adopt(now Instant, s *Snapshot, own int) {
	t.entries = make([]*[entryBatch]Entry, 0, len(s.profiles)/entryBatch+1)
	t.peers = make([]*Entry, 0, len(s.profiles))
	for i := range s.profiles {
		e := t.newEntry(s.keys[i])
		e.profile, e.stateVersion = s.profiles[i], s.states[i]
		if i == own {
			t.self = e
		}
		t.sum(e)
		t.relist(now, e, false, hearsayv1.VerdictNone)
		t.touch(e)
	}
	t.byID, t.byKey = s.byID, s.byKey
}

// relist moves e, whose verdict has changed, to where its verdict belongs.
func (t *Table) relist(now Instant, e *Entry, known bool, before hearsayv1.Verdict) {
	e.since = now
	if e == t.self {
		e.index = -1
		return
	}
	if known {
		t.unlist(e, before == hearsayv1.VerdictNone)
		if before == hearsayv1.VerdictRemoved {
			t.removed--
		}
	}
	list := t.peersOrGone(e.Live())
	e.index = int32(len(*list))
	*list = append(*list, e)
	if e.verdict == hearsayv1.VerdictRemoved {
		t.removed++
	}
	if !e.Live() {
		t.buried(now, e)
	}
}

// unlist takes e out of the list in which it stands. The last of the list takes
// its place.
func (t *Table) unlist(e *Entry, live bool) {
	list := t.peersOrGone(live)
	last := len(*list) - 1
	moved := (*list)[last]
	(*list)[e.index], moved.index = moved, e.index
	(*list)[last] = nil
	*list = (*list)[:last]
}

func (t *Table) peersOrGone(live bool) *[]*Entry {
	if live {
		return &t.peers
	}
	return &t.gone
}

// touch counts a change of e and makes it the newest of the chain.
func (t *Table) touch(e *Entry) {
	t.version++
	if e.changed != 0 {
		t.unchain(e)
	}
	e.changed = t.version
	e.older = t.newest
	if t.newest != 0 {
		t.numbered(t.newest).newer = e.number
	} else {
		t.oldest = e.number
	}
	t.newest = e.number
}

func (t *Table) unchain(e *Entry) {
	if e.newer != 0 {
		t.numbered(e.newer).older = e.older
	} else {
		t.newest = e.older
	}
	if e.older != 0 {
		t.numbered(e.older).newer = e.newer
	} else {
		t.oldest = e.newer
	}
	e.newer, e.older = 0, 0
}

// viewTerm returns the term of e in the sum that users see, if e is live. It
// is not kept: it is needed when e changes, and for each member of a large
// cluster 8 bytes more are a lot.
func (t *Table) viewTerm(e *Entry) uint64 {
	return viewHash(t.seed, e.id, e.generation, e.Owner())
}

// Root returns the sum of the hashes of the live members, which is equal
// between tables that agree on them.
func (t *Table) Root() uint64 { return t.sums.root }

// RootWithout returns what Root would be if the member were not live.
func (t *Table) RootWithout(key uint64) uint64 {
	if e := t.Lookup(key); e != nil && e.Live() {
		return t.sums.root - e.leaf
	}
	return t.sums.root
}

// ViewHash returns the sum that users see: of the live members' ids,
// generations and owner parts.
func (t *Table) ViewHash() uint64 { return t.sums.view }

// Recount returns the root, the view's hash and the sums of the 256 buckets as
// they follow from the records alone. It is for tests and checkers: they must
// equal what the table has kept step by step.
func (t *Table) Recount() (root, view uint64, buckets [256]uint64) {
	var s sums
	for e := range t.All() {
		if e.Live() {
			vh := t.viewTerm(e)
			s.add(e.key, leafHash(vh, e.incarnation, e.version, e.StateHeld()), vh)
		}
	}
	return s.root, s.view, s.leaf
}

// Buckets returns the sums of the 256 buckets.
func (t *Table) Buckets() [256]uint64 { return t.sums.leaf }
