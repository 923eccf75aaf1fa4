package state

import (
	"math"
	"slices"
)

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
			whole, progress := c.piece(d, &ch)
			result.Advanced = result.Advanced || progress
			if whole == nil {
				complete = complete && (!inRange || c.knows(&ch))
				if int64(ch.Whole) > int64(c.cfg.Limit) {
					result.Refused++
				}
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
	if r == nil || !r.doubtful || r.Version != ch.Version {
		return false
	}
	r.doubtful = false
	c.doubtful--
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
	if r != nil {
		switch d := r.compare(ch); {
		case d == 0 && knowing && c.confirm(ch):
			return false, true
		case d >= 0:
			return false, true
		}
	}
	before := 0
	if r != nil {
		before = r.weight()
	}
	if ch.Deleted {
		ch.Value = nil
	}
	if grown := ch.weight() - before; grown > 0 && c.bytes+grown > c.cfg.Limit {
		return false, false
	}
	hidden := r == nil || r.Deleted
	if ch.Deleted && ch.Version <= c.floor && c.held >= c.floor {
		c.drop(r) // collected already, wherever the change comes from
		return !hidden, true
	}
	ch.Value = slices.Clone(ch.Value)
	r = c.put(*ch)
	if !knowing && ch.Version <= c.floor {
		r.doubtful = true
		c.doubtful++
	}
	return !(hidden && ch.Deleted), true
}

// raiseFloor learns of a floor. It tells whether the copy has to be had anew:
// if less than the floor is held, what was removed below it is not known, and
// everything up to it is in doubt until a delta that knows the floor confirms
// it.
func (c *Copy) raiseFloor(floor uint64) bool {
	c.floor = floor
	c.latest = max(c.latest, floor)
	if c.held >= floor {
		c.bury()
		return false
	}
	c.restart()
	return true
}

// bury drops the tombstones up to the floor.
func (c *Copy) bury() {
	if c.tombstones == 0 {
		return
	}
	var old []*register
	for r := range c.order.above(0, c.floor) {
		if r.Deleted {
			old = append(old, r)
		}
	}
	for _, r := range old {
		c.drop(r)
	}
}

// restart counts nothing as held any more.
func (c *Copy) restart() {
	c.held, c.spans, c.part = 0, nil, part{}
	for r := range c.order.above(0, c.floor) {
		if !r.doubtful {
			r.doubtful = true
			c.doubtful++
		}
	}
}

// settleFloor drops what nobody has confirmed, now that the floor is reached.
func (c *Copy) settleFloor(out []Change) []Change {
	c.bury()
	if c.doubtful == 0 {
		return out
	}
	var gone []*register
	for r := range c.order.above(0, math.MaxUint64) {
		if r.doubtful {
			gone = append(gone, r)
		}
	}
	for _, r := range gone {
		if !r.Deleted {
			out = append(out, Change{Slot: r.Slot, Version: r.Version, Deleted: true})
		}
		c.drop(r)
	}
	return out
}
