package state

import (
	"iter"
	"math"
	"slices"
)

// register is a slot with its content.
type register struct {
	Change
	// list is the number of the list that it stands in.
	list uint8
	// picked marks what is in the delta that is being filled.
	picked bool
}

// ordered is a register with its version, which searches then find beside others'.
type ordered struct {
	version uint64
	reg     *register
}

// precedes tells whether a register stands before a place in the order: that of the
// versions, and of one version, which no correct owner writes twice, that of slots.
func (o ordered) precedes(version uint64, slot *Slot) bool {
	return o.version < version || o.version == version && o.reg.Slot.Compare(*slot) < 0
}

// order keeps registers sorted, in chunks: whatever versions a member writes in
// whatever order, a register finds its place, or leaves it, at the cost of a search
// and of one chunk, and who reads meets nothing but what is there.
type order struct {
	// chunks are not empty, and two neighbours together at least half of one, or
	// what has left would be memory that nobody counts.
	chunks [][]ordered
}

// chunkSize is the largest size of a chunk.
const chunkSize = 64

// place is one in an order: that behind the last is {len(chunks), 0}.
type place struct{ chunk, at int }

// seek returns the first place at which there is nothing that precedes.
func (o *order) seek(version uint64, slot *Slot) place {
	low, high := 0, len(o.chunks)
	for low < high {
		middle := (low + high) / 2
		if chunk := o.chunks[middle]; chunk[len(chunk)-1].precedes(version, slot) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(o.chunks) {
		return place{low, 0}
	}
	chunk := o.chunks[low]
	p := place{low, 0}
	for high = len(chunk) - 1; p.at < high; { // the last does not precede
		if middle := (p.at + high) / 2; chunk[middle].precedes(version, slot) {
			p.at = middle + 1
		} else {
			high = middle
		}
	}
	return p
}

// after returns the place of the first version above v.
func (o *order) after(v uint64) place {
	if v == math.MaxUint64 {
		return place{len(o.chunks), 0}
	}
	return o.seek(v+1, &Slot{})
}

// at returns what is at a place; nothing behind the last.
func (o *order) at(p place) ordered {
	if p.chunk == len(o.chunks) {
		return ordered{}
	}
	return o.chunks[p.chunk][p.at]
}

// next returns the place behind one at which there is something.
func (o *order) next(p place) place {
	if p.at+1 < len(o.chunks[p.chunk]) {
		return place{p.chunk, p.at + 1}
	}
	return place{p.chunk + 1, 0}
}

// before returns what is before a place, and where; nothing before the first.
func (o *order) before(p place) (ordered, place) {
	switch {
	case p.at > 0:
		p.at--
	case p.chunk > 0:
		p.chunk--
		p.at = len(o.chunks[p.chunk]) - 1
	default:
		return ordered{}, p
	}
	return o.at(p), p
}

// add gives a register its place.
func (o *order) add(r *register) {
	p := o.seek(r.Version, &r.Slot)
	if last := len(o.chunks) - 1; p.chunk > last {
		// What an owner writes comes last, and leaves full chunks behind.
		if last < 0 || len(o.chunks[last]) == chunkSize {
			o.chunks = append(o.chunks, []ordered{{r.Version, r}})
		} else {
			o.chunks[last] = append(o.chunks[last], ordered{r.Version, r})
		}
		return
	}
	if chunk := o.chunks[p.chunk]; len(chunk) == chunkSize {
		const half = chunkSize / 2
		o.chunks = slices.Insert(o.chunks, p.chunk+1, slices.Clone(chunk[half:]))
		clear(chunk[half:])
		o.chunks[p.chunk] = chunk[:half]
		if p.at > half {
			p = place{p.chunk + 1, p.at - half}
		}
	}
	o.chunks[p.chunk] = slices.Insert(o.chunks[p.chunk], p.at, ordered{r.Version, r})
}

// remove takes a register from its place, at which it stands.
func (o *order) remove(r *register) {
	p := o.seek(r.Version, &r.Slot)
	o.chunks[p.chunk] = slices.Delete(o.chunks[p.chunk], p.at, p.at+1)
	if p.chunk > 0 {
		o.join(p.chunk - 1)
		p.chunk = min(p.chunk, len(o.chunks)-1)
	}
	o.join(p.chunk)
}

// join makes one chunk of a small one and the next, and drops an empty one.
func (o *order) join(chunk int) {
	here := o.chunks[chunk]
	switch {
	case len(here) == 0:
		o.chunks = slices.Delete(o.chunks, chunk, chunk+1)
	case chunk+1 < len(o.chunks) && len(here)+len(o.chunks[chunk+1]) <= chunkSize/2:
		o.chunks[chunk] = append(here, o.chunks[chunk+1]...)
		o.chunks = slices.Delete(o.chunks, chunk+1, chunk+2)
	}
}

// cut takes out all up to a version, and returns it in order.
func (o *order) cut(v uint64) []ordered {
	p := o.after(v)
	taken := slices.Concat(o.chunks[:p.chunk]...)
	o.chunks = slices.Delete(o.chunks, 0, p.chunk)
	if p.at > 0 {
		taken = append(taken, o.chunks[0][:p.at]...)
		o.chunks[0] = slices.Delete(o.chunks[0], 0, p.at)
		o.join(0)
	}
	return taken
}

// The lists of a copy: what may be told, by its rank, and what is in doubt.
const (
	inDoubt = ranks
	lists   = ranks + 1
)

// ascending ranges over the registers of some lists with versions in (from, to], in
// order. The lists must not change meanwhile.
func ascending(of []order, from, to uint64) iter.Seq[*register] {
	return func(yield func(*register) bool) {
		var places [lists]place
		var heads [lists]ordered
		for i := range of {
			places[i] = of[i].after(from)
			heads[i] = of[i].at(places[i])
		}
		for {
			first := -1
			for i, head := range heads {
				if head.reg != nil && (first < 0 || head.precedes(heads[first].version, &heads[first].reg.Slot)) {
					first = i
				}
			}
			if first < 0 || heads[first].version > to || !yield(heads[first].reg) {
				return
			}
			places[first] = of[first].next(places[first])
			heads[first] = of[first].at(places[first])
		}
	}
}

// descending ranges over the registers of some lists from the last down to those
// above a version.
func descending(of []order, above uint64) iter.Seq[*register] {
	return func(yield func(*register) bool) {
		var places [lists]place
		var heads [lists]ordered
		for i := range of {
			heads[i], places[i] = of[i].before(place{len(of[i].chunks), 0})
		}
		for {
			last := -1
			for i, head := range heads {
				if head.reg != nil && (last < 0 || heads[last].precedes(head.version, &head.reg.Slot)) {
					last = i
				}
			}
			if last < 0 || heads[last].version <= above || !yield(heads[last].reg) {
				return
			}
			heads[last], places[last] = of[last].before(places[last])
		}
	}
}
