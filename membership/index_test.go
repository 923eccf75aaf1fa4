package membership

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// The index against a map: tags that collide, and so many of them that chains
// run over the end.
func TestEntryIndexAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x entryIndex
		x.grow()
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

func TestEntriesFillTheirBatches(t *testing.T) {
	const page = 4096 // a size class of the allocator
	if size := int(unsafe.Sizeof(Entry{})); entryBatch != page/size {
		t.Errorf("%d entries of %d bytes to a batch, where %d fit", entryBatch, size, page/size)
	}
	if size := unsafe.Sizeof(profile{}); size != 160 {
		t.Errorf("a profile of %d bytes, where 160 are a size class", size)
	}
}
