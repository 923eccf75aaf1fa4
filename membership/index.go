package membership

import "slices"

// entryIndex finds entries by a 32-bit tag, which is a hash of their id or of
// their key. It is a hash table with open addressing and linear probing (Knuth
// 6.4 L, deletion as in R), 8 bytes a slot and at least a quarter of them free: a
// third of what a map of pointers takes, and, as its slots hold the tags, mostly
// one entry is looked at. Every node keeps two for all the others.
//
// Whoever may add members chooses their ids, and could choose thousands whose
// places are one. So the hash is seeded, by each table with what others do not
// know, and nothing ever ranges over the slots: what comes out is the same under
// any seed.
type entryIndex struct {
	seed  uint64
	slots []entrySlot
	count int
	// shared: the slots are another index's too, and copied before they change.
	shared bool
}

// entrySlot is free if its number is 0.
type entrySlot struct{ tag, number uint32 }

// minSlots is the size of the smallest index.
const minSlots = 16

// newEntryIndex returns an empty index. The seed is mixed: used as it is, a few
// such as 0 would be factors that make all keys one.
func newEntryIndex(seed uint64) entryIndex {
	return entryIndex{seed: hashWords(hashK1, seed, 0), slots: make([]entrySlot, minSlots)}
}

// tagOf returns the tag of a key, tagOfID that of an id.
func (x *entryIndex) tagOf(key uint64) uint32  { return uint32(hashWords(x.seed, key, 0)) }
func (x *entryIndex) tagOfID(id string) uint32 { return uint32(hashBytes(x.seed, id)) }

// at returns the slot of a tag from which to look on, until one is free.
func (x *entryIndex) at(tag uint32) int { return int(tag) & (len(x.slots) - 1) }

// after returns the next slot.
func (x *entryIndex) after(i int) int { return (i + 1) & (len(x.slots) - 1) }

// add takes in an entry that is not in the index.
func (x *entryIndex) add(tag, number uint32) {
	x.unshare()
	if 4*(x.count+1) > 3*len(x.slots) {
		x.grow()
	}
	i := x.at(tag)
	for x.slots[i].number != 0 {
		i = x.after(i)
	}
	x.slots[i] = entrySlot{tag, number}
	x.count++
}

// unshare makes the slots the index's own.
func (x *entryIndex) unshare() {
	if x.shared {
		x.slots, x.shared = slices.Clone(x.slots), false
	}
}

func (x *entryIndex) grow() {
	old := x.slots
	x.slots, x.count = make([]entrySlot, 2*len(old)), 0
	for _, s := range old {
		if s.number != 0 {
			x.add(s.tag, s.number)
		}
	}
}

// drop takes out an entry that is in the index, and moves back what would not
// be found any more behind the slot that becomes free.
func (x *entryIndex) drop(tag, number uint32) {
	x.unshare()
	i := x.at(tag)
	for x.slots[i].number != number {
		i = x.after(i)
	}
	for j := x.after(i); x.slots[j].number != 0; j = x.after(j) {
		// What stands at j may move to i unless its home lies between.
		if home := x.at(x.slots[j].tag); (j-home)&(len(x.slots)-1) >= (j-i)&(len(x.slots)-1) {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = entrySlot{}
	x.count--
}

// Lookup returns the entry of a key, or nil.
func (t *Table) Lookup(key uint64) *Entry {
	x := &t.byKey
	tag := x.tagOf(key)
	for i := x.at(tag); x.slots[i].number != 0; i = x.after(i) {
		if x.slots[i].tag == tag {
			if e := t.numbered(x.slots[i].number); e.key == key {
				return e
			}
		}
	}
	return nil
}

// LookupID returns the entry of an id, or nil.
func (t *Table) LookupID(id string) *Entry {
	x := &t.byID
	tag := x.tagOfID(id)
	for i := x.at(tag); x.slots[i].number != 0; i = x.after(i) {
		if x.slots[i].tag == tag {
			if e := t.numbered(x.slots[i].number); e.id == id {
				return e
			}
		}
	}
	return nil
}

// index makes an entry one that look-ups find.
func (t *Table) index(e *Entry) {
	t.byID.add(t.byID.tagOfID(e.id), e.number)
	t.byKey.add(t.byKey.tagOf(e.key), e.number)
}

func (t *Table) unindex(e *Entry) {
	t.byID.drop(t.byID.tagOfID(e.id), e.number)
	t.byKey.drop(t.byKey.tagOf(e.key), e.number)
}

// entryBatch is how many entries are allocated at once: as many as fit 4 KiB.
const entryBatch = 46

// numbered returns the entry of a number, from 1.
func (t *Table) numbered(number uint32) *Entry {
	return &t.entries[(number-1)/entryBatch][(number-1)%entryBatch]
}

// newEntry returns an entry that is in no index, list or chain.
func (t *Table) newEntry(key uint64) *Entry {
	if len(t.unused) == 0 {
		t.entries = append(t.entries, new([entryBatch]Entry))
		first := uint32(len(t.entries)-1)*entryBatch + 1
		for n := first + entryBatch - 1; n >= first; n-- {
			t.unused = append(t.unused, n)
		}
	}
	number := t.unused[len(t.unused)-1]
	t.unused = t.unused[:len(t.unused)-1]
	e := t.numbered(number)
	*e = Entry{key: key, number: number}
	return e
}

// nobody is the profile of entries that are void, so that who still has one of
// them learns nothing, and lives.
var nobody = &profile{}

// release gives back an entry that is in no index, list or chain.
func (t *Table) release(e *Entry) {
	if e.state != nil {
		t.dropState(e)
	}
	t.unused = append(t.unused, e.number)
	*e = Entry{profile: nobody}
}
