package state

import "slices"

// register is a slot with its content.
type register struct {
	Change
	// doubtful: nobody has confirmed the content since the floor rose above
	// what was held. It is shown, and not passed on.
	doubtful bool
	// picked marks what is in the delta that is being filled.
	picked bool
}

// order lists registers by version. A register that gets another version leaves
// its old place as a hole, so that the owner's writes, which always come last,
// cost nothing but an append; holes are closed when they outnumber the rest.
type order struct {
	list  []ordered
	holes int
}

// ordered is a hole unless its register still has the version.
type ordered struct {
	version uint64
	reg     *register
}

func (o ordered) hole() bool { return o.reg.Version != o.version }

// after returns the place of the first version above v.
func (o *order) after(v uint64) int {
	at, _ := slices.BinarySearchFunc(o.list, v, func(e ordered, v uint64) int {
		if e.version <= v {
			return -1
		}
		return 1
	})
	return at
}

// add gives a register its place.
func (o *order) add(r *register) {
	e := ordered{r.Version, r}
	if n := len(o.list); n == 0 || o.list[n-1].version <= r.Version {
		o.list = append(o.list, e)
	} else {
		o.list = slices.Insert(o.list, o.after(r.Version), e)
	}
}

// left notes that a register has left a place.
func (o *order) left() {
	o.holes++
	if o.holes > 32 && o.holes > len(o.list)/2 {
		o.list = slices.DeleteFunc(o.list, ordered.hole)
		o.holes = 0
	}
}

// above ranges over the registers with versions in (from, to], in order.
func (o *order) above(from, to uint64) func(yield func(*register) bool) {
	return func(yield func(*register) bool) {
		for _, e := range o.list[o.after(from):] {
			if e.version > to {
				return
			}
			if !e.hole() && !yield(e.reg) {
				return
			}
		}
	}
}
