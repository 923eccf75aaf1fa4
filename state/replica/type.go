package replica

import (
	"errors"
	"fmt"

	"github.com/hearsay-gossip/hearsay/state"
)

// WhenDead says what becomes of a field when its member is found dead.
type WhenDead uint8

// What may become of a field.
const (
	// Keep: it stays as long as the member is remembered.
	Keep WhenDead = iota
	// Hide: it is not shown until the member turns out to live.
	Hide
	// Drop: no node keeps it for longer than a time.
	Drop
)

// Field is what a schema says of one field of replicated state.
type Field struct {
	Name   string
	Number uint32
	// Slot is the number under which the field is versioned: its own, or of a
	// oneof that of the first field.
	Slot uint32
	// KeyTag is the tag of the key in an entry, if the field is a map; else 0.
	KeyTag byte
	// MaxItems is the largest number of entries of a map; 0 is no bound.
	MaxItems int
	Priority state.Priority
	// MaxBytes is the largest encoded field, of a map each entry; 0 is no bound.
	MaxBytes int
	WhenDead WhenDead
	// DropAfter is how long the field is kept if WhenDead is Drop, in seconds.
	DropAfter uint32
}

// Type is what a replica knows of its message, made by the generator.
type Type[M any] struct {
	// Name is the full name of the message.
	Name   string
	Fields []Field
	// Clone returns a deep copy.
	Clone func(*M) *M
	// Apply makes a field, or an entry of a map, what a change says. Fields that
	// the message does not know are left alone.
	Apply func(*M, *state.Change) error
	// Append appends a field as it stands in the encoded message: nothing if it
	// is not set, or is a map.
	Append func(m *M, b []byte, number uint32) []byte
	// Entries calls yield with each entry of a map as it stands in the encoded
	// message.
	Entries func(m *M, number uint32, yield func(entry []byte))
}

// field returns what the schema says of a field.
func (t *Type[M]) field(number uint32) *Field {
	for i := range t.Fields {
		if t.Fields[i].Number == number {
			return &t.Fields[i]
		}
	}
	panic(fmt.Sprintf("BUG: %s has no field %d", t.Name, number))
}

// ofSlot returns what the schema says of the first field of a slot; nil if it
// does not know it.
func (t *Type[M]) ofSlot(slot uint32) *Field {
	for i := range t.Fields {
		if t.Fields[i].Number == slot {
			return &t.Fields[i]
		}
	}
	return nil
}

// Errors of a replica. None has changed anything.
var (
	// ErrAttached: what was called is for replicas without a node.
	ErrAttached = errors.New("replica: attached to a node")
	// ErrInvalid: other nodes could not decode what was to be written: a string
	// is not UTF-8, or there are more elements than the schema allows.
	ErrInvalid = errors.New("replica: invalid value")
)
