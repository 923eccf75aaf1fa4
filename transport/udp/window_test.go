package udp

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// naiveWindow is what a window should do, without its tricks.
type naiveWindow struct {
	seen    map[uint64]bool
	highest uint64
}

func (w *naiveWindow) isNew(counter uint64) bool {
	return counter > w.highest || w.highest-counter < windowDatagrams && !w.seen[counter]
}

func (w *naiveWindow) mark(counter uint64) {
	w.seen[counter] = true
	w.highest = max(w.highest, counter)
}

func TestWindowIsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var real window
		naive := naiveWindow{seen: map[uint64]bool{}}
		at := rapid.Uint64Range(1, math.MaxUint64-100_000).Draw(t, "start")
		for range rapid.IntRange(1, 400).Draw(t, "datagrams") {
			step := rapid.OneOf(
				rapid.Int64Range(-3, 3),
				rapid.Int64Range(-70, 70),
				rapid.Int64Range(-windowDatagrams-5, windowDatagrams+5),
				rapid.Int64Range(-5000, 5000),
			).Draw(t, "step")
			counter := at + uint64(step)
			if step < 0 && counter > at || counter == 0 {
				continue // before the first
			}
			if got, want := real.isNew(counter), naive.isNew(counter); got != want {
				t.Fatalf("counter %d after %d: new %v, want %v", counter, naive.highest, got, want)
			}
			if naive.isNew(counter) {
				real.mark(counter)
				naive.mark(counter)
			}
			at = naive.highest
		}
	})
}

func TestWindowBorders(t *testing.T) {
	var w window
	w.mark(5000)
	for _, test := range []struct {
		counter uint64
		isNew   bool
	}{
		{5000, false}, {5001, true}, {4999, true},
		{5000 - windowDatagrams, false}, {5000 - windowDatagrams + 1, true},
		{1, false}, {math.MaxUint64, true},
	} {
		if got := w.isNew(test.counter); got != test.isNew {
			t.Errorf("counter %d: new %v, want %v", test.counter, got, test.isNew)
		}
	}
	w.mark(math.MaxUint64)
	if w.isNew(math.MaxUint64) || w.isNew(5001) || !w.isNew(math.MaxUint64-1) {
		t.Error("after a leap to the end the window is wrong")
	}
}
