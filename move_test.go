package hearsay_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// crossing is a place with two networks, and nodes that move from one to the
// other.
type crossing struct {
	t        *testing.T
	udp      *memory.Network
	quic     *memory.Network
	nodes    []*hearsay.Node
	watchers sync.WaitGroup

	mu      sync.Mutex
	bad     []string
	detours []string
}

const crossingNodes = 5

func newCrossing(t *testing.T, link memory.Link) *crossing {
	t.Helper()
	x := &crossing{t: t, nodes: make([]*hearsay.Node, crossingNodes)}
	for _, network := range []struct {
		name string
		at   **memory.Network
	}{{"udp", &x.udp}, {"quic", &x.quic}} {
		made, err := memory.NewNetwork(memory.NetworkConfig{
			Name: network.name, Seed: 1, Unreachable: true, Identities: network.name == "quic", Link: link,
		})
		if err != nil {
			t.Fatal(err)
		}
		*network.at = made
		go func() { _ = memory.Drive(t.Context(), made, time.Millisecond) }()
	}
	t.Cleanup(x.watchers.Wait)
	return x
}

// address is the address of the i-th node on a network.
func (x *crossing) address(network *memory.Network, i int) netip.AddrPort {
	port := uint16(7946)
	if network == x.quic {
		port = 7947
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), port)
}

// restart starts the i-th node on some networks, the preferred one first, in
// place of what it was before.
func (x *crossing) restart(i int, seeds *memory.Network, networks ...*memory.Network) *hearsay.Node {
	x.t.Helper()
	if old := x.nodes[i]; old != nil {
		if err := old.Leave(deadline(x.t)); err != nil {
			x.t.Fatal(err)
		}
	}
	var openers []transport.Opener
	for _, network := range networks {
		openers = append(openers, memory.Config{Network: network, Address: x.address(network, i)})
	}
	n := start(x.t, hearsay.Config{
		NodeID: fmt.Sprintf("n%d", i+1), Cluster: cluster,
		Transport: openers[0], Also: openers[1:],
		Labels: map[string]string{"shard": fmt.Sprint(i)},
		Seeds:  []string{x.address(seeds, 0).String(), x.address(seeds, 1).String()},
	})
	x.nodes[i] = n
	x.watchers.Go(func() { x.watch(n) })
	if i > 0 || seeds != x.udp {
		if err := n.WaitJoined(deadline(x.t)); err != nil {
			x.t.Fatalf("%s: %v", n.ID(), err)
		}
	}
	return n
}

// watch notes whatever a node tells of that must not happen in a move.
func (x *crossing) watch(n *hearsay.Node) {
	for event := range n.Events(context.Background(), 1024) {
		told := ""
		switch e := event.(type) {
		case hearsay.MemberStatusChanged:
			if e.Member.Status == hearsay.StatusSuspect || e.Member.Status == hearsay.StatusDead {
				told = fmt.Sprintf("%s %v", e.Member.ID, e.Member.Status)
			}
		case hearsay.Isolated, hearsay.Superseded, hearsay.Evicted:
			told = fmt.Sprintf("%#v", e)
		case hearsay.Detoured:
			x.mu.Lock()
			x.detours = append(x.detours, strings.Join([]string{n.ID(), e.Network, e.Member, e.By}, " "))
			x.mu.Unlock()
		}
		if told != "" {
			x.mu.Lock()
			x.bad = append(x.bad, n.ID()+": "+told)
			x.mu.Unlock()
		}
	}
}

// check checks that all see all up, and what each says of itself.
func (x *crossing) check(step string) {
	x.t.Helper()
	awaitAll(x.t, x.nodes...)
	for _, n := range x.nodes {
		for i, other := range x.nodes {
			knows(x.t, n, other.ID(), fmt.Sprint(i))
		}
	}
	after(10 * time.Second) // as long as it takes to find fault with somebody
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.bad) > 0 {
		x.t.Errorf("%s: %v", step, x.bad)
	}
}

func TestAClusterMovesToAnotherNetworkByRollingRestarts(t *testing.T) {
	for name, link := range map[string]memory.Link{
		"perfect networks": {},
		"lossy networks":   {Latency: 5 * time.Millisecond, Spread: 20 * time.Millisecond, Loss: 0.1, Duplicate: 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newCrossing(t, link).move() })
		})
	}
}

