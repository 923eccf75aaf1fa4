package eventstream_test

import (
	"sync"
	"testing"

	"github.com/hearsay-gossip/hearsay/eventstream"
)

// event is either an update of a counter that all publishers share, or the
// number of events missed.
type event struct {
	number uint64
	full   bool
	missed uint64
}

// TestConcurrentSubscribersAccountForEveryEvent publishes a count while fast,
// slow and short-lived subscribers look on. Each of them must see numbers that
// rise, with gaps exactly as large as it was told, and a full one after each.
func TestConcurrentSubscribersAccountForEveryEvent(t *testing.T) {
	const events, publishers = 20_000, 4
	s := eventstream.New(eventstream.Config[event]{
		Retain: func(e event) bool { return e.missed == 0 },
		Full:   func(e event) event { e.full = true; return e },
		Lagged: func(missed uint64) event { return event{missed: missed} },
	})
	var counter struct {
		sync.Mutex
		last uint64
	}
	publishNext := func() bool {
		counter.Lock()
		defer counter.Unlock() // numbers are published in their order
		if counter.last == events {
			return false
		}
		counter.last++
		s.Publish(event{number: counter.last})
		return true
	}
	publishNext()

	var subscribers, publishing sync.WaitGroup
	for i := range 8 {
		subscribers.Go(func() { follow(t, s, []int{1, 3, 100, 2 * events}[i%4], events) })
	}
	subscribers.Go(func() {
		for range 500 {
			for range s.Subscribe(t.Context(), 2) {
				break
			}
		}
	})
	for range publishers {
		publishing.Go(func() {
			for publishNext() {
			}
		})
	}
	publishing.Wait()
	subscribers.Wait()
	s.Close()
	if n := s.Stats().Subscribers; n != 0 {
		t.Errorf("%d subscribers remain", n)
	}
}

func follow(t *testing.T, s *eventstream.Stream[event], buffer int, until uint64) {
	var last, missed uint64
	isFirst := true
	for e := range s.Subscribe(t.Context(), buffer) {
		if e.missed > 0 {
			missed += e.missed
			continue
		}
		switch {
		case isFirst:
			if !e.full {
				t.Errorf("buffer %d: the first event is not full", buffer)
			}
		case e.number != last+missed+1:
			// Nothing but the repeated state may come instead.
			t.Errorf("buffer %d: %d follows %d, of which %d were called missed", buffer, e.number, last, missed)
			return
		case e.full != (missed > 0):
			t.Errorf("buffer %d: full is %v after %d missed", buffer, e.full, missed)
		}
		if last, missed, isFirst = e.number, 0, false; last == until {
			return
		}
	}
}
