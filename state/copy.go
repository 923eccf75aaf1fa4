package state

import (
	"iter"
	"math"
	"slices"
)

// Config is what a copy is made of.
type Config struct {
	// Owner and Generation name the copy in its deltas.
	Owner, Generation uint64
	// Limit bounds the copy: the bytes of its keys and values and SlotOverhead
	// for each slot, tombstones and what has come of a large value included. 0 is
	// no bound.
	Limit int
}

// Copy is one member's replicated state in one life, as one node holds it.
type Copy struct {
	cfg   Config
	slots map[Slot]*register
	// lists have the registers in order: one for each rank of what may be told, so
	// that who looks for a rank need not pass the others, and the last for what is
	// in doubt.
	lists [lists]order
	// latest is the greatest version seen, and held the contiguous one.
	latest, held uint64
	// floor is up to where tombstones may be missing. Where less than that is held,
	// what there is up to it is in doubt until somebody who knows the floor tells
	// it anew: it is shown, and not passed on.
	floor uint64
	// spans are ranges above held of which everything has been applied: in order,
	// with gaps between them.
	spans []span
	part  part

	// tombstones, fading and ranked are how many registers are removed, are to be
	// dropped some time after their owner's death, and have each priority.
	bytes      int
	tombstones int
	fading     int
	ranked     [ranks]int
	pruned     bool

	// looks counts the registers that answers and news have looked at: tests hold
	// it against what was told.
	looks int
}

// NewCopy returns an empty copy.
func NewCopy(cfg Config) *Copy {
	if cfg.Limit == 0 {
		cfg.Limit = math.MaxInt
	}
	return &Copy{cfg: cfg, slots: make(map[Slot]*register)}
}

// Owner returns the key of the member whose state it is.
func (c *Copy) Owner() uint64 { return c.cfg.Owner }

// Generation returns the owner's life to which the state belongs.
func (c *Copy) Generation() uint64 { return c.cfg.Generation }

// Held returns the contiguous version: every content up to it is held, but for
// those that were overwritten since.
func (c *Copy) Held() uint64 { return c.held }

// Latest returns the greatest version that the copy has seen. At the owner it is
// Held, and the count of its writes.
func (c *Copy) Latest() uint64 { return c.latest }

// Floor returns the version up to which tombstones have been collected.
func (c *Copy) Floor() uint64 { return c.floor }

// Bytes returns what the copy counts against its limit, with what has come of a
// value that comes in pieces.
func (c *Copy) Bytes() int { return c.bytes + c.part.bytes() }

// Len returns the number of slots that have a content, and of tombstones.
func (c *Copy) Len() (contents, tombstones int) {
	return len(c.slots) - c.tombstones, c.tombstones
}

// Get returns the content of a slot; false if there is none.
func (c *Copy) Get(slot Slot) (Change, bool) {
	r := c.slots[slot]
	if r == nil || r.Deleted {
		return Change{}, false
	}
	return r.Change, true
}

// All ranges over the contents, in the order of their versions. The copy must
// not change meanwhile.
func (c *Copy) All() iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for r := range ascending(c.lists[:], 0, math.MaxUint64) {
			if !r.Deleted && !yield(r.Change) {
				return
			}
		}
	}
}

// Equal tells whether two copies hold the same: contents, tombstones, versions.
func (c *Copy) Equal(o *Copy) bool {
	if len(c.slots) != len(o.slots) || c.held != o.held || c.floor != o.floor {
		return false
	}
	for slot, r := range c.slots {
		other := o.slots[slot]
		if other == nil || r.compare(&other.Change) != 0 {
			return false
		}
	}
	return true
}

// put makes the content of a slot the given one, in doubt or not.
func (c *Copy) put(ch Change, doubtful bool) {
	r := c.slots[ch.Slot]
	if r == nil {
		r = &register{}
		c.slots[ch.Slot] = r
	} else {
		c.uncount(r)
		c.lists[r.list].remove(r)
	}
	r.Change = ch
	c.count(r)
	c.list(r, doubtful)
	c.latest = max(c.latest, ch.Version)
}

// drop forgets a slot.
func (c *Copy) drop(r *register) {
	c.uncount(r)
	c.lists[r.list].remove(r)
	delete(c.slots, r.Slot)
}

// list puts a register into its list.
func (c *Copy) list(r *register, doubtful bool) {
	r.list = uint8(r.Priority.rank())
	if doubtful {
		r.list = inDoubt
	}
	c.lists[r.list].add(r)
}

// count adds a register to the counts, uncount takes it out of them.
func (c *Copy) count(r *register)   { c.tally(r, 1) }
func (c *Copy) uncount(r *register) { c.tally(r, -1) }

func (c *Copy) tally(r *register, times int) {
	c.bytes += times * r.weight()
	c.ranked[r.Priority.rank()] += times
	if r.Deleted {
		c.tombstones += times
	}
	if r.DropAfter > 0 {
		c.fading += times
	}
}

// span is a range of versions of which everything has been applied.
type span struct{ from, to uint64 }

// maxSpans bounds the ranges that are remembered.
const maxSpans = 32

// cover notes that everything in (from, to] is applied.
func (c *Copy) cover(from, to uint64) {
	if from > c.held {
		c.span(from, to)
		return
	}
	c.held = max(c.held, to)
	n := 0
	for ; n < len(c.spans) && c.spans[n].from <= c.held; n++ {
		c.held = max(c.held, c.spans[n].to)
	}
	c.spans = slices.Delete(c.spans, 0, n)
	c.latest = max(c.latest, c.held)
	if c.part.change.Version <= c.held {
		c.part = part{}
	}
}

// span remembers a range above held, as one with those that it touches: what is
// told again and again takes the place of one.
func (c *Copy) span(from, to uint64) {
	first := 0
	for first < len(c.spans) && c.spans[first].to < from {
		first++
	}
	last := first
	for ; last < len(c.spans) && c.spans[last].from <= to; last++ {
		from, to = min(from, c.spans[last].from), max(to, c.spans[last].to)
	}
	c.spans = slices.Replace(c.spans, first, last, span{from, to})
	if len(c.spans) > maxSpans {
		c.spans = c.spans[:maxSpans] // the lowest serve first
	}
}
