package state

import (
	"bytes"
	"cmp"

	"github.com/hearsay-gossip/hearsay/wire"
)

// Slot names what is versioned by itself: a field of a message, or an entry of
// a field that is a map.
type Slot struct {
	// Type identifies the message (TypeID), Field the field in it.
	Type, Field uint32
	// Key is the encoded key of a map's entry; empty for other fields.
	Key string
}

// Compare orders slots by type, field and key.
func (s Slot) Compare(o Slot) int {
	return cmp.Or(cmp.Compare(s.Type, o.Type), cmp.Compare(s.Field, o.Field), cmp.Compare(s.Key, o.Key))
}

// Priority says what is sent first when not all fits. It never says what counts
// as held.
type Priority uint32

// The priorities. Values that are not known here are kept and count as normal.
const (
	PriorityNormal Priority = iota
	PriorityHigh
	PriorityLow
)

// rank is the order of sending.
func (p Priority) rank() int {
	switch p {
	case PriorityHigh:
		return 0
	case PriorityLow:
		return 2
	default:
		return 1
	}
}

const ranks = 3

// Change is the content of one slot at one version.
type Change struct {
	Slot
	// Version is the owner's count of writes at this one.
	Version uint64
	// Value is the field as it stands in an encoded message, with its tag; of a
	// repeated field all elements, of a map one entry. So the values of a type's
	// slots, one behind the other, are an encoded message. It is never written
	// to once it is part of a copy.
	Value []byte
	// Deleted marks a tombstone, which has no value.
	Deleted  bool
	Priority Priority
	// DropAfter is for how many seconds after its owner's death the content is
	// kept; 0 is for as long as the owner is remembered.
	DropAfter uint32
	// Whole is not 0 in a piece of a value that is too large for one delta: the
	// size of the whole, of which Value is the part from Offset on.
	Offset, Whole uint32
}

// compare orders the contents that a slot may have: by version, and, which no
// correct owner needs, by the content itself, so that all nodes agree in any
// case.
func (c *Change) compare(o *Change) int {
	if d := cmp.Compare(c.Version, o.Version); d != 0 {
		return d
	}
	if c.Deleted != o.Deleted {
		if c.Deleted {
			return 1
		}
		return -1
	}
	return cmp.Or(bytes.Compare(c.Value, o.Value), cmp.Compare(c.Priority, o.Priority), cmp.Compare(c.DropAfter, o.DropAfter))
}

// SlotOverhead is what a slot counts against the limit besides the bytes of its
// key and value: about what it takes of memory, so that the limit bounds that, and
// not many small slots several times as much.
const SlotOverhead = 224

// weight is what a change counts against the limit.
func (c *Change) weight() int { return SlotOverhead + len(c.Key) + len(c.Value) }

// size returns the size of the change as it travels in a delta of the type,
// with tag and length. It must equal what the schema's Change encodes to.
func (c *Change) size(deltaType uint32) int {
	n := number(uint64(c.Field)) + number(c.Version) + number(uint64(c.Priority)) + number(uint64(c.DropAfter)) +
		number(uint64(c.Offset)) + number(uint64(c.Whole))
	if len(c.Key) > 0 {
		n += 1 + wire.SizeBytes(len(c.Key))
	}
	if c.Deleted {
		n += 2
	} else {
		n += 1 + wire.SizeBytes(len(c.Value))
	}
	if c.Type != deltaType {
		n += 5
	}
	return 1 + wire.SizeBytes(n)
}

// number returns the size of a field that is a number, which is left out if 0.
func number(v uint64) int {
	if v == 0 {
		return 0
	}
	return 1 + wire.SizeVarint(v)
}

// TypeID returns the number that stands for a message type on the wire: the
// first 4 bytes of the SHA-256 of its full name, little endian. It is never 0.
func TypeID(fullName string) uint32 { return max(1, uint32(wire.Key(fullName))) }