// move moves all nodes from one network to the other.
func (x *crossing) move() {
	x.t.Helper()
	for _, step := range []struct {
		name     string
		seeds    *memory.Network
		networks []*memory.Network
	}{
		{"udp alone", x.udp, []*memory.Network{x.udp}},
		{"quic also", x.udp, []*memory.Network{x.udp, x.quic}},
		{"quic first, with the seeds that were", x.udp, []*memory.Network{x.quic, x.udp}},
		{"quic first, with seeds of its own", x.quic, []*memory.Network{x.quic, x.udp}},
		{"quic alone", x.quic, []*memory.Network{x.quic}},
	} {
		for i := range x.nodes {
			x.restart(i, step.seeds, step.networks...)
		}
		x.check(step.name)
	}
	for _, n := range x.nodes {
		for m := range n.Members() {
			if len(m.Endpoints) != 1 || m.Endpoints[0].Network != "quic" {
				x.t.Errorf("%s sees %s at %v", n.ID(), m.ID, m.Endpoints)
			}
		}
		networks := n.Stats().Networks
		if len(networks) != 1 || networks["quic"].Received == 0 {
			x.t.Errorf("%s has counted %v", n.ID(), networks)
		}
	}
}

// A port that a firewall does not let through yet costs nobody its place: whoever
// does not answer by the preferred network is asked by the other one. That it
// was necessary can be seen.
func TestAClosedPortIsFoundOutAndCostsNobodyItsPlace(t *testing.T) {
	for _, test := range []struct {
		name   string
		others func(*crossing) []*memory.Network
	}{
		{"before the others move", func(x *crossing) []*memory.Network { return []*memory.Network{x.udp, x.quic} }},
		{"after the others have moved", func(x *crossing) []*memory.Network { return []*memory.Network{x.quic, x.udp} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newCrossing(t, memory.Link{})
				for i := range x.nodes {
					x.restart(i, x.udp, test.others(x)...)
				}
				closed := x.address(x.quic, 0)
				x.quic.Cut(closed, netip.AddrPort{})
				x.quic.Cut(netip.AddrPort{}, closed)
				first := x.restart(0, x.udp, x.quic, x.udp)
				after(time.Minute)
				x.check("with a closed port")
				if got := first.Stats().Membership.ProbesDetoured; got < 10 {
					t.Errorf("%d answers came by the other network", got)
				}
				x.mu.Lock()
				for _, other := range []string{"n2", "n3", "n4", "n5"} {
					if want := "n1 quic " + other + " udp"; !slices.Contains(x.detours, want) {
						t.Errorf("never told: %s; told: %q", want, x.detours)
					}
				}
				x.mu.Unlock()
				// News gets to it, and from it.
				for _, n := range []*hearsay.Node{first, x.nodes[2]} {
					if err := n.Metadata().PutLabels("shard", "moved"); err != nil {
						t.Fatal(err)
					}
					for _, other := range x.nodes {
						knows(t, other, n.ID(), "moved")
					}
				}
			})
		})
	}
}

// knows waits until a node holds what another says of its shard.
func knows(t *testing.T, n *hearsay.Node, id, shard string) {
	t.Helper()
	for range n.Metadata().Changes(deadline(t)) {
		if m, ok := n.Metadata().Of(id); ok && m.Labels["shard"] == shard {
			return
		}
	}
	t.Errorf("%s never hears what %s says", n.ID(), id)
}

func TestStartOpensAllTransportsOrNone(t *testing.T) {
	network, err := memory.NewNetwork(memory.NetworkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	place := memory.Config{Network: network, Address: netip.MustParseAddrPort("10.0.0.1:7946")}
	cfg := hearsay.Config{
		NodeID: "a", Cluster: cluster, Transport: place, Also: []transport.Opener{memory.Config{Network: network}},
	}
	if _, err := hearsay.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), `Transport and Also: multi: Transports[1] is of the network "memory"`) {
		t.Errorf("two of one kind: %v", err)
	}
	cfg.Also, cfg.AdvertiseBy = nil, map[string]netip.AddrPort{"udp": netip.MustParseAddrPort("10.0.0.1:1")}
	if _, err := hearsay.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), `AdvertiseBy names "udp"`) {
		t.Errorf("advertised by a network that it is not on: %v", err)
	}
	cfg.AdvertiseBy = nil
	n := start(t, cfg) // its place is free
	if at, ok := n.LocalAddrOf("memory"); !ok || at != place.Address {
		t.Errorf("listens at %v, %v", at, ok)
	}
	if at, ok := n.LocalAddrOf("udp"); ok {
		t.Errorf("listens by udp at %v", at)
	}
}
