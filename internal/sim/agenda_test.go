package sim

import (
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"pgregory.net/rapid"
)

// The agenda and a list that is searched from end to end agree on who is next,
// whatever is moved around.
func TestAgendaPopsTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(1, 20).Draw(t, "nodes")
		var a agenda
		a.grow(nodes)
		naive := map[int]membership.Instant{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if len(naive) > 0 && rapid.Bool().Draw(t, "pop") {
				want := -1
				for node, due := range naive {
					if want < 0 || due < naive[want] || due == naive[want] && node < want {
						want = node
					}
				}
				if next := a.next(); next != naive[want] {
					t.Fatalf("next is %d, want %d", next, naive[want])
				}
				if got := a.pop(); got != want {
					t.Fatalf("popped %d, want %d", got, want)
				}
				delete(naive, want)
				continue
			}
			node := rapid.IntRange(0, nodes-1).Draw(t, "node")
			due := membership.Instant(rapid.Int64Range(0, 10).Draw(t, "due"))
			if rapid.IntRange(0, 4).Draw(t, "never") == 0 {
				due = membership.Never
			}
			a.set(node, due)
			if delete(naive, node); due != membership.Never {
				naive[node] = due
			}
		}
		if len(naive) == 0 && a.next() != membership.Never {
			t.Fatalf("an empty agenda has %d next", a.next())
		}
	})
}

type note struct{ text string }

func (n note) Apply(*Cluster) error { return nil }
func (n note) String() string       { return n.text }

func TestTimelineKeepsTheOrderOfOneInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line timeline
		type entry struct {
			at    membership.Instant
			order string
		}
		var all []entry
		for i := range rapid.IntRange(0, 50).Draw(t, "entries") {
			e := entry{membership.Instant(rapid.Int64Range(0, 5).Draw(t, "at")), string(rune('A' + i))}
			all = append(all, e)
			line.add(e.at, note{e.order})
		}
		last := entry{at: -1}
		for range all {
			at := line.next()
			got := entry{at, line.pop().String()}
			if got.at < last.at || got.at == last.at && got.order < last.order {
				t.Fatalf("%v comes after %v", got, last)
			}
			last = got
		}
		if line.next() != membership.Never {
			t.Fatal("more came out than went in")
		}
	})
}

// A deadline of a node's clock never comes early, and not later than it must.
func TestClockMeetsItsDeadlines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := membership.Instant(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "start"))
		c := newClock(now)
		for range rapid.IntRange(0, 5).Draw(t, "changes") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "wait")))
			before := c.local(now)
			if rapid.Bool().Draw(t, "jump") {
				by := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "by"))
				c.jump(now, by)
				if got := c.local(now); got != before.Add(by) {
					t.Fatalf("after a jump of %v the clock reads %d, want %d", by, got, before.Add(by))
				}
			} else {
				c.setRate(now, rapid.Float64Range(0.5, 2).Draw(t, "rate"))
				if got := c.local(now); got != before {
					t.Fatalf("a change of rate moved the clock from %d to %d", before, got)
				}
			}
		}
		deadline := c.local(now).Add(time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "deadline")))
		due := c.virtual(deadline)
		if due <= now {
			t.Fatalf("the deadline %d is due at %d, which is not after %d", deadline, due, now)
		}
		if got := c.local(due); got < deadline {
			t.Fatalf("at %d the clock reads %d, before the deadline %d", due, got, deadline)
		}
	})
}
