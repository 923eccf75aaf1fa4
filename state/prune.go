package state

import (
	"math"
	"time"
)

// Prune drops the contents that are kept for no longer than that after their
// owner's death, and appends them to out as deleted. It returns for how long the
// owner must have been dead until there is more to drop; negative is never.
func (c *Copy) Prune(dead time.Duration, out []Change) ([]Change, time.Duration) {
	var old []*register
	next := time.Duration(-1)
	if c.fading == 0 {
		return out, next
	}
	for r := range ascending(c.lists[:], 0, math.MaxUint64) {
		if r.DropAfter == 0 {
			continue
		}
		switch after := time.Duration(r.DropAfter) * time.Second; {
		case after <= dead:
			old = append(old, r)
		case next < 0 || after < next:
			next = after
		}
	}
	for _, r := range old {
		if !r.Deleted {
			out = append(out, Change{Slot: r.Slot, Version: r.Version, Deleted: true})
		}
		c.drop(r)
		c.pruned = true
	}
	return out, next
}

// Revive tells the copy that its owner lives after all. What was pruned has to
// be had again, and so nothing counts as held: then it returns true.
func (c *Copy) Revive() bool {
	if !c.pruned {
		return false
	}
	c.pruned = false
	c.restart()
	return true
}
