package state

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plainCopy is a copy that looks at everything it has each time, and marks each
// version that it holds and each content that is in doubt.
type plainCopy struct {
	slots    map[Slot]Change
	doubtful map[Slot]bool
	covered  map[uint64]bool
	floor    uint64
}

func (p *plainCopy) held() (held uint64) {
	for p.covered[held+1] {
		held++
	}
	return held
}

// forget drops tombstones up to the floor, and what else is to go.
func (p *plainCopy) forget(others func(Slot) bool) {
	for s, ch := range p.slots {
		if ch.Version <= p.floor && (ch.Deleted || others(s)) {
			delete(p.slots, s)
			delete(p.doubtful, s)
		}
	}
}

func (p *plainCopy) apply(d *Delta) {
	if d.Floor > p.floor {
		p.floor = d.Floor
		if p.held() >= d.Floor {
			p.forget(func(Slot) bool { return false })
		} else {
			clear(p.covered)
			for s, ch := range p.slots {
				p.doubtful[s] = p.doubtful[s] || ch.Version <= p.floor
			}
		}
	}
	held := p.held()
	reached := held >= p.floor
	knowing := reached || d.Floor >= p.floor
	for _, ch := range d.Changes {
		known, there := p.slots[ch.Slot]
		switch {
		case !there && ch.Version <= p.floor && (reached || !knowing):
		case there && known.compare(&ch) >= 0:
			if knowing && known.Version == ch.Version && known.compare(&ch) == 0 {
				p.doubtful[ch.Slot] = false
			}
		case reached && ch.Deleted && ch.Version <= p.floor:
			delete(p.slots, ch.Slot)
		default:
			p.slots[ch.Slot], p.doubtful[ch.Slot] = ch, !knowing && ch.Version <= p.floor
		}
	}
	if !knowing {
		return
	}
	for v := d.From + 1; v <= d.To; v++ {
		p.covered[v] = true
	}
	if !reached && p.held() >= p.floor {
		p.forget(func(s Slot) bool { return p.doubtful[s] })
	}
}

// TestFloorsAreThoseOfACopyThatLooksAtEverything: what is in doubt, and when it
// goes, is known without a look at what is held.
func TestFloorsAreThoseOfACopyThatLooksAtEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewCopy(Config{})
		plain := &plainCopy{slots: map[Slot]Change{}, doubtful: map[Slot]bool{}, covered: map[uint64]bool{}}
		version := rapid.Uint64Range(0, 24)
		for range rapid.IntRange(1, 40).Draw(t, "deltas") {
			d := Delta{From: version.Draw(t, "from"), To: version.Draw(t, "to")}
			if rapid.Bool().Draw(t, "knowing") {
				d.Floor = max(plain.floor, version.Draw(t, "floor"))
			}
			for range rapid.IntRange(0, 6).Draw(t, "changes") {
				ch := set(rapid.Uint32Range(1, 12).Draw(t, "field"), "", "v")
				ch.Version = 1 + version.Draw(t, "version")
				if ch.Deleted = rapid.Bool().Draw(t, "deleted"); ch.Deleted {
					ch.Value = nil
				}
				d.Changes = append(d.Changes, ch)
			}
			c.Apply(&d, nil)
			plain.apply(&d)
			if c.Held() != plain.held() || c.Floor() != plain.floor || len(c.slots) != len(plain.slots) {
				t.Fatalf("%d slots, %d held, floor %d; want %d, %d, %d",
					len(c.slots), c.Held(), c.Floor(), len(plain.slots), plain.held(), plain.floor)
			}
			for _, s := range slices.SortedFunc(maps.Keys(plain.slots), Slot.Compare) {
				r := c.slots[s]
				if want := plain.slots[s]; r == nil || r.compare(&want) != 0 || (r.list == inDoubt) != plain.doubtful[s] {
					t.Fatalf("%v is %+v, want %+v, in doubt %v", s, r, want, plain.doubtful[s])
				}
			}
		}
	})
}
