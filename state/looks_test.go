package state

import (
	"fmt"
	"testing"
)

// crowds are copies of so many slots of which most is not to be told, and above
// which version to look for news: what is told of them must not cost what there is.
var crowds = map[string]func(t *testing.T, slots int) (c *Copy, since uint64){
	"of other priorities": prioritised,
	"overwritten":         overwritten,
	"in doubt":            doubted,
}

// prioritised begins with the one slot that is urgent.
func prioritised(t *testing.T, slots int) (*Copy, uint64) {
	c := NewCopy(Config{})
	urgent := set(1, "", "urgent")
	urgent.Priority = PriorityHigh
	write(t, c, urgent)
	for i := range slots {
		ch := set(2, fmt.Sprint(i), "some value")
		ch.Priority = [2]Priority{PriorityNormal, PriorityLow}[i%2]
		write(t, c, ch)
	}
	return c, 0
}

// overwritten has written half of its slots again and again.
func overwritten(t *testing.T, slots int) (*Copy, uint64) {
	c, _ := prioritised(t, slots)
	since := c.Latest()
	for i := range 2 * slots {
		write(t, c, set(2, fmt.Sprint(i%(slots/2)), fmt.Sprint("another value ", i)))
	}
	return c, since
}

// doubted knows of all but one of its slots only that they were there once.
func doubted(t *testing.T, slots int) (*Copy, uint64) {
	owner, _ := prioritised(t, slots)
	c := NewCopy(Config{})
	var d Delta
	owner.News(0, 1<<30, &d)
	c.Apply(&d, nil)
	floor := c.Latest() + 10
	news := set(3, "", "news")
	news.Version = floor + 1
	// A part of the doubt is about what counts as held.
	c.Apply(&Delta{Floor: floor, To: floor / 2, Changes: []Change{news}}, nil)
	return c, 0
}

// TestWhatIsToldCostsNotWhatThereIs counts what news and answers look at: of a
// hundred times as many slots no more than of few.
func TestWhatIsToldCostsNotWhatThereIs(t *testing.T) {
	for name, crowd := range crowds {
		t.Run(name, func(t *testing.T) {
			for _, slots := range []int{300, 30_000} {
				c, since := crowd(t, slots)
				var d Delta
				c.looks = 0
				if !c.News(since, 500, &d) || len(d.Changes) == 0 {
					t.Fatalf("no news of %d slots", slots)
				}
				notMore(t, "news", c.looks, len(d.Changes), slots)
				c.looks = 0
				cur := c.Begin(Request{From: since, Floor: c.Floor()})
				c.Fill(&cur, 500, 500, &d)
				notMore(t, "an answer", c.looks, len(d.Changes), slots)
			}
		})
	}
}

// notMore fails if more was looked at than what was told, once for whether all of it
// fits, once to take it, and once for how far it goes, and what did not fit.
func notMore(t *testing.T, what string, looks, told, slots int) {
	t.Helper()
	t.Logf("%s of %d slots: %d told, %d looked at", what, slots, told, looks)
	if most := 3*(told+1) + ranks*maxMisses; looks > most {
		t.Errorf("%s of %d slots looks at %d to tell %d, want at most %d", what, slots, looks, told, most)
	}
}
