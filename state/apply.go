package state

import "slices"

// Result is what came of applying a delta.
type Result struct {
	// Advanced: the contiguous version has risen, or a piece of a large value
	// has come.
	Advanced bool
	// Fell: the contiguous version begins at 0 again, because the floor rose
	// above it.
	Fell bool
	// Refused is how many changes did not fit the copy's limit.
	Refused int
}

// Apply merges a delta of this copy's owner and generation, and appends to out
// the contents that differ now: a slot that is removed appears as deleted. It
// keeps nothing of the delta but keys; what it appends is the copy's.
//
// Deltas may come in any order and any number of times.
func (c *Copy) Apply(d *Delta, out []Change) ([]Change, Result) {
	var result Result
	if d.Floor > c.floor {
		result.Fell = c.raiseFloor(d.Floor)
	}
	// A sender that does not know the floor may hold what was removed below it.
	knowing := c.held >= c.floor || d.Floor >= c.floor
	complete := true
	for i := range d.Changes {
		ch := d.Changes[i]
		inRange := ch.Version > d.From && ch.Version <= d.To
		switch {
		case ch.Version == 0 || len(ch.Key) > MaxKeyBytes:
			complete = complete && !inRange
			result.Refused++
			continue
		case ch.Version <= c.floor && (c.held >= c.floor || !knowing) && c.slots[ch.Slot] == nil:
			continue // removed, and the tombstone collected
		case ch.Whole > 0:
			if knowing && c.confirm(&ch) {
				continue
			}
			whole := c.piece(d, &ch, &result)
			if whole == nil {
				complete = complete && (!inRange || c.knows(&ch))
				continue
			}
			ch = *whole
		}
		applied, fits := c.merge(&ch, knowing)
		if !fits {
			complete = complete && !inRange
			result.Refused++
		}
		if applied {
			out = append(out, ch)
		}
	}
	c.latest = max(c.latest, d.To)
	if complete && knowing && d.From < d.To && d.To > c.held {
		before := c.held
		c.cover(d.From, d.To)
		result.Advanced = result.Advanced || c.held > before
		if before < c.floor && c.held >= c.floor {
			out = c.settleFloor(out)
		}
	}
	return out, result
}

// confirm takes the doubt from a content of that version, and tells whether it
// was in doubt.
func (c *Copy) confirm(ch *Change) bool {
	r := c.slots[ch.Slot]
	if r == nil || r.list != inDoubt || r.Version != ch.Version {
		return false
	}
	c.lists[inDoubt].remove(r)
	c.list(r, false)
	return true
}

// knows tells whether the slot has this content or a later one.
func (c *Copy) knows(ch *Change) bool {
	r := c.slots[ch.Slot]
	return r != nil && r.Version >= ch.Version
}

// merge gives a slot a content, if it is the greater one, and tells whether
// that shows, and whether there was room.
func (c *Copy) merge(ch *Change, knowing bool) (applied, fits bool) {
	r := c.slots[ch.Slot]
	before := 0
	if r != nil {
		if d := r.compare(ch); d >= 0 {
			if d == 0 && knowing {
				c.confirm(ch)
			}
			return false, true
		}
		before = r.weight()
	}
	if ch.Deleted {
		ch.Value = nil
	}
	if grown := ch.weight() - before; grown > 0 && c.Bytes()+grown > c.cfg.Limit {
		if c.bytes+grown > c.cfg.Limit {
			return false, false
		}
		c.part = part{} // makes way, and comes again
	}
	hidden := r == nil || r.Deleted
	if ch.Deleted && ch.Version <= c.floor && c.held >= c.floor {
		c.drop(r) // collected already, wherever the change comes from
		return !hidden, true
	}
	ch.Value = slices.Clone(ch.Value)
	c.put(*ch, !knowing && ch.Version <= c.floor)
	return !(hidden && ch.Deleted), true
}
