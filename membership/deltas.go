package membership

import (
	"iter"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Version counts the changes of the table, from 0: of records, of accusations,
// and what was forgotten.
func (t *Table) Version() uint64 { return t.version }

// ChangedSince ranges over the entries that changed after a version, in the
// order of their last change. It takes as many steps as there are such entries.
// The table must not change meanwhile.
func (t *Table) ChangedSince(version uint64) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		var first uint32
		for n := t.newest; n != 0 && t.numbered(n).changed > version; n = t.numbered(n).older {
			first = n
		}
		for n := first; n != 0; n = t.numbered(n).newer {
			if !yield(t.numbered(n)) {
				return
			}
		}
	}
}

// All ranges over all entries, in the order of their last change.
func (t *Table) All() iter.Seq[*Entry] { return t.ChangedSince(0) }

// DeltaSince makes dst what changed after a version of this table: the range
// (version, Version()] of its changes, for whoever follows them in order. A
// version that the table has not reached, which is that of another table,
// counts as 0. Who follows lets go of the forgotten by itself.
func (t *Table) DeltaSince(version uint64, dst *hearsayv1.MembershipDelta) {
	if version > t.version {
		version = 0
	}
	records := dst.Records[:0]
	for e := range t.ChangedSince(version) {
		records = appendRecord(records, e)
	}
	*dst = hearsayv1.MembershipDelta{From: version, To: t.version, Records: records}
}

// appendRecord appends the record of e, in the memory of the slot that it takes
// if there is one beyond the end.
func appendRecord(dst []hearsayv1.NodeRecord, e *Entry) []hearsayv1.NodeRecord {
	if len(dst) < cap(dst) {
		dst = dst[:len(dst)+1]
	} else {
		dst = append(dst, hearsayv1.NodeRecord{})
	}
	e.CopyTo(&dst[len(dst)-1])
	return dst
}
