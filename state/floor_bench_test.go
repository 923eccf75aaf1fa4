package state

import (
	"fmt"
	"testing"
)

// BenchmarkAFloorThatRises is what a datagram costs whose floor is above that of
// the one before, as a hostile owner may send them without end: it must not grow
// with what is held of his.
func BenchmarkAFloorThatRises(b *testing.B) {
	for _, slots := range []int{1_000, 100_000} {
		for _, holds := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/held=%t", slots, holds), func(b *testing.B) {
				owner := NewCopy(Config{})
				for i := range slots {
					write(b, owner, set(1, fmt.Sprint(i), "v"))
				}
				var d Delta
				owner.News(0, 1<<30, &d)
				c := NewCopy(Config{})
				c.Apply(&d, nil)
				// A tombstone far above all floors, and how far all is held.
				d = Delta{Changes: []Change{{Slot: slot(2, ""), Version: 1 << 60, Deleted: true}}}
				if holds {
					d.From, d.To = uint64(slots), 1<<60
				}
				c.Apply(&d, nil)
				rising := Delta{Floor: uint64(slots)}
				b.ReportAllocs()
				for b.Loop() {
					rising.Floor++
					c.Apply(&rising, nil)
				}
			})
		}
	}
}
