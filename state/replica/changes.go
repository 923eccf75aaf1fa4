package replica

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Change is one field, or one entry of a map, that has changed in one member's
// copy.
type Change[M any, F ~uint32] struct {
	// Member is whose copy it is; this node's own are told too.
	Member string
	Field  F
	// Deleted: the field was cleared, the entry removed, or its member's copy
	// is hidden or gone.
	Deleted bool
	// Version counts the member's writes.
	Version uint64
	// Value has the field that has changed, and nothing else: of a map the one
	// entry. If it was removed, its key is there with the zero value.
	Value *M
}

// Changes returns what changes in the members' copies from the moment at which
// the caller begins to range; first all that is there already, as if it had
// changed just then. The loop ends with ctx, and with the node when all was told.
//
// Nothing waits for a slow loop, and it misses nothing that lasts: of a field
// that has changed several times meanwhile it gets the latest content alone.
func (r *Replica[M, F]) Changes(ctx context.Context) iter.Seq[Change[M, F]] {
	return func(yield func(Change[M, F]) bool) {
		reader := r.subscribe()
		defer r.unsubscribe(reader)
		for ctx.Err() == nil {
			id, ch, ok := reader.pop()
			if ok {
				if !yield(r.typed(id, &ch)) {
					return
				}
				continue
			}
			r.mu.RLock()
			ended := r.closed && !reader.waits()
			r.mu.RUnlock()
			if ended {
				return
			}
			select {
			case <-reader.signal:
			case <-ctx.Done():
			}
		}
	}
}

// typed gives a change its type.
func (r *Replica[M, F]) typed(id string, ch *state.Change) Change[M, F] {
	typed := Change[M, F]{Member: id, Field: F(ch.Field), Deleted: ch.Deleted, Version: ch.Version, Value: new(M)}
	if !ch.Deleted {
		// Under a oneof's slot stands the case that is set.
		if tag, _ := wire.Tag(ch.Value, 0); tag != 0 {
			typed.Field = F(tag >> 3)
		}
	}
	shown := *ch
	if f := r.typ.ofSlot(ch.Field); ch.Deleted && f != nil && f.KeyTag != 0 {
		shown.Deleted, shown.Value = false, AppendKey(nil, ch.Field, f.KeyTag, ch.Key)
	}
	_ = r.typ.Apply(typed.Value, &shown) // it was applied before
	return typed
}

// reader is one loop over changes. What waits is bounded by the number of slots.
type reader struct {
	// signal has capacity 1 and holds a token when something may have come.
	signal chan struct{}

	mu      sync.Mutex
	pending map[readerSlot]state.Change
	order   []readerSlot
	head    int
}

type readerSlot struct {
	member string
	slot   state.Slot
}

// push makes a change the one that the loop gets of its slot.
func (s *reader) push(member string, ch state.Change) {
	at := readerSlot{member, ch.Slot}
	s.mu.Lock()
	if _, waits := s.pending[at]; !waits {
		s.order = append(s.order, at)
	}
	s.pending[at] = ch
	s.mu.Unlock()
	s.wake()
}

func (s *reader) pop() (member string, ch state.Change, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.head == len(s.order) {
		s.order, s.head = s.order[:0], 0
		return "", ch, false
	}
	at := s.order[s.head]
	s.order[s.head] = readerSlot{}
	if s.head++; s.head > 64 && s.head > len(s.order)/2 {
		// Shifted now and then, a queue that never empties stays bounded.
		s.order = append(s.order[:0], s.order[s.head:]...)
		s.head = 0
	}
	ch = s.pending[at]
	delete(s.pending, at)
	return at.member, ch, true
}

func (s *reader) waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head < len(s.order)
}

func (s *reader) wake() {
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// subscribe adds a loop that begins with all that shows.
func (r *Replica[M, F]) subscribe() *reader {
	s := &reader{signal: make(chan struct{}, 1), pending: map[readerSlot]state.Change{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(r.members)) {
		m := r.members[id]
		for _, ch := range m.sorted() {
			if !ch.Deleted && !(m.dead && r.hides(ch.Field)) {
				s.push(id, ch)
			}
		}
	}
	r.readers = append(r.readers, s)
	return s
}

func (r *Replica[M, F]) unsubscribe(s *reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers = slices.DeleteFunc(r.readers, func(other *reader) bool { return other == s })
}
