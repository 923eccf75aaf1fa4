package replica

import (
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/hearsay-gossip/hearsay/state"
)

// Host is what a replica is attached to: a node.
type Host interface {
	// Self is the id of the node.
	Self() string
	// Write makes changes of the node's own state, all or none. What has come
	// of them is fed to the replica before it returns.
	Write(changes []state.Change) error
}

// Replica holds every member's copy of one message of replicated state. Generated
// types embed it and add a setter for each field. F names the fields.
type Replica[M any, F ~uint32] struct {
	typ *Type[M]
	id  uint32

	// writing is held while this node's copy is read to be changed.
	writing sync.Mutex
	mu      sync.RWMutex
	// The lock guards what follows. self is this node's id in members; local is
	// its copy as long as there is no host, and others those that were applied.
	host    Host
	self    string
	local   *state.Copy
	others  map[string]*state.Copy
	members map[string]*member[M]
	// dead are those that have died, whether anything else is known of them or not.
	dead    map[string]bool
	readers []*reader
	closed  bool
}

// member is one member's copy.
type member[M any] struct {
	// slots are all contents, message those that show.
	slots   map[state.Slot]state.Change
	message *M
	// version is the greatest that was seen.
	version uint64
}

// New returns a replica without a node. Generated code calls it.
func New[M any, F ~uint32](typ *Type[M]) *Replica[M, F] {
	return &Replica[M, F]{
		typ: typ, id: state.TypeID(typ.Name), local: state.NewCopy(state.Config{}),
		others: map[string]*state.Copy{}, members: map[string]*member[M]{},
		dead: map[string]bool{},
	}
}

// TypeName returns the full name of the message.
func (r *Replica[M, F]) TypeName() string { return r.typ.Name }

// Bytes returns what this node's copy of the message takes of the node's budget,
// which all of its types share: the bytes of keys and values, and
// state.SlotOverhead for each field and entry. What was removed takes the key's and
// the overhead, too, for as long as it is remembered; Bytes does not have that.
func (r *Replica[M, F]) Bytes() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	bytes := 0
	if m := r.members[r.self]; m != nil {
		for slot, ch := range m.slots { // a sum has no order
			bytes += state.SlotOverhead + len(slot.Key) + len(ch.Value)
		}
	}
	return bytes
}

// Own returns this node's copy.
func (r *Replica[M, F]) Own() *M {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.own()
}

// own is Own with the lock held.
func (r *Replica[M, F]) own() *M {
	if m := r.members[r.self]; m != nil {
		return r.typ.Clone(m.message)
	}
	return new(M)
}

// Of returns a member's copy; false if nothing is known of it.
func (r *Replica[M, F]) Of(member string) (*M, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m := r.members[member]
	if m == nil {
		return nil, false
	}
	return r.typ.Clone(m.message), true
}

// View calls look with a member's copy itself, which must neither be changed nor
// kept, and tells whether there is one. look must return soon, for nothing can
// change meanwhile.
func (r *Replica[M, F]) View(member string, look func(*M)) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m := r.members[member]
	if m != nil {
		look(m.message)
	}
	return m != nil
}

// All ranges over the copies of all members of which something is known, by id:
// those that are known when the loop begins, each as it is when its turn comes.
func (r *Replica[M, F]) All() iter.Seq2[string, *M] {
	return func(yield func(string, *M) bool) {
		r.mu.RLock()
		ids := slices.Sorted(maps.Keys(r.members))
		r.mu.RUnlock()
		for _, id := range ids {
			if m, ok := r.Of(id); ok && !yield(id, m) {
				return
			}
		}
	}
}
