package eventstream_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hearsay-gossip/hearsay/eventstream"
)

// The stream under test carries strings: "s…" are changes of the state, "f(s…)"
// a full one, "lagged n" a gap; anything else has nothing to do with the state.
func stateful() *eventstream.Stream[string] {
	return eventstream.New(eventstream.Config[string]{
		Retain: func(e string) bool { return e[0] == 's' },
		Full:   func(e string) string { return "f(" + e + ")" },
		Lagged: func(missed uint64) string { return fmt.Sprint("lagged ", missed) },
	})
}

func publish(s *eventstream.Stream[string], events ...string) {
	for _, e := range events {
		s.Publish(e)
	}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSubscribersSeeEventsInTheOrderOfPublishing(t *testing.T) {
	// The subscription has to begin before the first event: collect in a bubble,
	// where Wait returns when the loops wait.
	synctest.Test(t, func(t *testing.T) {
		s := eventstream.New(eventstream.Config[string]{})
		var got [3][]string
		var loops sync.WaitGroup
		for i := range got {
			loops.Go(func() {
				for e := range s.Subscribe(t.Context(), 8) {
					got[i] = append(got[i], e)
				}
			})
		}
		synctest.Wait()
		publish(s, "a", "b", "c")
		s.Close()
		loops.Wait()
		for i := range got {
			expect(t, got[i], "a", "b", "c")
		}
	})
}

// gate subscribes and holds the loop's body after its first event, until
// release; then the loop goes on to the end of the stream.
func gate(t *testing.T, s *eventstream.Stream[string], buffer int) (release func() []string) {
	t.Helper()
	open, done := make(chan struct{}), make(chan struct{})
	var got []string
	go func() {
		defer close(done)
		for e := range s.Subscribe(t.Context(), buffer) {
			if got = append(got, e); len(got) == 1 {
				<-open
			}
		}
	}()
	synctest.Wait()
	return func() []string {
		close(open)
		synctest.Wait()
		s.Close()
		<-done
		return got
	}
}

func TestASlowSubscriberLosesTheOldest(t *testing.T) {
	tests := []struct {
		name    string
		before  []string
		buffer  int
		publish []string
		want    []string
	}{
		{"nothing is lost while it fits", []string{"s0"}, 3, []string{"a", "s1", "s2"},
			[]string{"f(s0)", "a", "s1", "s2"}},
		{"the next change after a gap is full", []string{"s0"}, 2, []string{"s1", "a", "s2", "s3"},
			[]string{"f(s0)", "lagged 2", "f(s2)", "s3"}},
		{"what is left comes first", []string{"s0"}, 3, []string{"s1", "a", "b", "s2"},
			[]string{"f(s0)", "lagged 1", "a", "b", "f(s2)"}},
		{"with no change left the state follows", []string{"s0"}, 2, []string{"s1", "a", "b"},
			[]string{"f(s0)", "lagged 1", "a", "b", "f(s1)"}},
		{"a ring of one", []string{"s0"}, 1, []string{"s1", "s2", "s3", "a"},
			[]string{"f(s0)", "lagged 3", "a", "f(s3)"}},
		{"several retained events: the last one", []string{"s0", "a", "s1", "b"}, 4, []string{"c"},
			[]string{"f(s1)", "c"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := stateful()
				publish(s, test.before...)
				release := gate(t, s, test.buffer)
				publish(s, test.publish...)
				missed := s.Stats().Missed
				expect(t, release(), test.want...)
				if kept := len(test.publish) - int(missed); kept != min(len(test.publish), test.buffer) {
					t.Errorf("Stats().Missed is %d of %d, with a buffer of %d", missed, len(test.publish), test.buffer)
				}
			})
		})
	}
}

func TestASecondGapIsToldWhereItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stateful()
		s.Publish("s0")
		var got []string
		go func() {
			for e := range s.Subscribe(t.Context(), 2) {
				got = append(got, e)
				switch e {
				case "f(s0)": // read nothing while these come
					publish(s, "a", "b", "s1", "c")
				case "f(s1)": // and again in the middle of catching up
					publish(s, "d", "s2", "e")
				}
			}
		}()
		synctest.Wait()
		expect(t, got, "f(s0)", "lagged 2", "f(s1)", "lagged 2", "f(s2)", "e")
		s.Close()
	})
}

