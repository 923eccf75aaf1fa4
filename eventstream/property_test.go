package eventstream_test

import (
	"iter"
	"testing"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/eventstream"
)

// TestWhateverIsLostIsToldAndTheStateIsKnownInTheEnd publishes and reads in any
// order. A reader must account for every event, in order, as one it got or one
// it was told that it missed, must get no change of a state that it does not
// know, and must end with the last state.
func TestWhateverIsLostIsToldAndTheStateIsKnownInTheEnd(t *testing.T) {
	type entry struct {
		number uint64 // of the publication
		state  uint64 // the state as of this event, 0 if it has none
		full   bool
		missed uint64
	}
	rapid.Check(t, func(t *rapid.T) {
		s := eventstream.New(eventstream.Config[entry]{
			Retain: func(e entry) bool { return e.state > 0 },
			Full:   func(e entry) entry { e.full = true; return e },
			Lagged: func(missed uint64) entry { return entry{missed: missed} },
		})
		var published, state uint64
		publish := func(isState bool) {
			published++
			e := entry{number: published}
			if isState {
				state++
				e.state = state
			}
			s.Publish(e)
		}
		publish(true)
		buffer := rapid.IntRange(1, 6).Draw(t, "buffer")
		next, stop := iter.Pull(s.Subscribe(t.Context(), buffer))
		defer stop()

		var seen, known, pending uint64 // pending is what was missed since seen
		read := func() bool {
			e, ok := next()
			switch {
			case !ok:
				return false
			case e.missed > 0:
				// Two in a row are right: more was lost while the first was told.
				pending, known = pending+e.missed, 0
				return true
			case e.full && e.number <= seen+pending:
				// The state is repeated for one who has missed something.
			case e.number != seen+pending+1:
				t.Fatalf("event %d follows %d with %d missed", e.number, seen, pending)
			default:
				seen, pending = e.number, 0
			}
			if e.state > 0 {
				if !e.full && e.state != known+1 {
					t.Fatalf("a change to state %d for one who knows %d", e.state, known)
				}
				known = e.state
			}
			return true
		}
		read() // begins the subscription
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if seen < published && rapid.Bool().Draw(t, "read") {
				read()
			} else {
				publish(rapid.Bool().Draw(t, "is a state"))
			}
		}
		s.Close()
		for read() {
		}
		if seen+pending != published || known != state {
			t.Fatalf("ends with event %d + %d of %d and state %d of %d", seen, pending, published, known, state)
		}
	})
}
