package state

// raiseFloor learns of a floor. It tells whether the copy has to be had anew:
// if less than the floor is held, what was removed below it is not known, and
// everything up to it is in doubt until a delta that knows the floor confirms
// it.
//
// An owner's floor may rise with each of his datagrams. That costs what lies
// between the floors, or nothing at all, however much is held.
func (c *Copy) raiseFloor(floor uint64) bool {
	before := c.floor
	c.floor = floor
	c.latest = max(c.latest, floor)
	if c.held >= floor {
		c.bury(before)
		return false
	}
	c.restart()
	return true
}

// bury drops the tombstones up to the floor. There are none up to the one
// before it, which was reached.
func (c *Copy) bury(before uint64) {
	if c.tombstones == 0 {
		return
	}
	var old []*register
	for r := range c.order.above(before, c.floor) {
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
	c.doubts++
}

// doubtful tells whether nobody has confirmed a content since the floor rose
// above what is held. It is shown, and not passed on.
func (c *Copy) doubtful(r *register) bool {
	return c.held < c.floor && r.Version <= c.floor && r.confirmed != c.doubts
}

// settleFloor drops what nobody has confirmed, now that the floor is reached,
// and with it the tombstones.
func (c *Copy) settleFloor(out []Change) []Change {
	var gone []*register
	for r := range c.order.above(0, c.floor) {
		if r.Deleted || r.confirmed != c.doubts {
			gone = append(gone, r)
		}
	}
	for _, r := range gone {
		if !r.Deleted {
			out = append(out, Change{Slot: r.Slot, Version: r.Version, Deleted: true})
		}
		c.drop(r)
	}
	c.order.close(c.floor) // or each floor would be paid for by way of them
	return out
}
