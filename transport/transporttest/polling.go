package transporttest

import (
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

// burst is how many envelopes a test sends at once: fewer than any queue and
// any socket buffer holds.
const burst = 32

func (s *suite) testEmptyPoll(t *testing.T) {
	a := s.open(t, "a")
	for range 1000 {
		if got := a.poll(a.batch[:]); len(got) != 0 {
			t.Fatalf("%+v arrived where nothing was sent", got)
		}
	}
	select {
	case <-a.Ready():
		t.Error("Ready is signalled although nothing arrived")
	default:
	}
}

func (s *suite) testOrder(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1000) // connections are there
	for i := range uint32(burst) {
		a.send(b, a.quiet(i))
	}
	for i, got := range b.await(burst) {
		if got.Envelope.Sequence != uint32(i) {
			t.Fatalf("envelope %d arrived at place %d", got.Envelope.Sequence, i)
		}
	}
}

func (s *suite) testBoundedPoll(t *testing.T) {
	const at = 3
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1000)
	for i := range uint32(burst) {
		a.send(b, a.quiet(i))
	}
	s.eventually(t, "all envelopes are received", func() bool { return b.Info().Stats.Received >= burst+1 })
	if got := b.poll(nil); len(got) != 0 {
		t.Fatalf("a poll into nothing returned %d", len(got))
	}
	next := uint32(0)
	for next < burst {
		got := b.poll(b.batch[:at])
		if want := min(at, burst-int(next)); len(got) != want {
			t.Fatalf("a poll of %d returned %d with %d waiting", at, len(got), burst-next)
		}
		for _, in := range got {
			if in.Envelope.Sequence != next {
				t.Fatalf("envelope %d polled, want %d", in.Envelope.Sequence, next)
			}
			next++
		}
	}
	if got := b.poll(b.batch[:]); len(got) != 0 {
		t.Fatalf("%d more than was sent", len(got))
	}
}

func (s *suite) testReady(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	if cap(b.Ready()) != 1 {
		t.Errorf("Ready has capacity %d, want 1", cap(b.Ready()))
	}
	a.talks(b, 1000)
	for i := range uint32(4) {
		a.send(b, a.quiet(i))
	}
	s.eventually(t, "all envelopes are received", func() bool { return b.Info().Stats.Received >= 5 })
	for i := range 4 {
		select {
		case <-b.Ready():
		default:
			t.Fatalf("Ready is not signalled with %d envelopes waiting", 4-i)
		}
		if got := b.poll(b.batch[:1]); len(got) != 1 {
			t.Fatalf("Ready was signalled, and a poll returned %d", len(got))
		}
	}
}

func (s *suite) testWake(t *testing.T) {
	woken := make(chan struct{}, 1)
	local := Local("b")
	local.Wake = func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	a, b := s.open(t, "a"), s.openAs(t, local, Options{})
	told := func() bool {
		select {
		case <-woken:
			return true
		default:
			return false
		}
	}
	if told() {
		t.Error("Wake is called although nothing arrived")
	}
	a.send(b, a.quiet(1))
	s.eventually(t, "Wake is called", told)
	if len(b.Ready()) == 0 {
		t.Error("Wake is called and Ready is not signalled")
	}
	b.awaitOne()
	told() // it may have been called twice
	if err := b.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s.eventually(t, "Wake is called by Close", told)
}

func (s *suite) testOwnership(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	want := EnvelopeOfSize("a", 400)
	name := strings.Clone(want.Join.ID)
	a.send(b, want)
	var polled []transport.Inbound
	b.until("envelope", func() bool {
		polled = b.poll(b.batch[:1])
		return len(polled) == 1
	})
	kept := polled[0].Envelope.Join.ID
	for i := range uint32(burst) {
		a.send(b, a.quiet(i))
	}
	s.eventually(t, "the other envelopes are received", func() bool { return b.Info().Stats.Received >= burst+1 })
	if !polled[0].Envelope.Equal(want) {
		t.Errorf("what was polled changed before the next poll")
	}
	b.await(burst)
	if kept != name {
		t.Errorf("a string that was kept became %q, was %q", kept, name)
	}
}
