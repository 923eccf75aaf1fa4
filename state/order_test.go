package state

import (
	"cmp"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestOrdersAreThoseOfOneSortedList compares with one list that is sorted whenever
// it is read.
func TestOrdersAreThoseOfOneSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var orders [lists]order
		var naive []*register
		version, slots := rapid.Uint64Range(0, 400), 0
		drop := func(gone func(*register) bool) { naive = slices.DeleteFunc(naive, gone) }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				for range rapid.IntRange(1, 150).Draw(t, "registers") {
					slots++
					r := &register{Change: Change{Slot: slot(1, strconv.Itoa(slots)), Version: version.Draw(t, "version")}}
					r.list = uint8(rapid.IntRange(0, lists-1).Draw(t, "list"))
					orders[r.list].add(r)
					naive = append(naive, r)
				}
			},
			"remove": func(t *rapid.T) {
				for range rapid.IntRange(0, min(len(naive), 100)).Draw(t, "registers") {
					r := naive[rapid.IntRange(0, len(naive)-1).Draw(t, "which")]
					orders[r.list].remove(r)
					drop(func(o *register) bool { return o == r })
				}
			},
			"cut": func(t *rapid.T) {
				list, upTo := rapid.IntRange(0, lists-1).Draw(t, "list"), version.Draw(t, "up to")
				isCut := func(r *register) bool { return int(r.list) == list && r.Version <= upTo }
				want := slices.DeleteFunc(slices.Clone(naive), func(r *register) bool { return !isCut(r) })
				slices.SortFunc(want, inOrder)
				got := orders[list].cut(upTo)
				if !slices.EqualFunc(got, want, func(o ordered, r *register) bool { return o.reg == r }) {
					t.Fatalf("%d are cut off, want %d", len(got), len(want))
				}
				drop(isCut)
			},
			"": func(t *rapid.T) {
				for i := range orders {
					orders[i].check(t)
				}
				slices.SortFunc(naive, inOrder)
				from, to := version.Draw(t, "from"), version.Draw(t, "to")
				some := rapid.IntRange(1, lists).Draw(t, "of the lists")
				want := slices.DeleteFunc(slices.Clone(naive), func(r *register) bool { return int(r.list) >= some || r.Version <= from })
				down := slices.Collect(descending(orders[:some], from))
				slices.Reverse(down)
				if !slices.Equal(down, want) {
					t.Fatalf("descending above %d are %d, want %d", from, len(down), len(want))
				}
				want = slices.DeleteFunc(want, func(r *register) bool { return r.Version > to })
				if got := slices.Collect(ascending(orders[:some], from, to)); !slices.Equal(got, want) {
					t.Fatalf("ascending in (%d, %d] are %d, want %d", from, to, len(got), len(want))
				}
			},
		})
	})
}

func inOrder(a, b *register) int {
	return cmp.Or(cmp.Compare(a.Version, b.Version), a.Slot.Compare(b.Slot))
}

// check fails if the chunks are not what they should be.
func (o *order) check(t *rapid.T) {
	for i, chunk := range o.chunks {
		if len(chunk) == 0 || len(chunk) > chunkSize || i > 0 && len(chunk)+len(o.chunks[i-1]) <= chunkSize/2 {
			t.Fatalf("chunk %d of %d holds %d", i, len(o.chunks), len(chunk))
		}
	}
}
