package transporttest

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

const (
	// enough is how many sends fill any bounded queue, also one that is being
	// emptied by system calls.
	enough = 1 << 18
	// slowest is how long a Send may take that does not wait for anything,
	// on a machine that is busy with other things.
	slowest = time.Second
	// ampleHeap is more than the queues of a transport at their bounds hold.
	ampleHeap = 64 << 20
)

// fill sends to where until the queue is full, and reports whether it was.
func (n *node) fill(out transport.Outbound) bool {
	n.t.Helper()
	for range enough {
		began := time.Now()
		err := n.Send(out)
		if took := time.Since(began); took > slowest {
			n.t.Fatalf("a send took %v", took)
		}
		switch {
		case errors.Is(err, transport.ErrQueueFull):
			return true
		case err != nil && !errors.Is(err, transport.ErrBackoff):
			n.t.Fatalf("send: %v", err)
		}
	}
	return false
}

func (s *suite) testQueueFull(t *testing.T) {
	if s.Silent == nil {
		t.Skip("the harness has no silent address")
	}
	a := s.open(t, "a")
	out := transport.Outbound{Target: s.Silent(t), Envelope: EnvelopeOfSize("a", 1000)}
	before := heap()
	if !a.fill(out) {
		t.Fatalf("%d sends did not fill the queue: it has no bound", enough)
	}
	if grown := heap() - before; grown > ampleHeap {
		t.Errorf("a full queue takes %d bytes", grown)
	}
	// A transport that dials may find out meanwhile that nobody answers.
	s.eventually(t, "the queue takes envelopes again", func() bool {
		return !errors.Is(a.Send(out), transport.ErrQueueFull)
	})
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func (s *suite) testSilentPeer(t *testing.T) {
	if s.Silent == nil {
		t.Skip("the harness has no silent address")
	}
	a, b := s.open(t, "a"), s.open(t, "b")
	out := transport.Outbound{Target: s.Silent(t), Envelope: EnvelopeOfSize("a", 1000)}
	for i := range uint32(8) {
		a.fill(out)
		a.talks(b, i+1)
	}
}

func (s *suite) testCloseWithQueue(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1)
	if s.Silent != nil {
		a.fill(transport.Outbound{Target: s.Silent(t), Envelope: a.quiet(1)})
	}
	closed := make(chan error, 1)
	go func() { closed <- a.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Errorf("close: %v", err)
		}
	case <-time.After(s.Timeout):
		t.Fatalf("close did not return within %v", s.Timeout)
	}
}
