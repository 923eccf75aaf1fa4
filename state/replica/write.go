package replica

import (
	"fmt"
	"slices"

	"github.com/hearsay-gossip/hearsay/state"
)

// Update lets change alter a copy of this node's message, and writes the fields
// and entries that then differ: all or none. change must not call the replica.
func (r *Replica[M, F]) Update(change func(*M)) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	before := r.Own()
	after := r.typ.Clone(before)
	change(after)
	return r.writeDifference(before, after)
}

// Set makes this node's message equal to m: it writes the fields and entries that
// differ, all or none.
func (r *Replica[M, F]) Set(m *M) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	return r.writeDifference(r.Own(), m)
}

// WriteField writes the field of that number as it is in m. Generated setters
// call it.
func (r *Replica[M, F]) WriteField(number F, m *M) error {
	ch, err := r.change(uint32(number), "", r.typ.Append(m, nil, uint32(number)))
	if err != nil {
		return err
	}
	return r.write([]state.Change{ch})
}

// ClearField clears a field, or by the number of its first field a oneof.
// Generated code calls it.
func (r *Replica[M, F]) ClearField(number F) error {
	ch, _ := r.change(uint32(number), "", nil)
	return r.write([]state.Change{ch})
}

// WriteEntries writes the entries of the map of that number that are in m.
// Generated code calls it.
func (r *Replica[M, F]) WriteEntries(number F, m *M) error {
	var changes []state.Change
	var failed error
	r.typ.Entries(m, uint32(number), func(entry []byte) {
		ch, err := r.change(uint32(number), entryKey(entry), entry)
		if err != nil && failed == nil {
			failed = err
		}
		changes = append(changes, ch)
	})
	if failed != nil {
		return failed
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.crowded(uint32(number), changes); err != nil {
		return err
	}
	return r.write(changes)
}

// crowded tells whether a map would have more entries than the schema allows.
func (r *Replica[M, F]) crowded(number uint32, changes []state.Change) error {
	f := r.typ.field(number)
	if f.MaxItems == 0 {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	count, slots := len(changes), map[state.Slot]state.Change{}
	if m := r.members[r.self]; m != nil {
		slots = m.slots
	}
	for slot := range slots {
		if slot.Field == number && !slices.ContainsFunc(changes, func(c state.Change) bool { return c.Slot == slot }) {
			count++
		}
	}
	if count > f.MaxItems {
		return fmt.Errorf("%w: %s.%s would have %d entries, and may have %d", ErrInvalid, r.typ.Name, f.Name, count, f.MaxItems)
	}
	return nil
}

// RemoveEntries removes the entries of the map of that number whose keys are in
// m. Generated code calls it.
func (r *Replica[M, F]) RemoveEntries(number F, m *M) error {
	var changes []state.Change
	r.typ.Entries(m, uint32(number), func(entry []byte) {
		ch, _ := r.change(uint32(number), entryKey(entry), nil)
		changes = append(changes, ch)
	})
	return r.write(changes)
}

// writeDifference writes what differs between two messages.
func (r *Replica[M, F]) writeDifference(before, after *M) error {
	var changes []state.Change
	var failed error
	add := func(f *Field, key string, value []byte) {
		ch, err := r.change(f.Number, key, value)
		if err != nil && failed == nil {
			failed = err
		}
		changes = append(changes, ch)
	}
	for i := range r.typ.Fields {
		f := &r.typ.Fields[i]
		if f.KeyTag == 0 {
			was, is := r.typ.Append(before, nil, f.Number), r.typ.Append(after, nil, f.Number)
			// Of a oneof the case that is set now says what the slot is.
			if string(was) != string(is) && (len(is) > 0 || !r.slotSet(after, f)) {
				add(f, "", is)
			}
			continue
		}
		had, entries := map[string]string{}, 0
		r.typ.Entries(before, f.Number, func(entry []byte) { had[entryKey(entry)] = string(entry) })
		r.typ.Entries(after, f.Number, func(entry []byte) {
			entries++
			key := entryKey(entry)
			if was, known := had[key]; !known || was != string(entry) {
				add(f, key, entry)
			}
			delete(had, key)
		})
		if f.MaxItems > 0 && entries > f.MaxItems && failed == nil {
			failed = fmt.Errorf("%w: %s.%s would have %d entries, and may have %d", ErrInvalid, r.typ.Name, f.Name, entries, f.MaxItems)
		}
		r.typ.Entries(before, f.Number, func(entry []byte) {
			if _, gone := had[entryKey(entry)]; gone {
				add(f, entryKey(entry), nil)
			}
		})
	}
	if failed != nil {
		return failed
	}
	return r.write(changes)
}

// slotSet tells whether another field of the same slot is set.
func (r *Replica[M, F]) slotSet(m *M, f *Field) bool {
	for i := range r.typ.Fields {
		other := &r.typ.Fields[i]
		if other != f && other.Slot == f.Slot && len(r.typ.Append(m, nil, other.Number)) > 0 {
			return true
		}
	}
	return false
}

// change makes a change of a field or entry; no value is its removal. What other
// nodes could not decode is refused.
func (r *Replica[M, F]) change(number uint32, key string, value []byte) (state.Change, error) {
	f := r.typ.field(number)
	ch := state.Change{
		Slot:  state.Slot{Type: r.id, Field: f.Slot, Key: key},
		Value: value, Deleted: len(value) == 0, Priority: f.Priority, DropAfter: f.DropAfter,
	}
	switch {
	case len(key) > state.MaxKeyBytes:
		return ch, fmt.Errorf("%w: a key of %s.%s has %d bytes, and may have %d", state.ErrFieldTooLarge, r.typ.Name, f.Name, len(key), state.MaxKeyBytes)
	case f.MaxBytes > 0 && len(value) > f.MaxBytes:
		return ch, fmt.Errorf("%w: %s.%s has %d bytes, and may have %d", state.ErrFieldTooLarge, r.typ.Name, f.Name, len(value), f.MaxBytes)
	case ch.Deleted:
		return ch, nil
	}
	if err := r.typ.Apply(new(M), &ch); err != nil {
		return ch, fmt.Errorf("%w: %s.%s: %w", ErrInvalid, r.typ.Name, f.Name, err)
	}
	return ch, nil
}

// write hands changes to the host or, without one, to this node's own copy.
func (r *Replica[M, F]) write(changes []state.Change) error {
	if len(changes) == 0 {
		return nil
	}
	r.mu.Lock()
	if host := r.host; host != nil {
		r.mu.Unlock()
		return host.Write(changes)
	}
	defer r.mu.Unlock()
	applied, err := r.local.Write(changes, nil)
	for i := range applied {
		r.changed(r.self, applied[i])
	}
	return err
}
