package state

import "github.com/hearsay-gossip/hearsay/wire"

// Delta carries changes of one copy. It needs no answer and no order.
type Delta struct {
	// Owner and Generation name the copy; who merges looks at them, Apply does
	// not.
	Owner, Generation uint64
	// From and To: all changes of the copy with versions in (From, To] that the
	// sender holds are among Changes, and it holds all of the owner's up to To.
	// Equal, they say nothing. Changes may hold others besides.
	From, To uint64
	// Floor is the sender's floor: up to it tombstones may be missing.
	Floor uint64
	// Latest is the greatest version that the sender has heard of.
	Latest  uint64
	Changes []Change
}

// Mark is a place in a copy: everything up to a version or, of the value of that
// version, so many bytes.
type Mark struct {
	Version uint64
	Offset  uint32
}

// End returns the place that the delta ends at.
func (d *Delta) End() Mark {
	if n := len(d.Changes); n > 0 && d.Changes[n-1].Whole > 0 {
		last := &d.Changes[n-1]
		return Mark{last.Version, last.Offset + uint32(len(last.Value))}
	}
	return Mark{Version: d.To}
}

// Type returns the type of the first change: in a delta of one type, which most
// are, changes need not name it.
func (d *Delta) Type() uint32 {
	if len(d.Changes) == 0 {
		return 0
	}
	return d.Changes[0].Type
}

// Size returns the size of the delta inside an envelope, tag and length
// included.
func (d *Delta) Size() int {
	n := number(d.From) + number(d.To) + number(d.Floor) + number(d.Latest)
	for _, fixed := range [2]uint64{d.Owner, d.Generation} {
		if fixed != 0 {
			n += 9
		}
	}
	kind := d.Type()
	if kind != 0 {
		n += 5
	}
	for i := range d.Changes {
		n += d.Changes[i].size(kind)
	}
	return 2 + wire.SizeBytes(n)
}

// deltaOverhead is what a delta takes at most besides its changes, tag and
// length included: 2 + 3, owner and generation 9 each, type 5, and four numbers.
const deltaOverhead = 5 + 9 + 9 + 5 + 4*11

// MinRoom is the least room in which Fill and News make progress: a delta with
// the smallest piece of a value under the largest key.
const MinRoom = deltaOverhead + pieceOverhead + MaxKeyBytes + minPiece

// MaxKeyBytes is the largest encoded key of a map's entry.
const MaxKeyBytes = 96

// pieceOverhead is what a piece takes at most besides key and value: tag and
// length 4, six numbers of a change, of which one has 64 bits, key 3, value 4,
// type 5.
const (
	pieceOverhead = 4 + 11 + 5*6 + 3 + 4 + 5
	minPiece      = 16
)

// Request is what a node asks for: the changes of a copy above what it holds.
type Request struct {
	// From is the contiguous version that is held, under the floor Floor.
	From, Floor uint64
	// Until, if not 0, is from where on the asker holds the following changes.
	Until uint64
	// PartVersion and PartOffset: of the value of that version, which comes in
	// pieces, the asker holds this much.
	PartVersion uint64
	PartOffset  uint32
	// Continuing: the asker has had an answer just now, and with it what comes
	// first by priority.
	Continuing bool
}

// Cursor is how far an answer has come.
type Cursor struct {
	at, until uint64
	offset    uint32
	part      uint64
	plain     bool
	done      bool
}
