package transporttest

import (
	"errors"
	"net/netip"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
)

// refused checks that Send fails with want and without a trace.
func (n *node) refused(out transport.Outbound, want error) {
	n.t.Helper()
	before := n.Info().Stats
	err := n.Send(out)
	if !errors.Is(err, want) {
		n.t.Errorf("send to %v: error %v, want %v", out.Target, err, want)
		return
	}
	if typed, ok := errors.AsType[*transport.SendError](err); !ok || typed.Target != out.Target {
		n.t.Errorf("send to %v: error %v does not name the target as a *transport.SendError", out.Target, err)
	}
	if after := n.Info().Stats; after.Sent != before.Sent || after.SentBytes != before.SentBytes {
		n.t.Errorf("a refused send was counted as sent")
	}
}

func (s *suite) testLargest(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	described := a.Info()
	for _, size := range []int{described.DatagramBudget - 1, described.DatagramBudget, described.DatagramBudget + 1, described.MaxEnvelopeBytes} {
		if size > described.MaxEnvelopeBytes {
			continue
		}
		want := EnvelopeOfSize("a", size)
		a.send(b, want)
		if got := b.awaitOne(); !got.Envelope.Equal(want) {
			t.Errorf("an envelope of %d bytes arrived changed", want.Size())
		}
	}
}

func (s *suite) testTooLarge(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	largest := a.Info().MaxEnvelopeBytes
	for _, size := range []int{largest + 16, 2 * largest, 3*largest + 1} {
		out := a.to(b, EnvelopeOfSize("a", size))
		a.refused(out, transport.ErrTooLarge)
	}
	smallest := EnvelopeOfSize("a", largest)
	for smallest.Size() <= largest {
		smallest.Token = append(smallest.Token, 1)
	}
	a.refused(a.to(b, smallest), transport.ErrTooLarge)
	a.talks(b, 1)
}

func (s *suite) testInvalidTargets(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	port := b.Info().Local.Port()
	for _, target := range []netip.AddrPort{
		{},
		netip.AddrPortFrom(netip.Addr{}, port),
		netip.AddrPortFrom(b.Info().Local.Addr(), 0),
		netip.AddrPortFrom(netip.IPv4Unspecified(), port),
		netip.AddrPortFrom(netip.IPv6Unspecified(), port),
		netip.AddrPortFrom(netip.MustParseAddr("::ffff:0.0.0.0"), port),
		netip.AddrPortFrom(netip.MustParseAddr("224.0.0.251"), port),
		netip.AddrPortFrom(netip.MustParseAddr("::ffff:224.0.0.251"), port),
		netip.AddrPortFrom(netip.MustParseAddr("ff02::1"), port),
		netip.AddrPortFrom(netip.MustParseAddr("255.255.255.255"), port),
	} {
		a.refused(transport.Outbound{Target: target, Envelope: a.quiet(1)}, transport.ErrInvalidTarget)
	}
	out := a.to(b, a.quiet(1))
	out.Network = "no such network"
	a.refused(out, transport.ErrInvalidTarget)
	for _, network := range a.Info().Networks[:1] {
		out.Network = network
		if err := a.Send(out); err != nil {
			t.Errorf("send by the network %q of Info: %v", network, err)
		}
	}
	b.awaitOne()
}

func (s *suite) testNoEnvelope(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	a.refused(a.to(b, nil), transport.ErrNoEnvelope)
	// An envelope in which nothing is set is one.
	if a.Info().Identities {
		return // but not with an identity, which must be that of its sender
	}
	a.send(b, new(hearsayv1.Envelope))
	if got := b.awaitOne(); !got.Envelope.Equal(new(hearsayv1.Envelope)) {
		t.Errorf("an empty envelope arrived as %+v", got.Envelope)
	}
}

func (s *suite) testVersionRefused(t *testing.T) {
	local := Local("a")
	local.WireMin, local.WireMax = 2, 3
	a, b := s.openAs(t, local, Options{}), s.openAs(t, local, Options{})
	for _, version := range []uint8{1, 4, 255} {
		out := a.to(b, a.quiet(1))
		out.Version = version
		a.refused(out, transport.ErrVersion)
	}
}

func (s *suite) testFilteredTarget(t *testing.T) {
	b := s.open(t, "b")
	target := b.Info().Local.Addr()
	deny := transport.Filter{Deny: []netip.Prefix{netip.PrefixFrom(target, target.BitLen())}}
	a := s.openAs(t, Local("a"), Options{Filter: deny})
	a.refused(a.to(b, a.quiet(1)), transport.ErrNotAllowed)
}
