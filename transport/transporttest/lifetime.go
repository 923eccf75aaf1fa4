package transporttest

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
)

func (s *suite) testStats(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	var bytes uint64
	const count = 20
	for i := range uint32(count) {
		envelope := EnvelopeOfSize("a", 200+int(i))
		envelope.Sequence = i
		bytes += uint64(envelope.Size())
		a.send(b, envelope)
		b.awaitOne()
	}
	sender, receiver := a.Info().Stats, b.Info().Stats
	if sender.Sent != count || sender.SentBytes != bytes {
		t.Errorf("sent %d envelopes of %d bytes, counted %d of %d", count, bytes, sender.Sent, sender.SentBytes)
	}
	if receiver.Received != count || receiver.ReceivedBytes != bytes {
		t.Errorf("received %d envelopes of %d bytes, counted %d of %d", count, bytes, receiver.Received, receiver.ReceivedBytes)
	}
	if sender.Received != 0 || receiver.Sent != 0 {
		t.Errorf("counted %d received by the sender, %d sent by the receiver", sender.Received, receiver.Sent)
	}
	var none transport.Stats
	if sender.Dropped != none.Dropped || receiver.Dropped != none.Dropped {
		t.Errorf("dropped %v and %v of what all arrived", sender.Dropped, receiver.Dropped)
	}
}

// closedError checks the error of a closed transport.
func closedError(t *testing.T, call string, err error) {
	t.Helper()
	if !errors.Is(err, transport.ErrClosed) || !errors.Is(err, net.ErrClosed) {
		t.Errorf("%s after Close: %v, want ErrClosed, which is a net.ErrClosed", call, err)
	}
}

func (s *suite) testClosed(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1)
	b.talks(a, 1)
	address := a.Info().Local
	for range 3 {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for range 2 {
		closedError(t, "Send", a.Send(a.to(b, a.quiet(1))))
		closedError(t, "Send of nothing", a.Send(transport.Outbound{}))
		n, err := a.Poll(a.batch[:])
		closedError(t, "Poll", err)
		if n != 0 {
			t.Errorf("Poll after Close returned %d", n)
		}
		a.Forget(b.Info().Local)
	}
	if got := a.Info(); got.Local != address || got.Stats.Sent != 1 || got.Stats.Received != 1 {
		t.Errorf("Info after Close is %+v", got)
	}
	for range 2 {
		select {
		case _, ok := <-a.Ready():
			if !ok {
				t.Errorf("Close closed the channel of Ready")
			}
		default:
		}
	}
}

func (s *suite) testConcurrency(t *testing.T) {
	const senders, each = 4, 200
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			envelope := new(hearsayv1.Envelope)
			for i := range uint32(each) {
				envelope.CopyFrom(a.quiet(i + 2))
				err := a.Send(a.to(b, envelope))
				if err != nil && !errors.Is(err, transport.ErrQueueFull) && !errors.Is(err, transport.ErrBackoff) {
					t.Errorf("send: %v", err)
				}
				a.Info()
				if i%50 == 0 {
					a.Forget(b.Info().Local)
				}
			}
		})
	}
	sent := make(chan struct{})
	go func() { group.Wait(); close(sent) }()
	for polling := true; polling; {
		select {
		case <-sent:
			polling = false
		default:
			b.drain()
			if s.Advance != nil {
				s.Advance()
			}
		}
	}
	// Whatever Forget threw away: both still work, and can be closed while in
	// use.
	a.sendUntil(a.to(b, a.quiet(5000)))
	s.eventually(t, "an envelope arrives after all that", func() bool {
		for _, in := range b.drain() {
			if in.Envelope != nil && in.Envelope.Sequence == 5000 {
				return true
			}
		}
		_ = a.Send(a.to(b, a.quiet(5000)))
		return false
	})
	deadline := time.Now().Add(s.Timeout)
	for range senders {
		group.Go(func() {
			for !errors.Is(a.Send(a.to(b, a.quiet(1))), transport.ErrClosed) {
				if time.Now().After(deadline) {
					t.Errorf("%v after Close Send does not return ErrClosed", s.Timeout)
					return
				}
				runtime.Gosched()
			}
		})
		group.Go(func() { a.Close() })
	}
	group.Wait()
}

// testCloseBringsOut: a node that leaves says so last. It may say it to peers that
// it has never talked to.
func (s *suite) testCloseBringsOut(t *testing.T) {
	for _, acquainted := range []bool{true, false} {
		a, b := s.open(t, "a"), s.open(t, "b")
		if acquainted {
			a.talks(b, 1000)
		}
		for i := range uint32(burst) {
			a.send(b, a.quiet(i))
		}
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		next := uint32(0)
		b.until("last word", func() bool {
			for _, in := range b.drain() {
				if in.Envelope == nil {
					continue // that the peer has gone may be told, too
				}
				if in.Envelope.Sequence != next {
					t.Fatalf("acquainted %v: envelope %d arrived, want %d", acquainted, in.Envelope.Sequence, next)
				}
				next++
			}
			return next == burst
		})
	}
}

func (s *suite) testGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	nodes := make([]transport.Transport, 4)
	for i := range nodes {
		nodes[i] = s.Open(t, Local(string(rune('a'+i))), Options{})
	}
	for i, from := range nodes {
		for j, to := range nodes {
			if i == j {
				continue
			}
			envelope := QuietEnvelope(string(rune('a'+i)), 1)
			if err := from.Send(transport.Outbound{Target: to.Info().Local, Envelope: envelope}); err != nil {
				t.Fatalf("send: %v", err)
			}
		}
		if s.Unanswered != nil {
			_ = from.Send(transport.Outbound{Target: s.Unanswered(t), Envelope: QuietEnvelope(string(rune('a'+i)), 1)})
		}
	}
	for _, node := range nodes {
		if err := node.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	left := 0
	defer func() {
		if t.Failed() {
			stacks := make([]byte, 1<<20)
			t.Logf("%d goroutines before, %d after:\n%s", before, left, stacks[:runtime.Stack(stacks, true)])
		}
	}()
	s.eventually(t, "all goroutines have ended", func() bool {
		left = runtime.NumGoroutine()
		return left <= before
	})
}

func (s *suite) testAllocations(t *testing.T) {
	if !s.ZeroAlloc {
		t.Skip("the harness does not promise it")
	}
	envelope := EnvelopeOfSize("a", 200)
	if n := codecAllocations(envelope); n > 0 {
		t.Skipf("the codec itself allocates %v times", n)
	}
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a, b := s.open(t, "a"), s.open(t, "b")
	out := a.to(b, envelope)
	expired := time.After(s.Timeout)
	exchange := func() {
		if err := a.Send(out); err != nil {
			t.Fatalf("send: %v", err)
		}
		for {
			if s.Advance != nil {
				s.Advance()
			} else {
				select {
				case <-b.Ready():
				case <-expired:
					t.Fatalf("1,000 exchanges take longer than %v", s.Timeout)
				}
			}
			if n, err := b.Poll(b.batch[:]); n > 0 || err != nil {
				return
			}
		}
	}
	for range 100 {
		exchange()
	}
	if n := testing.AllocsPerRun(1000, exchange); n > 0 {
		t.Errorf("%v allocations per envelope sent, received and polled; want 0", n)
	}
}

func codecAllocations(envelope *hearsayv1.Envelope) float64 {
	decoded, buffer := new(hearsayv1.Envelope), make([]byte, 0, 4096)
	return testing.AllocsPerRun(100, func() {
		buffer = envelope.AppendTo(buffer[:0])
		_ = decoded.Unmarshal(buffer)
	})
}
