package state

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// herd is an owner and some who follow it, with deltas under way between them.
type herd struct {
	owner   *Copy
	copies  []*Copy // the owner first
	flying  []flight
	removed map[Slot]uint64 // the version of the last removal
}

type flight struct {
	to    int
	delta Delta
}

func newHerd(n int) *herd {
	h := &herd{removed: map[Slot]uint64{}}
	for range n {
		h.copies = append(h.copies, NewCopy(Config{}))
	}
	h.owner = h.copies[0]
	return h
}

func (h *herd) write(t *rapid.T) {
	count := rapid.IntRange(1, 4).Draw(t, "writes")
	changes := make([]Change, count)
	for i := range changes {
		key := ""
		field := rapid.Uint32Range(1, 3).Draw(t, "field")
		if field > 1 {
			key = rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "key")
		}
		ch := set(field, key, string(make([]byte, rapid.SampledFrom([]int{0, 5, 40, 900}).Draw(t, "size")))+fmt.Sprint(h.owner.Latest()))
		if rapid.IntRange(0, 2).Draw(t, "removes") == 0 {
			ch = remove(field, key)
		}
		ch.Priority = Priority(rapid.IntRange(0, 3).Draw(t, "priority"))
		ch.DropAfter = rapid.Uint32Range(0, 2).Draw(t, "drop")
		changes[i] = ch
	}
	out, err := h.owner.Write(changes, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range out {
		delete(h.removed, ch.Slot)
		if ch.Deleted {
			h.removed[ch.Slot] = ch.Version
		}
	}
}

// tell sends what one copy says to another's request, or its news.
func (h *herd) tell(t *rapid.T) {
	from := rapid.IntRange(0, len(h.copies)-1).Draw(t, "from")
	to := rapid.IntRange(1, len(h.copies)-1).Draw(t, "to")
	room := rapid.IntRange(MinRoom, 1200).Draw(t, "room")
	if rapid.Bool().Draw(t, "news") {
		var d Delta
		if h.copies[from].News(rapid.Uint64Range(0, h.owner.Latest()).Draw(t, "since"), room, &d) {
			h.flying = append(h.flying, flight{to, d})
		}
		return
	}
	r := h.copies[to].Request()
	r.Continuing = rapid.Bool().Draw(t, "continuing")
	deltas := answer(h.copies[from], r, room)
	for _, d := range deltas[:min(len(deltas), 16)] {
		h.flying = append(h.flying, flight{to, d})
	}
}

// deliver lets some deltas arrive, in any order: some get lost, some stay under
// way and come again.
func (h *herd) deliver(t *rapid.T) {
	for range min(len(h.flying), rapid.IntRange(1, 8).Draw(t, "arrive")) {
		i := rapid.IntRange(0, len(h.flying)-1).Draw(t, "which")
		f := h.flying[i]
		if rapid.IntRange(0, 3).Draw(t, "again") > 0 {
			h.flying = slices.Delete(h.flying, i, i+1)
		}
		if rapid.IntRange(0, 4).Draw(t, "lost") > 0 {
			h.copies[f.to].Apply(&f.delta, nil)
		}
	}
}

// check fails if a copy counts as held what it does not hold.
func (h *herd) check(t *rapid.T) {
	for i, c := range h.copies {
		for s, r := range h.owner.slots {
			if mine := c.slots[s]; r.Version <= c.held && (mine == nil || mine.compare(&r.Change) != 0) {
				if r.Deleted && r.Version <= c.floor && mine == nil {
					continue // known to be removed
				}
				t.Fatalf("copy %d counts version %d as held and lacks %+v: %+v", i, c.held, r.Change, mine)
			}
		}
		for s, mine := range c.slots {
			if v := h.removed[s]; v > mine.Version && v <= c.held && c.held >= c.floor {
				t.Fatalf("copy %d holds up to %d and still has %v of version %d, removed at %d", i, c.held, s, mine.Version, v)
			}
		}
		bytes, tombstones, fading := 0, 0, 0
		for _, r := range c.slots {
			bytes += r.weight()
			if r.Deleted {
				tombstones++
			}
			if r.DropAfter > 0 {
				fading++
			}
		}
		if bytes != c.bytes || tombstones != c.tombstones || fading != c.fading {
			t.Fatalf("copy %d counts %d bytes, %d tombstones and %d that fade, has %d, %d and %d; held %d, floor %d",
				i, c.bytes, c.tombstones, c.fading, bytes, tombstones, fading, c.held, c.floor)
		}
	}
}

