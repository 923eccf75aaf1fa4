package state

import (
	"cmp"
	"slices"
)

// register is a slot with its content.
type register struct {
	Change
	// confirmed is the number of the copy's doubt in which somebody who knows its
	// floor told the content; 0 is nobody.
	confirmed uint64
	// picked marks what is in the delta that is being filled.
	picked bool
}

// order lists registers by version. A register that gets another version leaves
// its old place as a hole, so that the owner's writes, which always come last,
// cost nothing but an append; holes are closed when they outnumber the rest.
//
// What comes out of order is appended, too, and given its place when the list is
// read next: a delta whose changes come in the worst of orders costs one pass
// through the list, and not one for each of them.
type order struct {
	list  []ordered
	holes int
	// late is how many at the end of the list wait for their places.
	late int
}

// ordered is a hole unless its register still has the version.
type ordered struct {
	version uint64
	reg     *register
}

func (o ordered) hole() bool { return o.reg.Version != o.version }

// after returns the place of the first version above v.
func (o *order) after(v uint64) int {
	at, _ := slices.BinarySearchFunc(o.all(), v, func(e ordered, v uint64) int {
		if e.version <= v {
			return -1
		}
		return 1
	})
	return at
}

// add gives a register its place: behind those of the same version.
func (o *order) add(r *register) {
	if n := len(o.list); o.late > 0 || n > 0 && o.list[n-1].version > r.Version {
		o.late++
	}
	o.list = append(o.list, ordered{r.Version, r})
}

// settle gives those that came out of order their places: from the end on, the
// greater one of both parts goes to the last place that is free.
func (o *order) settle() {
	if o.late == 0 {
		return
	}
	kept := len(o.list) - o.late
	late := slices.Clone(o.list[kept:])
	slices.SortStableFunc(late, func(a, b ordered) int { return cmp.Compare(a.version, b.version) })
	for free := len(o.list) - 1; len(late) > 0; free-- {
		if last := len(late) - 1; kept == 0 || o.list[kept-1].version <= late[last].version {
			o.list[free], late = late[last], late[:last]
		} else {
			kept--
			o.list[free] = o.list[kept]
		}
	}
	o.late = 0
}

// all returns the places in order, holes among them.
func (o *order) all() []ordered {
	o.settle()
	return o.list
}

// left notes that a register has left a place.
func (o *order) left() {
	o.holes++
	if o.holes > 32 && o.holes > len(o.list)/2 {
		o.settle()
		o.list = slices.DeleteFunc(o.list, ordered.hole)
		o.holes = 0
	}
}

// close closes the holes up to a version.
func (o *order) close(v uint64) {
	end := o.after(v)
	free := end
	for at := end - 1; at >= 0; at-- {
		if o.list[at].hole() {
			o.holes--
		} else {
			free--
			o.list[free] = o.list[at]
		}
	}
	clear(o.list[:free]) // or the memory would keep what was dropped
	o.list = o.list[free:]
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
