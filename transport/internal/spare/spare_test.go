package spare_test

import (
	"testing"

	"github.com/hearsay-gossip/hearsay/transport/internal/spare"
)

func TestGetReturnsTheLastPut(t *testing.T) {
	var list spare.List[int]
	if list.Get() != nil {
		t.Fatal("an empty list gave an item")
	}
	a, b := new(int), new(int)
	list.Put(a)
	list.Put(b)
	if list.Get() != b || list.Get() != a || list.Get() != nil {
		t.Fatal("items did not come back last in, first out")
	}
}

func TestAgeReleasesWhatAWholeWindowDidNotNeed(t *testing.T) {
	const window, floor = 4, 2
	tests := []struct {
		name       string
		put, taken int // taken out and put back once within the window
		want       int
	}{
		{"all idle", 20, 0, floor},
		{"some used", 20, 5, 5},
		{"all used", 20, 20, 20},
		{"fewer than the floor", 1, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list := spare.List[int]{Window: window, Floor: floor}
			for range test.put {
				list.Put(new(int))
			}
			for range window { // the window in which they were put is theirs
				list.Age()
			}
			if list.Len() != test.put {
				t.Fatalf("%d items left of %d that were just put", list.Len(), test.put)
			}
			var out []*int
			for range test.taken {
				out = append(out, list.Get())
			}
			for _, item := range out {
				list.Put(item)
			}
			for range window {
				list.Age()
			}
			if list.Len() != test.want {
				t.Errorf("%d items left, want %d", list.Len(), test.want)
			}
		})
	}
}