// heal has all ask all until nobody has anything more.
func (h *herd) heal(t *rapid.T) {
	for range 2 * len(h.copies) {
		for i, c := range h.copies[1:] {
			c.Revive()
			from := rapid.IntRange(0, len(h.copies)-1).Draw(t, "healer")
			pull(t, h.copies[from], c, 600)
			pull(t, h.copies[i], c, 600) // the one before it, and so in the end the owner
		}
	}
}

func TestCopiesConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHerd(4)
		actions := map[string]func(*rapid.T){
			"write": h.write, "tell": h.tell, "": h.check,
			"deliver": h.deliver,
			"collect": func(t *rapid.T) {
				h.owner.Collect(rapid.Uint64Range(0, h.owner.Latest()).Draw(t, "collect"))
			},
			"bury": func(t *rapid.T) {
				c := h.copies[rapid.IntRange(1, 3).Draw(t, "buried")]
				c.Prune(time.Duration(rapid.IntRange(0, 2).Draw(t, "dead"))*time.Second, nil)
				c.Revive()
			},
		}
		t.Repeat(actions)
		h.heal(t)
		h.check(t)
		for i, c := range h.copies {
			if !c.Equal(h.owner) {
				t.Fatalf("copy %d holds %d of %d (floor %d of %d)", i, c.held, h.owner.held, c.floor, h.owner.floor)
			}
		}
	})
}

// TestDeltasMergeInAnyOrder is the law behind convergence: a copy is the join of
// what reached it. Contents without floors make a semilattice, whoever wrote
// them.
func TestDeltasMergeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deltas := make([]Delta, rapid.IntRange(1, 6).Draw(t, "deltas"))
		for i := range deltas {
			for range rapid.IntRange(0, 5).Draw(t, "changes") {
				ch := set(rapid.Uint32Range(1, 2).Draw(t, "field"), "", rapid.StringN(0, 2, 2).Draw(t, "value"))
				ch.Version = rapid.Uint64Range(1, 5).Draw(t, "version")
				if ch.Deleted = rapid.Bool().Draw(t, "deleted"); ch.Deleted {
					ch.Value = nil
				}
				deltas[i].Changes = append(deltas[i].Changes, ch)
			}
			deltas[i].From = rapid.Uint64Range(0, 6).Draw(t, "from")
			deltas[i].To = rapid.Uint64Range(0, 6).Draw(t, "to")
		}
		once, other := NewCopy(Config{}), NewCopy(Config{})
		for _, d := range deltas {
			once.Apply(&d, nil)
		}
		shuffled := rapid.Permutation(deltas).Draw(t, "order")
		for _, d := range append(shuffled, deltas[:len(deltas)/2]...) {
			other.Apply(&d, nil)
		}
		if !once.Equal(other) {
			t.Fatalf("in order: %+v, held %d; otherwise: %+v, held %d",
				slices.Collect(once.All()), once.held, slices.Collect(other.All()), other.held)
		}
	})
}

func TestNoDeltaIsLargerThanItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCopy(Config{})
		for range rapid.IntRange(1, 20).Draw(t, "slots") {
			ch := set(rapid.Uint32Range(1, 40).Draw(t, "field"), rapid.StringN(0, 20, MaxKeyBytes).Draw(t, "key"),
				string(make([]byte, rapid.IntRange(0, 3000).Draw(t, "size"))))
			ch.Type = rapid.Uint32Range(1, 2).Draw(t, "type")
			write(t, c, ch)
		}
		room := rapid.IntRange(MinRoom, 2000).Draw(t, "room")
		other := NewCopy(Config{})
		for _, d := range answer(c, Request{}, room) {
			if n := d.Size(); n > room {
				t.Fatalf("a delta takes %d bytes of %d", n, room)
			}
			other.Apply(&d, nil)
		}
		if !c.Equal(other) {
			t.Fatalf("%d of %d came", other.held, c.held)
		}
	})
}
