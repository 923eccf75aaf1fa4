package state

// raiseFloor learns of a floor. It tells whether the copy has to be had anew:
// if less than the floor is held, what was removed below it is not known, and
// everything up to it is in doubt until a delta that knows the floor confirms
// it.
//
// An owner's floor may rise with each of his datagrams. That costs what lies
// between the floors, or what has been told since the last doubt, and never what is
// held.
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
	for r := range ascending(c.lists[:], before, c.floor) {
		if r.Deleted {
			old = append(old, r)
		}
	}
	for _, r := range old {
		c.drop(r)
	}
}

// restart counts nothing as held any more, and has what lies up to the floor in
// doubt.
func (c *Copy) restart() {
	c.held, c.spans, c.part = 0, nil, part{}
	for rank := range ranks {
		for _, o := range c.lists[rank].cut(c.floor) {
			c.list(o.reg, true)
		}
	}
}

// settleFloor drops what nobody has confirmed, now that the floor is reached,
// and with it the tombstones.
func (c *Copy) settleFloor(out []Change) []Change {
	var gone []*register
	for r := range ascending(c.lists[:], 0, c.floor) {
		if r.Deleted || r.list == inDoubt {
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
