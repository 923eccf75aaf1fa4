package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// floor is what is left of a forgotten node: the judgement below which nothing
// of it is taken. A floor of Removed ends its generation; one of Dead(g,i) lets
// (g,i+1) pass.
type floor struct {
	key         uint64
	generation  Generation
	incarnation Incarnation
	verdict     hearsayv1.Verdict
	// newer and older are places in floors.slots, -1 for none.
	newer, older int32
}

func (f *floor) record(id string) hearsayv1.NodeRecord {
	return record(id, uint64(f.generation), uint32(f.incarnation), f.verdict, 0, nil, 0)
}

// floors are at most limit of them; the one that nobody asked for or laid for
// longest goes first. A ghost that is older than the floors is taken in once
// more and found dead again.
type floors struct {
	limit          int
	at             map[uint64]int32
	slots          []floor
	free           []int32
	newest, oldest int32
}

func newFloors(limit int) floors {
	return floors{limit: limit, at: make(map[uint64]int32), newest: -1, oldest: -1}
}

func (f *floors) len() int { return len(f.at) }

func (f *floors) find(key uint64) (floor, bool) {
	at, ok := f.at[key]
	if !ok {
		return floor{}, false
	}
	return f.slots[at], true
}

// lay keeps a floor in the place of what was there for its key.
func (f *floors) lay(laid floor) {
	f.drop(laid.key)
	if len(f.at) >= f.limit {
		f.drop(f.slots[f.oldest].key)
	}
	var at int32
	if n := len(f.free); n > 0 {
		at = f.free[n-1]
		f.free = f.free[:n-1]
	} else {
		at = int32(len(f.slots))
		f.slots = append(f.slots, floor{})
	}
	f.slots[at] = laid
	f.at[laid.key] = at
	f.chain(at)
}

// touch makes the floor of a key, which there must be, the newest.
func (f *floors) touch(key uint64) {
	at := f.at[key]
	f.unchain(at)
	f.chain(at)
}

// drop forgets the floor of a key, if there is one.
func (f *floors) drop(key uint64) {
	at, ok := f.at[key]
	if !ok {
		return
	}
	f.unchain(at)
	delete(f.at, key)
	f.free = append(f.free, at)
}

func (f *floors) chain(at int32) {
	slot := &f.slots[at]
	slot.newer, slot.older = -1, f.newest
	if f.newest >= 0 {
		f.slots[f.newest].newer = at
	} else {
		f.oldest = at
	}
	f.newest = at
}

func (f *floors) unchain(at int32) {
	slot := &f.slots[at]
	if slot.newer >= 0 {
		f.slots[slot.newer].older = slot.older
	} else {
		f.newest = slot.older
	}
	if slot.older >= 0 {
		f.slots[slot.older].newer = slot.newer
	} else {
		f.oldest = slot.newer
	}
}
