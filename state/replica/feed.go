package replica

import (
	"maps"
	"slices"

	"github.com/hearsay-gossip/hearsay/state"
)

// UpdateKind says what an Update tells.
type UpdateKind uint8

const (
	// Changed: a slot has another content, or none.
	Changed UpdateKind = iota
	// Reset: all of a member's state is void.
	Reset
	// Died: the member is dead or has left, and what is to be hidden is, also what
	// is told of it later.
	Died
	// Lives: the member is live, or forgotten.
	Lives
)

// Update is what a host tells a replica.
type Update struct {
	Kind   UpdateKind
	Member string
	// Change is of the replica's type; its value is never written to any more.
	Change state.Change
}

// Attach makes a host keep this node's state from now on, and returns the changes
// that make its state what was written before. It must have been fed what the
// host knows. Hosts call it, once: then it is ErrAttached.
func (r *Replica[M, F]) Attach(host Host) ([]state.Change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.host != nil {
		return nil, ErrAttached
	}
	r.host = host
	written := slices.Collect(r.local.All())
	r.drop(r.self)
	for _, other := range slices.Sorted(maps.Keys(r.others)) {
		r.drop(other)
	}
	r.self, r.local, r.others = host.Self(), nil, nil
	return written, nil
}

// TypeID returns the number that stands for the message on the wire.
func (r *Replica[M, F]) TypeID() uint32 { return r.id }

// Feed tells the replica what has changed. Hosts call it, in the order in which
// things happened.
func (r *Replica[M, F]) Feed(updates []Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range updates {
		u := &updates[i]
		switch u.Kind {
		case Changed:
			r.changed(u.Member, u.Change)
		case Reset:
			r.drop(u.Member)
		case Died, Lives:
			r.died(u.Member, u.Kind == Died)
		}
	}
}

// Close ends all loops over Changes, once they have had what was told. Hosts call
// it at their end; what was read can be read on.
func (r *Replica[M, F]) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, reader := range r.readers {
		reader.wake()
	}
}

// changed takes a change of a member's copy.
func (r *Replica[M, F]) changed(id string, ch state.Change) {
	m := r.members[id]
	if m == nil {
		m = &member[M]{slots: map[state.Slot]state.Change{}, message: new(M)}
		r.members[id] = m
	}
	m.version = max(m.version, ch.Version)
	_, wasThere := m.slots[ch.Slot]
	if ch.Deleted {
		delete(m.slots, ch.Slot)
	} else {
		m.slots[ch.Slot] = ch
	}
	if !r.hidden(id, ch.Field) {
		r.show(id, m, ch, wasThere)
	}
}

// show makes a change visible. wasShown tells whether its slot had a content to be
// seen before.
func (r *Replica[M, F]) show(id string, m *member[M], ch state.Change, wasShown bool) {
	if err := r.typ.Apply(m.message, &ch); err != nil {
		// Its writer has checked it. Whoever sent it otherwise is not believed.
		ch.Deleted, ch.Value = true, nil
		_ = r.typ.Apply(m.message, &ch)
	}
	for _, reader := range r.readers {
		reader.push(id, ch, wasShown)
	}
}

// hidden tells whether a field of a member is, because the member is dead.
func (r *Replica[M, F]) hidden(id string, slot uint32) bool { return r.dead[id] && r.hides(slot) }

// hides tells whether a field is hidden when its member dies.
func (r *Replica[M, F]) hides(slot uint32) bool {
	f := r.typ.ofSlot(slot)
	return f != nil && f.WhenDead == Hide
}

// died hides what is to be hidden of a member, or shows it again.
func (r *Replica[M, F]) died(id string, dead bool) {
	if r.dead[id] == dead {
		return
	}
	if dead {
		r.dead[id] = true
	} else {
		delete(r.dead, id)
	}
	m := r.members[id]
	if m == nil {
		return
	}
	for _, ch := range m.sorted() {
		if !r.hides(ch.Field) {
			continue
		}
		if dead {
			ch.Deleted, ch.Value = true, nil
		}
		r.show(id, m, ch, dead)
	}
}

// drop forgets a member's copy.
func (r *Replica[M, F]) drop(id string) {
	m := r.members[id]
	if m == nil {
		return
	}
	delete(r.members, id)
	for _, ch := range m.sorted() {
		if r.hidden(id, ch.Field) {
			continue
		}
		ch.Deleted, ch.Value = true, nil
		for _, reader := range r.readers {
			reader.push(id, ch, true)
		}
	}
}

// sorted returns the slots in the order of their versions.
func (m *member[M]) sorted() []state.Change {
	return slices.SortedFunc(maps.Values(m.slots), func(a, b state.Change) int {
		if a.Version != b.Version {
			if a.Version < b.Version {
				return -1
			}
			return 1
		}
		return a.Slot.Compare(b.Slot)
	})
}
