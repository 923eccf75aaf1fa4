package membership

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// street is a few nodes on two networks, each of which may be closed to some.
// What is sent arrives at once.
type street struct {
	t      *testing.T
	now    Instant
	nodes  []*Coordinator
	closed map[netip.AddrPort]bool
	// told are the detours that each node has told of.
	told map[string][]Detoured
}

// addressBy is where the i-th node listens by a network.
func addressBy(network string, i int) netip.AddrPort {
	port := uint16(7946)
	if network == "quic" {
		port = 7947
	}
	return netip.AddrPortFrom(addressOf(i).Addr(), port)
}

func newStreet(t *testing.T, count int) *street {
	t.Helper()
	s := &street{t: t, now: 1, closed: make(map[netip.AddrPort]bool), told: make(map[string][]Detoured)}
	for i := range count {
		n, err := New(Config{
			ID: fmt.Sprintf("n%d", i), Cluster: "test", Seed: [2]uint64{1, uint64(i)},
			Endpoints: []Endpoint{{Network: "quic", Address: addressBy("quic", i)}, {Network: "udp", Address: addressBy("udp", i)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			n.SetSeeds(s.now, []netip.AddrPort{addressBy("quic", 0)})
		}
		if err := n.Join(s.now); err != nil {
			t.Fatal(err)
		}
		s.nodes = append(s.nodes, n)
		s.run(2 * time.Second)
	}
	s.run(5 * time.Second)
	for _, n := range s.nodes {
		if n.View().Len() != count {
			t.Fatalf("%s sees %d members", n.cfg.ID, n.View().Len())
		}
	}
	return s
}

// run lets time pass.
func (s *street) run(span time.Duration) {
	for end := s.now.Add(span); s.now < end; s.now = s.now.Add(5 * time.Millisecond) {
		for i, n := range s.nodes {
			n.Tick(s.now, time.Time{})
			for _, out := range n.Outbound() {
				s.deliver(i, out)
			}
			for _, event := range n.Events() {
				if e, ok := event.(Detoured); ok {
					s.told[n.cfg.ID] = append(s.told[n.cfg.ID], e)
				}
			}
			n.Forgotten()
		}
	}
}

// deliver takes an envelope to whoever listens at its target by its network,
// unless either end is closed there. Answers wait for the next round.
func (s *street) deliver(from int, out Outbound) {
	source := addressBy(out.Network, from)
	if s.closed[source] || s.closed[out.Target] {
		return
	}
	for i, n := range s.nodes {
		if addressBy(out.Network, i) == out.Target {
			envelope := new(hearsayv1.Envelope)
			if err := envelope.Unmarshal(out.Envelope.AppendTo(nil)); err != nil {
				s.t.Fatal(err)
			}
			n.Handle(s.now, Inbound{Source: source, Network: out.Network, Version: 1, Envelope: envelope})
		}
	}
}

// byWhich returns the network by which one node reaches another.
func (s *street) byWhich(from, to int) string {
	s.t.Helper()
	e := s.nodes[from].table.Lookup(s.nodes[to].key)
	if e == nil || !e.Live() {
		s.t.Fatalf("n%d does not know n%d for live", from, to)
	}
	where, ok := s.nodes[from].toward(e)
	if !ok || where.address != addressBy(where.network, to) {
		s.t.Fatalf("n%d reaches n%d at %v", from, to, where)
	}
	return where.network
}

func TestWhoDoesNotAnswerByOneNetworkIsReachedByTheNext(t *testing.T) {
	s := newStreet(t, 4)
	if got := s.byWhich(0, 3); got != "quic" {
		t.Fatalf("reached by %s to begin with", got)
	}
	s.closed[addressBy("quic", 3)] = true
	s.run(20 * time.Second)
	for from := range 3 {
		if got := s.byWhich(from, 3); got != "udp" {
			t.Errorf("n%d reaches n3 by %s, which is closed", from, got)
		}
		if got := s.byWhich(from, (from+1)%3); got != "quic" {
			t.Errorf("n%d reaches its neighbour by %s", from, got)
		}
		stats := s.nodes[from].Stats()
		if stats.Accusations > 0 || stats.ProbesDetoured == 0 {
			t.Errorf("n%d: %d accusations, %d probes detoured", from, stats.Accusations, stats.ProbesDetoured)
		}
	}
	delete(s.closed, addressBy("quic", 3))
	s.run(20 * time.Second)
	for from := range 3 {
		if got := s.byWhich(from, 3); got != "quic" {
			t.Errorf("n%d still reaches n3 by %s", from, got)
		}
		want := []Detoured{{Member: "n3", Network: "quic", By: "udp"}, {Member: "n3", Network: "quic", Over: true}}
		if got := s.told[s.nodes[from].cfg.ID]; !slices.Equal(got, want) {
			t.Errorf("n%d has told %+v, want %+v", from, got, want)
		}
	}
}

func TestADetourToTheDeadIsForgotten(t *testing.T) {
	s := newStreet(t, 4)
	s.closed[addressBy("quic", 3)] = true
	s.run(20 * time.Second)
	s.closed[addressBy("udp", 3)] = true
	s.run(40 * time.Second)
	for from, n := range s.nodes[:3] {
		if e := n.table.Lookup(s.nodes[3].key); e == nil || e.Live() {
			t.Errorf("n%d takes n3 for live", from)
		}
		if len(n.detours) > 0 {
			t.Errorf("n%d keeps %d detours", from, len(n.detours))
		}
	}
}

// Each is reached by what both have, in this node's order.
func TestEachIsReachedByTheFirstNetworkOfBoth(t *testing.T) {
	n := twoNetworks(t)
	for i, test := range []struct {
		networks []string
		want     []string // straight, then roundabout
	}{
		{[]string{"udp", "quic"}, []string{"quic", "udp"}},
		{[]string{"udp"}, []string{"udp", "udp"}},
		{[]string{"carrier pigeon", "quic"}, []string{"quic", "quic"}},
		{[]string{"carrier pigeon"}, nil},
	} {
		part := &hearsayv1.OwnerPart{Status: hearsayv1.NodeStatusUp, WireMin: 1, WireMax: 1}
		for port, network := range test.networks {
			part.Endpoints = append(part.Endpoints, hearsayv1.Endpoint{Transport: network, IP: []byte{10, 0, 0, 9}, Port: uint32(port + 1)})
		}
		rec := hearsayv1.NodeRecord{ID: fmt.Sprintf("m%d", i), Generation: 1<<32 | 5, Version: 1, Owner: part.AppendTo(nil)}
		if _, err := n.table.Merge(n.now, &rec); err != nil {
			t.Fatal(err)
		}
		e := n.table.Lookup(wire.Key(rec.ID))
		var got []string
		for _, way := range []func(*Entry) (destination, bool){n.straight, n.roundabout} {
			if to, ok := way(e); ok {
				got = append(got, to.network)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("one that listens by %v is reached by %v, want %v", test.networks, got, test.want)
		}
	}
}
