package state

import (
	"errors"
	"math"
	"slices"
)

// Write makes the owner's changes, all or none, and appends to out those that
// differ from what was there, each under a version of its own. If the budget
// leaves no room beside them, tombstones are collected before their time. The versions,
// offsets and sizes in changes are not looked at; their values belong to the
// copy from now on. Removing what is not there changes nothing.
//
// Only the owner's own copy may be written to: the one in which Held is Latest.
func (c *Copy) Write(changes []Change, out []Change) ([]Change, error) {
	err := c.affordable(changes)
	if errors.Is(err, ErrBudget) && c.Collect(c.latest) {
		// Tombstones are kept for the convenience of those who were away.
		err = c.affordable(changes)
	}
	if err != nil {
		return out, err
	}
	if uint64(len(changes)) > math.MaxUint64-c.latest {
		return out, ErrExhausted
	}
	for _, ch := range changes {
		if c.same(&ch) {
			continue
		}
		ch.Version, ch.Offset, ch.Whole = c.latest+1, 0, 0
		if ch.Deleted {
			ch.Value = nil
		}
		c.put(ch, false)
		c.held = c.latest
		out = append(out, ch)
	}
	return out, nil
}

// same tells whether a slot has that content already.
func (c *Copy) same(ch *Change) bool {
	r := c.slots[ch.Slot]
	switch {
	case r == nil || r.Deleted:
		return ch.Deleted
	case ch.Deleted:
		return false
	}
	return string(r.Value) == string(ch.Value) && r.Priority == ch.Priority && r.DropAfter == ch.DropAfter
}

// affordable tells whether the changes keep within the limit.
func (c *Copy) affordable(changes []Change) error {
	bytes := c.bytes
	var seen map[Slot]int
	if len(changes) > 1 {
		seen = make(map[Slot]int, len(changes))
	}
	shrinks := true
	for i := range changes {
		ch := &changes[i]
		if len(ch.Key) > MaxKeyBytes {
			return ErrFieldTooLarge
		}
		weight, before := ch.weight(), 0
		if r := c.slots[ch.Slot]; r != nil {
			before = r.weight()
		}
		if last, twice := seen[ch.Slot]; twice {
			before = last
		}
		if ch.Deleted {
			if before == 0 {
				continue // nothing to remove
			}
			weight -= len(ch.Value)
		}
		if seen != nil {
			seen[ch.Slot] = weight
		}
		shrinks = shrinks && weight <= before
		bytes += weight - before
	}
	if bytes > c.cfg.Limit && !shrinks {
		return &BudgetError{Bytes: bytes, Budget: c.cfg.Limit}
	}
	return nil
}

// Collect drops the owner's tombstones up to a version and raises the floor
// above them. It counts as a write, so that the others learn of it and drop
// theirs; it tells whether there was anything to do.
func (c *Copy) Collect(upTo uint64) bool {
	var old []*register
	if c.tombstones > 0 {
		for r := range ascending(c.lists[:], 0, upTo) {
			if r.Deleted {
				old = append(old, r)
			}
		}
	}
	if len(old) == 0 || c.latest == math.MaxUint64 {
		return false
	}
	c.floor = old[len(old)-1].Version
	for _, r := range old {
		c.drop(r)
	}
	c.latest++
	c.held = c.latest
	return true
}

// Raise answers the claim that the owner has written up to a version, or collected
// its tombstones up to a floor, of which it knows nothing: it makes both true, and
// its next version greater than both. It tells whether there are such versions.
func (c *Copy) Raise(version, floor uint64) bool {
	if version == math.MaxUint64 || floor == math.MaxUint64 || floor > c.floor && c.latest == math.MaxUint64 {
		return false
	}
	if floor > c.floor {
		// Whoever believes in that floor takes no word of somebody who does not.
		before := c.floor
		c.floor = floor
		c.bury(before)
		version = max(version, floor, c.latest)
	}
	if version >= c.latest {
		c.latest = version + 1
		c.held = c.latest
	}
	return true
}

// Renew begins a new life of the owner: under another generation the versions
// count from 1 again, in the same order, and tombstones are gone, since nobody
// holds what they removed.
func (c *Copy) Renew(generation uint64) {
	kept := slices.Collect(c.All())
	limit := c.cfg.Limit
	*c = *NewCopy(Config{Owner: c.cfg.Owner, Generation: generation, Limit: limit})
	for _, ch := range kept {
		ch.Version = c.latest + 1
		c.put(ch, false)
	}
	c.held = c.latest
}
