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
// that has changed several times meanwhile it gets the latest content alone, and of
// an entry that came and went nothing.
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

// Follow is Changes for those who must not wait, such as a service in a simulated
// cluster: next returns what Changes would yield next, or false if there is nothing
// now. stop ends it. Both are for one goroutine.
func (r *Replica[M, F]) Follow() (next func() (Change[M, F], bool), stop func()) {
	reader := r.subscribe()
	next = func() (Change[M, F], bool) {
		id, ch, ok := reader.pop()
		if !ok {
			return Change[M, F]{}, false
		}
		return r.typed(id, &ch), true
	}
	return next, func() { r.unsubscribe(reader) }
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

// reader is one loop over changes. What waits is bounded by the slots that there
// are and those that the loop knows, however slow it is.
type reader struct {
	// signal has capacity 1 and holds a token when something may have come.
	signal chan struct{}

	mu      sync.Mutex
	pending map[readerSlot]pendingChange
	// order has the pending ones, and others that have gone meanwhile.
	order []readerSlot
	head  int
}

type readerSlot struct {
	member string
	slot   state.Slot
}

// pendingChange is what the loop gets next of a slot.
type pendingChange struct {
	state.Change
	// isNews: the loop knows of no content before.
	isNews bool
}

// push makes a change the one that the loop gets of its slot. wasShown tells
// whether the slot had a content to be seen before.
func (s *reader) push(member string, ch state.Change, wasShown bool) {
	at := readerSlot{member, ch.Slot}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, waits := s.pending[at]
	if !waits {
		p.isNews = !wasShown
	}
	if ch.Deleted && p.isNews {
		delete(s.pending, at) // what the loop never saw is not removed for it
		return
	}
	p.Change = ch
	s.pending[at] = p
	if !waits {
		s.enqueue(at)
	}
	s.wake()
}

// enqueue appends to the order, and closes its holes when they outnumber the
// rest.
func (s *reader) enqueue(at readerSlot) {
	if len(s.order) > 64 && len(s.order) > 2*len(s.pending) {
		kept := s.order[:0]
		queued := make(map[readerSlot]bool, len(s.pending))
		for _, slot := range s.order[s.head:] {
			if _, waits := s.pending[slot]; waits && !queued[slot] && slot != at {
				queued[slot] = true
				kept = append(kept, slot)
			}
		}
		clear(s.order[len(kept):])
		s.order, s.head = kept, 0
	}
	s.order = append(s.order, at)
}

func (s *reader) pop() (member string, ch state.Change, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.head < len(s.order) {
		at := s.order[s.head]
		s.order[s.head] = readerSlot{}
		s.head++
		if p, waits := s.pending[at]; waits {
			delete(s.pending, at)
			return at.member, p.Change, true
		}
	}
	s.order, s.head = s.order[:0], 0
	return "", ch, false
}

func (s *reader) waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending) > 0
}

func (s *reader) wake() {
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// subscribe adds a loop that begins with all that shows.
func (r *Replica[M, F]) subscribe() *reader {
	s := &reader{signal: make(chan struct{}, 1), pending: map[readerSlot]pendingChange{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(r.members)) {
		m := r.members[id]
		for _, ch := range m.sorted() {
			if !r.hidden(id, ch.Field) {
				s.push(id, ch, false)
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
