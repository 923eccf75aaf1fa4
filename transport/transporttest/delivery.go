package transporttest

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

func (s *suite) testInfo(t *testing.T) {
	a := s.open(t, "a")
	got := a.Info()
	if len(got.Networks) == 0 || slices.Contains(got.Networks, "") {
		t.Errorf("Networks = %q, want at least one word, and none that is empty", got.Networks)
	}
	if !got.Local.IsValid() || got.Local.Port() == 0 || got.Local.Addr().Is4In6() {
		t.Errorf("Local = %v, want an address with its port, not IPv6-mapped", got.Local)
	}
	if got.DatagramBudget <= 0 || got.MaxEnvelopeBytes < got.DatagramBudget {
		t.Errorf("DatagramBudget = %d and MaxEnvelopeBytes = %d, want 0 < budget ≤ maximum", got.DatagramBudget, got.MaxEnvelopeBytes)
	}
	if got.Stats != (transport.Stats{}) {
		t.Errorf("Stats = %+v of a transport that did nothing", got.Stats)
	}
}

func (s *suite) testRoundTrip(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		from, to := pair[0], pair[1]
		want := from.quiet(42)
		from.send(to, want)
		got := to.awaitOne()
		if !got.Envelope.Equal(want) {
			t.Errorf("envelope %+v, want %+v", got.Envelope, want)
		}
		if got.Source != from.Info().Local {
			t.Errorf("Source = %v, want the sender's address %v", got.Source, from.Info().Local)
		}
		if !slices.Contains(to.Info().Networks, got.Network) {
			t.Errorf("Network = %q, want one of %q", got.Network, to.Info().Networks)
		}
		if !to.local.Speaks(got.Version) {
			t.Errorf("Version = %d, outside %d to %d", got.Version, to.local.WireMin, to.local.WireMax)
		}
		wantIdentity := ""
		if to.Info().Identities {
			wantIdentity = from.local.NodeID
		}
		if got.Identity != wantIdentity {
			t.Errorf("Identity = %q, want %q", got.Identity, wantIdentity)
		}
	}
}

func (s *suite) testSenderKeepsEnvelope(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	want := EnvelopeOfSize("a", 300)
	sent := want.Clone()
	a.send(b, sent)
	if !sent.Equal(want) {
		t.Errorf("Send changed the envelope")
	}
	for i := range sent.Join.Padding {
		sent.Join.Padding[i] = 0xff
	}
	sent.Reset()
	if got := b.awaitOne(); !got.Envelope.Equal(want) {
		t.Errorf("what the sender did after Send reached the receiver")
	}
}

func (s *suite) testRandomEnvelopes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	a, b := s.open(t, "a"), s.open(t, "b")
	for range 100 {
		want := RandomEnvelope(rng, "a", a.Info().DatagramBudget)
		a.send(b, want)
		if got := b.awaitOne(); !got.Envelope.Equal(want) {
			t.Fatalf("%+v arrived, want %+v", got.Envelope, want)
		}
	}
}

func (s *suite) testIPv6(t *testing.T) {
	a := s.openAs(t, Local("a"), Options{IPv6: true})
	b := s.openAs(t, Local("b"), Options{IPv6: true})
	want := a.quiet(6)
	a.send(b, want)
	got := b.awaitOne()
	if got.Source != a.Info().Local || !got.Source.Addr().Is6() {
		t.Errorf("Source = %v, want %v", got.Source, a.Info().Local)
	}
	if !got.Envelope.Equal(want) {
		t.Errorf("envelope %+v, want %+v", got.Envelope, want)
	}
}

func (s *suite) testMappedTarget(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	local := b.Info().Local
	if !local.Addr().Is4() {
		t.Fatalf("the harness opened %v where IPv4 was asked for", local)
	}
	mapped := netip.AddrPortFrom(netip.AddrFrom16(local.Addr().As16()), local.Port())
	if err := a.Send(transport.Outbound{Target: mapped, Envelope: a.quiet(4)}); err != nil {
		t.Fatalf("send to %v: %v", mapped, err)
	}
	if got := b.awaitOne(); got.Source != a.Info().Local {
		t.Errorf("Source = %v, want %v", got.Source, a.Info().Local)
	}
}
