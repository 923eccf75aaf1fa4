package membership

import (
	"fmt"
	"strconv"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// The index against a map: tags that collide, and so many of them that chains
// run over the end.
func TestEntryIndexAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newEntryIndex(0)
		twin := map[uint32]uint32{} // number to tag
		number := rapid.Uint32Range(1, 40)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := number.Draw(t, "number")
				if _, ok := twin[n]; !ok {
					twin[n] = rapid.SampledFrom([]uint32{0, 1, 14, 15, 16, 31, 1 << 20, 1<<32 - 1}).Draw(t, "tag")
					x.add(twin[n], n)
				}
			},
			"drop": func(t *rapid.T) {
				n := number.Draw(t, "number")
				if tag, ok := twin[n]; ok {
					x.drop(tag, n)
					delete(twin, n)
				}
			},
			"share": func(*rapid.T) {
				// Another index with the same slots goes another way.
				x.shared = true
				other := x
				other.add(15, 99)
				for i := range other.slots {
					if number := other.slots[i].number; number != 99 && number != 0 {
						other.drop(other.slots[i].tag, number)
						break
					}
				}
			},
			"": func(t *rapid.T) {
				if x.count != len(twin) || 4*x.count > 3*len(x.slots) {
					t.Fatalf("%d entries in %d slots, %d expected", x.count, len(x.slots), len(twin))
				}
				for n, tag := range twin {
					i := x.at(tag)
					for x.slots[i].number != n {
						if x.slots[i].number == 0 {
							t.Fatalf("entry %d of tag %d is not found", n, tag)
						}
						i = x.after(i)
					}
				}
			},
		})
	})
}

// longestProbe returns how many slots the longest search for one of an index looks
// at.
func (x *entryIndex) longestProbe() int {
	longest := 0
	for i, slot := range x.slots {
		if slot.number != 0 {
			longest = max(longest, (i-x.at(slot.tag))&(len(x.slots)-1)+1)
		}
	}
	return longest
}

// Whoever chooses ids and keys that crowd one place of an index that he knows has
// them spread over one of which he does not know the seed.
func TestChosenMembersDoNotCrowdAnIndex(t *testing.T) {
	const members = 384 // of 512 slots: as full as an index gets
	known := newEntryIndex(1)
	chosen := func(tag func(i uint64) uint32) (is []uint64) {
		for i := uint64(0); len(is) < members; i++ {
			if tag(i)%1024 == 0 {
				is = append(is, i)
			}
		}
		return is
	}
	ids := chosen(func(i uint64) uint32 { return known.tagOfID(strconv.FormatUint(i, 10)) })
	keys := chosen(known.tagOf)
	for seed, crowded := range map[uint64]bool{1: true, 0: false, 2: false, 3: false, 1 << 63: false, 1<<64 - 1: false} {
		byID, byKey := newEntryIndex(seed), newEntryIndex(seed)
		for n := range uint32(members) {
			byID.add(byID.tagOfID(strconv.FormatUint(ids[n], 10)), n+1)
			byKey.add(byKey.tagOf(keys[n]), n+1)
		}
		for name, x := range map[string]*entryIndex{"ids": &byID, "keys": &byKey} {
			longest := x.longestProbe()
			t.Logf("%d %s under seed %d: %d slots at most", members, name, seed, longest)
			if crowded != (longest == members) || !crowded && longest > members/4 {
				t.Errorf("%d %s under seed %d: a search looks at %d slots", members, name, seed, longest)
			}
		}
	}
}

// No seed crowds members that nobody chose, not even one that was forgotten.
func TestNoSeedCrowdsAnIndex(t *testing.T) {
	for _, seed := range []uint64{0, 1, 2, hashK0, hashK1, hashK2, hashK3, 1<<64 - 1} {
		byID, byKey := newEntryIndex(seed), newEntryIndex(seed)
		for n := range uint32(384) {
			id := fmt.Sprint("node-", n)
			byID.add(byID.tagOfID(id), n+1)
			byKey.add(byKey.tagOf(wire.Key(id)), n+1)
		}
		if ids, keys := byID.longestProbe(), byKey.longestProbe(); max(ids, keys) > 96 {
			t.Errorf("under seed %x a search for an id looks at %d slots, for a key at %d", seed, ids, keys)
		}
	}
}

// Tables differ in nothing for the seeds of their indexes, not even in the order of
// their slices.
func TestASeedOfIndexesShowsInNothing(t *testing.T) {
	grown := func(seed uint64) (print string) {
		table, err := NewTable(TableConfig{Cluster: "test", Self: "self", Seed: seed, MaxFloors: 8})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			rec := sampleRecord(strconv.Itoa(i%100), byte(i))
			rec.Incarnation = uint32(i / 100)
			if i%7 == 0 {
				rec.Verdict = hearsayv1.VerdictRemoved
			}
			mustMerge(t, table, Instant(i), rec)
			if i%50 == 0 {
				table.Expire(Instant(i).Add(table.cfg.RemovedKeep))
			}
		}
		for _, entries := range [2][]*Entry{table.Peers(), table.Gone()} {
			for _, e := range entries {
				print += fmt.Sprintln(e.id, e.incarnation, e.verdict, e.number, e.changed)
			}
		}
		return print + fmt.Sprint(table.Root(), table.Version())
	}
	if one, other := grown(1), grown(1<<63|5); one != other {
		t.Errorf("under one seed\n%s\nunder another\n%s", one, other)
	}
}

func TestEntriesFillTheirBatches(t *testing.T) {
	const page = 4096 // a size class of the allocator
	if size := int(unsafe.Sizeof(Entry{})); entryBatch != page/size {
		t.Errorf("%d entries of %d bytes to a batch, where %d fit", entryBatch, size, page/size)
	}
	if size := unsafe.Sizeof(profile{}); size != 160 {
		t.Errorf("a profile of %d bytes, where 160 are a size class", size)
	}
}
