package memory

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestArrivalsAgainstSort compares the heap with sorting.
func TestArrivalsAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var heap arrivals
		var want []entry
		for i, due := range rapid.SliceOf(rapid.Int64Range(0, 9)).Draw(t, "due") {
			e := entry{due: time.Duration(due), sequence: uint64(i)}
			heap.push(e)
			want = append(want, e)
			if rapid.Bool().Draw(t, "pop") {
				sortEntries(want)
				if got := heap.pop(); got != want[0] {
					t.Fatalf("popped %+v, want %+v", got, want[0])
				}
				want = want[1:]
			}
		}
		sortEntries(want)
		for _, e := range want {
			if got := heap.pop(); got != e {
				t.Fatalf("popped %+v, want %+v", got, e)
			}
		}
		if len(heap) != 0 {
			t.Fatalf("%d entries left", len(heap))
		}
	})
}

func sortEntries(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
}
