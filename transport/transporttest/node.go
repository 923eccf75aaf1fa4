package transporttest

import (
	"errors"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
)

// node is an open transport and what a test does with it.
type node struct {
	transport.Transport
	t     testing.TB
	s     *suite
	local transport.Local
	batch [64]transport.Inbound
}

// open opens a transport for the node id in Cluster.
func (s *suite) open(t testing.TB, id string) *node {
	t.Helper()
	return s.openAs(t, Local(id), Options{})
}

func (s *suite) openAs(t testing.TB, local transport.Local, options Options) *node {
	t.Helper()
	opened := s.Open(t, local, options)
	if opened == nil {
		if options.IPv6 {
			t.Skip("the system has no IPv6")
		}
		t.Fatal("Harness.Open returned nil")
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &node{Transport: opened, t: t, s: s, local: local}
}

// to makes an outbound from n to another node.
func (n *node) to(other *node, envelope *hearsayv1.Envelope) transport.Outbound {
	return transport.Outbound{Target: other.Info().Local, Envelope: envelope}
}

// send sends, and fails the test if it cannot.
func (n *node) send(other *node, envelope *hearsayv1.Envelope) {
	n.t.Helper()
	if err := n.Send(n.to(other, envelope)); err != nil {
		n.t.Fatalf("send: %v", err)
	}
}

// quiet returns an envelope of n.
func (n *node) quiet(sequence uint32) *hearsayv1.Envelope {
	return QuietEnvelope(n.local.NodeID, sequence)
}

// await polls until count things have arrived, and returns them with copies of
// their envelopes. More than count is a failure.
func (n *node) await(count int) []transport.Inbound {
	n.t.Helper()
	var all []transport.Inbound
	n.until("arrivals", func() bool {
		all = append(all, n.drain()...)
		return len(all) >= count
	})
	if len(all) > count {
		n.t.Fatalf("%d arrived, want %d; the last is %+v", len(all), count, all[len(all)-1])
	}
	return all
}

// awaitOne is await(1) of an envelope.
func (n *node) awaitOne() transport.Inbound {
	n.t.Helper()
	one := n.await(1)[0]
	if one.Envelope == nil {
		n.t.Fatalf("a notice arrived, want an envelope: %+v", one)
	}
	return one
}

// drain polls until nothing is left, and copies what it returns.
func (n *node) drain() []transport.Inbound {
	n.t.Helper()
	var all []transport.Inbound
	for {
		got := n.poll(n.batch[:])
		for i := range got {
			if got[i].Envelope != nil {
				got[i].Envelope = got[i].Envelope.Clone()
			}
		}
		all = append(all, got...)
		if len(got) == 0 {
			return all
		}
	}
}

// poll polls into dst and checks what holds for every poll.
func (n *node) poll(dst []transport.Inbound) []transport.Inbound {
	n.t.Helper()
	count, err := n.Poll(dst)
	if err != nil {
		n.t.Fatalf("poll: %v", err)
	}
	for _, in := range dst[:count] {
		if (in.Envelope == nil) == (in.Notice == transport.NoticeNone) {
			n.t.Fatalf("an inbound must carry either an envelope or a notice: %+v", in)
		}
		if in.Source.Addr().Is4In6() {
			n.t.Fatalf("source %v is IPv6-mapped", in.Source)
		}
	}
	return dst[:count]
}

// until waits for done, which polls n, by Ready or by the harness' own time.
func (n *node) until(what string, done func() bool) {
	n.t.Helper()
	deadline := time.NewTimer(n.s.Timeout)
	defer deadline.Stop()
	for !done() {
		if n.s.Advance != nil {
			select {
			case <-deadline.C:
				n.t.Fatalf("no %s within %v", what, n.s.Timeout)
			default:
				n.s.Advance()
			}
			continue
		}
		select {
		case <-n.Ready():
		case <-deadline.C:
			n.t.Fatalf("no %s within %v", what, n.s.Timeout)
		}
	}
}

// eventually waits for a condition that nothing signals.
func (s *suite) eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(s.Timeout)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !done() {
		if s.Advance != nil {
			s.Advance()
		}
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", s.Timeout, what)
		}
	}
}

// sendUntil sends until one is accepted, which ErrQueueFull and ErrBackoff may
// delay.
func (n *node) sendUntil(out transport.Outbound) {
	n.t.Helper()
	n.s.eventually(n.t, "a send is accepted", func() bool {
		err := n.Send(out)
		if err != nil && !errors.Is(err, transport.ErrQueueFull) && !errors.Is(err, transport.ErrBackoff) {
			n.t.Fatalf("send: %v", err)
		}
		return err == nil
	})
}

// talks checks that an envelope gets from n to other.
func (n *node) talks(other *node, sequence uint32) {
	n.t.Helper()
	want := n.quiet(sequence)
	n.sendUntil(n.to(other, want))
	if got := other.awaitOne(); !got.Envelope.Equal(want) {
		n.t.Fatalf("%+v arrived, want %+v", got.Envelope, want)
	}
}
