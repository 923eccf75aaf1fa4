package gossiper_test

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// steady is a coordinator, a transport and a publisher that always do the same,
// without an allocation: one envelope arrives, one is sent.
type steady struct {
	transport.Transport // what is not needed here
	envelope            hearsayv1.Envelope
	outbound            [1]membership.Outbound
	view                membership.View
	handled, sent       int
	isStopped           bool
}

func (s *steady) Poll(dst []transport.Inbound) (int, error) {
	dst[0] = transport.Inbound{Source: peerA, Network: "memory", Version: 1, Envelope: &s.envelope}
	return 1, nil
}
func (s *steady) Send(transport.Outbound) error                 { s.sent++; return nil }
func (s *steady) Ready() <-chan struct{}                        { return nil }
func (s *steady) Handle(membership.Instant, membership.Inbound) { s.handled++ }
func (s *steady) Outbound() []membership.Outbound               { return s.outbound[:] }
func (s *steady) Events() []membership.Event                    { return nil }
func (s *steady) Forgotten() []netip.AddrPort                   { return nil }
func (s *steady) View() *membership.View                        { return &s.view }
func (s *steady) Stopped() bool                                 { return s.isStopped }
func (s *steady) Publish(membership.Event)                      {}
func (s *steady) Tick(now membership.Instant, _ time.Time) membership.Instant {
	return now.Add(time.Second)
}

func newSteady(tb testing.TB) (*gossiper.Gossiper, *steady) {
	s := &steady{}
	s.outbound[0] = membership.Outbound{Target: peerB, Envelope: &s.envelope}
	g, err := gossiper.New(gossiper.Config{
		Transport: s, Coordinator: s, Publisher: s, TickInterval: gossiper.DefaultTickInterval,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return g, s
}

func TestAQuietStepAllocatesNothing(t *testing.T) {
	g, s := newSteady(t)
	now := membership.Instant(0)
	allocations := testing.AllocsPerRun(1000, func() {
		now++
		if err := g.Step(now); err != nil {
			t.Error(err)
		}
	})
	if allocations != 0 {
		t.Errorf("a step allocates %v times", allocations)
	}
	if s.handled == 0 || s.handled != s.sent {
		t.Errorf("%d handled and %d sent; want as many", s.handled, s.sent)
	}
}

func BenchmarkStep(b *testing.B) {
	g, _ := newSteady(b)
	now := membership.Instant(0)
	for b.Loop() {
		now++
		if err := g.Step(now); err != nil {
			b.Fatal(err)
		}
	}
}
