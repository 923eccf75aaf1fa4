package transporttest

import (
	"net/netip"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

// unheard checks that nothing gets from n to other, and that other counts why
// or n learns of it.
func (n *node) unheard(other *node, cause transport.Drop) {
	n.t.Helper()
	learned := func() bool {
		came := n.drain()
		for _, in := range came {
			if in.Envelope != nil {
				n.t.Fatalf("an envelope came back: %+v", in)
			}
		}
		return len(came) > 0 || other.Info().Stats.Dropped[cause] > 0
	}
	n.s.eventually(n.t, "drop counted as "+cause.String()+", or a notice", func() bool {
		// A refusal may make the sender back off.
		_ = n.Send(n.to(other, n.quiet(1)))
		return learned()
	})
	for _, in := range other.drain() {
		// A notice may be about what other sent earlier.
		if in.Envelope != nil {
			n.t.Fatalf("%+v arrived, want it dropped: %v", in, cause)
		}
	}
	if got := other.Info().Stats.Received; got != 0 {
		n.t.Errorf("%d envelopes counted as received", got)
	}
}

func (s *suite) testFilteredSource(t *testing.T) {
	a := s.open(t, "a")
	address := a.Info().Local.Addr()
	deny := transport.Filter{Deny: []netip.Prefix{netip.PrefixFrom(address, address.BitLen())}}
	b := s.openAs(t, Local("b"), Options{Filter: deny})
	a.unheard(b, transport.DropFiltered)
}

func (s *suite) testClusters(t *testing.T) {
	a, b, c := s.open(t, "a"), s.openAs(t, transport.Local{NodeID: "b", Cluster: "another"}.WithDefaults(), Options{}), s.open(t, "c")
	a.unheard(b, transport.DropForeign)
	b.unheard(a, transport.DropForeign)
	a.talks(c, 1)
}

func (s *suite) testVersionMismatch(t *testing.T) {
	newer := Local("b")
	newer.WireMin, newer.WireMax = 2, 2
	a, b := s.open(t, "a"), s.openAs(t, newer, Options{})
	a.unheard(b, transport.DropVersion)
	b.unheard(a, transport.DropVersion)
}

func (s *suite) testVersionCommon(t *testing.T) {
	older, newer := Local("a"), Local("b")
	older.WireMin, older.WireMax = 1, 2
	newer.WireMin, newer.WireMax = 2, 3
	a, b := s.openAs(t, older, Options{}), s.openAs(t, newer, Options{})
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		out := pair[0].to(pair[1], pair[0].quiet(1))
		out.Version = 2
		if err := pair[0].Send(out); err != nil {
			t.Fatalf("send version 2: %v", err)
		}
		if got := pair[1].awaitOne(); got.Version != 2 {
			t.Errorf("Version = %d, want the one that both speak, 2", got.Version)
		}
	}
}

// causes are all causes for which something that arrives is dropped.
var causes = []transport.Drop{
	transport.DropMalformed, transport.DropOversize, transport.DropForeign, transport.DropVersion,
	transport.DropUnauthenticated, transport.DropReplayed,
}

func (s *suite) testInject(t *testing.T) {
	if s.Inject == nil {
		t.Skip("the harness injects nothing")
	}
	a, b := s.open(t, "a"), s.open(t, "b")
	for i, cause := range causes {
		before := b.Info().Stats.Dropped[cause]
		if !s.Inject(t, b, b.local, cause) {
			t.Logf("%v: cannot be injected", cause)
			continue
		}
		s.eventually(t, "counted as "+cause.String(), func() bool { return b.Info().Stats.Dropped[cause] > before })
		if got := b.drain(); len(got) != 0 {
			t.Errorf("%v: reached Poll as %+v", cause, got[0])
		}
		a.talks(b, uint32(i+1))
	}
}