func TestWithoutFunctionsNothingIsRetainedOrTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventstream.New(eventstream.Config[string]{})
		s.Publish("s0")
		var got []string
		go func() {
			for e := range s.Subscribe(t.Context(), 2) {
				if got = append(got, e); e == "s1" {
					publish(s, "s2", "s3", "s4")
				}
			}
		}()
		synctest.Wait()
		s.Publish("s1")
		synctest.Wait()
		expect(t, got, "s1", "s3", "s4")
		s.Close()
	})
}

func TestASubscriptionEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stateful()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan int)
		go func() {
			n := 0
			for range s.Subscribe(ctx, 8) {
				n++
			}
			ended <- n
		}()
		synctest.Wait()
		s.Publish("a")
		synctest.Wait()
		cancel()
		if n := <-ended; n != 1 {
			t.Errorf("the loop had %d events, want 1", n)
		}
		if n := s.Stats().Subscribers; n != 0 {
			t.Errorf("%d subscribers remain", n)
		}
	})
}

func TestAnEndedContextDeliversNothingMore(t *testing.T) {
	s := stateful()
	s.Publish("s0")
	ctx, cancel := context.WithCancel(t.Context())
	var got []string
	for e := range s.Subscribe(ctx, 8) {
		got = append(got, e)
		s.Publish("a")
		cancel()
	}
	cancel()
	expect(t, got, "f(s0)")
}

func TestLeavingTheLoopUnsubscribes(t *testing.T) {
	s := stateful()
	s.Publish("s0")
	for range s.Subscribe(t.Context(), 8) {
		break
	}
	func() {
		defer func() { _ = recover() }()
		for range s.Subscribe(t.Context(), 8) {
			panic("in the body")
		}
	}()
	if n := s.Stats().Subscribers; n != 0 {
		t.Errorf("%d subscribers remain", n)
	}
}

func TestOneSequenceMayBeRangedTwice(t *testing.T) {
	s := stateful()
	s.Publish("s0")
	events := s.Subscribe(t.Context(), 8)
	for outer := range events {
		if n := s.Stats().Subscribers; n != 1 {
			t.Errorf("%d subscribers in the outer loop, want 1", n)
		}
		for inner := range events {
			expect(t, []string{outer, inner}, "f(s0)", "f(s0)")
			break
		}
		break
	}
}

func TestAClosedStreamIsSilent(t *testing.T) {
	s := stateful()
	s.Publish("s0")
	s.Close()
	s.Close()
	s.Publish("s1")
	for e := range s.Subscribe(t.Context(), 8) {
		t.Errorf("a closed stream told %q", e)
	}
}

func TestTheFunctionsMayUseTheStream(t *testing.T) {
	var s *eventstream.Stream[string]
	use := func() {
		s.Stats()
		for range s.Subscribe(t.Context(), 1) {
			return
		}
	}
	depth := 0
	s = eventstream.New(eventstream.Config[string]{
		Retain: func(e string) bool { s.Stats(); return true },
		Full: func(e string) string {
			if depth++; depth == 1 {
				use()
			}
			return e
		},
	})
	s.Publish("s0")
	for range s.Subscribe(t.Context(), 1) {
		use()
		break
	}
	if depth < 2 {
		t.Errorf("Full was called %d times", depth)
	}
}

func TestABufferOutOfRangeIsBroughtIntoIt(t *testing.T) {
	for _, buffer := range []int{-1, 0} {
		s := stateful()
		s.Publish("s0")
		n := 0
		for range s.Subscribe(t.Context(), buffer) {
			if n++; n == 1 {
				for range eventstream.DefaultBuffer {
					s.Publish("a")
				}
				continue
			}
			break
		}
		if missed := s.Stats().Missed; missed != 0 {
			t.Errorf("a buffer of %d lost %d of %d events", buffer, missed, eventstream.DefaultBuffer)
		}
	}
}

func TestPublishingAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventstream.New(eventstream.Config[string]{
			Retain: func(e string) bool { return e[0] == 's' },
		})
		s.Publish("s0")
		release := gate(t, s, 4) // one that reads nothing, with a full ring
		go func() {
			for range s.Subscribe(t.Context(), 4) {
			}
		}()
		synctest.Wait()
		if n := testing.AllocsPerRun(100, func() { s.Publish("s1"); s.Publish("a") }); n != 0 {
			t.Errorf("two publications allocate %v times", n)
		}
		if got := s.Stats(); got.Subscribers != 2 || got.Missed == 0 {
			t.Errorf("stats are %+v; want two subscribers, one of which has missed something", got)
		}
		release()
	})
}
