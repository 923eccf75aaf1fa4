package state

import (
	"fmt"
	"testing"
)

// held returns the copy of an owner that has so many entries.
func held(b *testing.B, entries int) *Copy {
	b.Helper()
	c := NewCopy(Config{Owner: 1, Generation: 1})
	for i := range entries {
		write(b, c, set(1, fmt.Sprint("key-", i), "a value of some length"))
	}
	return c
}

func BenchmarkWriteOneOfAThousand(b *testing.B) {
	c := held(b, 1000)
	changes, out := []Change{set(1, "key-500", "")}, []Change(nil)
	values := [2][]byte{[]byte("one value"), []byte("another")}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		changes[0].Value = values[i&1]
		var err error
		if out, err = c.Write(changes, out[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewsOfOneOfAThousand(b *testing.B) {
	c := held(b, 1000)
	before := c.Latest()
	write(b, c, set(1, "key-500", "news"))
	var d Delta
	b.ReportAllocs()
	for b.Loop() {
		if !c.News(before, 500, &d) || len(d.Changes) != 1 {
			b.Fatal("no news")
		}
	}
}

func BenchmarkApplyOneOfAThousand(b *testing.B) {
	owner := held(b, 1000)
	other := NewCopy(Config{Owner: 1, Generation: 1})
	var d Delta
	owner.News(0, 1<<20, &d)
	other.Apply(&d, nil)
	out, i := []Change(nil), 0
	d.Changes = d.Changes[:1]
	b.ReportAllocs()
	for b.Loop() {
		i++
		d.From, d.To = other.Held(), other.Held()+1
		d.Changes[0].Version, d.Changes[0].Value = d.To, []byte("a new value")
		if out, _ = other.Apply(&d, out[:0]); len(out) != 1 {
			b.Fatal("nothing has changed")
		}
	}
}

func BenchmarkApplyWhatIsKnown(b *testing.B) {
	owner := held(b, 20)
	other := NewCopy(Config{Owner: 1, Generation: 1})
	var d Delta
	owner.News(0, 1<<20, &d)
	other.Apply(&d, nil)
	b.ReportAllocs()
	for b.Loop() {
		if out, _ := other.Apply(&d, nil); len(out) != 0 {
			b.Fatal("something has changed")
		}
	}
}

// What a peer pays for each datagram in which it tells of a member with a great
// many slots, most of which are not to be told.
func BenchmarkNewsOfAGreatCopy(b *testing.B) {
	for _, slots := range []int{1_000, 200_000} {
		b.Run(fmt.Sprint(slots), func(b *testing.B) {
			c := NewCopy(Config{Owner: 1, Generation: 1})
			urgent := set(2, "", "urgent")
			urgent.Priority = PriorityHigh
			write(b, c, urgent)
			for i := range slots {
				write(b, c, set(1, fmt.Sprint("key-", i), "a value of some length"))
			}
			var d Delta
			b.ReportAllocs()
			for b.Loop() {
				if !c.News(0, 1000, &d) || d.Changes[0].Priority != PriorityHigh {
					b.Fatal("not the urgent first")
				}
			}
		})
	}
}
