package hearsay_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// everywhere is a transport that says that it is bound to all addresses.
type everywhere struct{ transport.Opener }

type unspecific struct{ transport.Transport }

func (e everywhere) Open(local transport.Local) (transport.Transport, error) {
	t, err := e.Opener.Open(local)
	return unspecific{t}, err
}

func (u unspecific) Info() transport.Info {
	described := u.Transport.Info()
	described.Local = netip.AddrPortFrom(netip.IPv4Unspecified(), described.Local.Port())
	return described
}

func TestANodeWithoutARouteLearnsItsAddressFromASeed(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		seed := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a")})
		// Start finds no seed to which it could look for a route.
		resolver := &answers{err: errors.New("name server is down")}
		opener := &keeping{Opener: open("b")}
		n := start(t, hearsay.Config{NodeID: "b", Cluster: cluster, Transport: everywhere{opener}, Resolver: resolver})
		resolver.set(nil, seed.LocalAddr())
		if err := n.WaitJoined(deadline(t)); err != nil {
			t.Fatal(err)
		}
		want := opener.opened.Info().Local
		await(t, seed, "where b is seen", func(v *hearsay.View) bool {
			m, _ := v.Get("b")
			return len(m.Endpoints) == 1 && m.Endpoints[0].Address == want
		})
		if got := n.LocalAddr(); !got.Addr().IsUnspecified() {
			t.Errorf("LocalAddr is %v, want what the transport is bound to", got)
		}
	})
}

func TestStartWaitsForARouteForAMomentOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		before := time.Now()
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: everywhere{open("a")}, Resolver: slow{}})
		if d := time.Since(before); d > 3*time.Second {
			t.Errorf("Start took %v", d)
		}
		_ = n.Close()
	})
}

// TestNodesFindEachOtherWhateverTheyAreBoundTo starts two nodes on each of the
// addresses that a host without a network has.
func TestNodesFindEachOtherWhateverTheyAreBoundTo(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"} {
		t.Run(listen, func(t *testing.T) {
			address := netip.MustParseAddrPort(listen)
			probe, err := udp.Config{Listen: address, Insecure: true}.Open(transport.Local{NodeID: "x", Cluster: cluster})
			if err != nil {
				t.Skipf("this host does not have it: %v", err)
			}
			_ = probe.Close()
			open := func(string) transport.Opener { return udp.Config{Listen: address, Insecure: true} }
			first := start(t, quick(hearsay.Config{NodeID: "a", Transport: open("a")}))
			seed := netip.AddrPortFrom(loopbackOf(address.Addr()), first.LocalAddr().Port())
			second := start(t, quick(hearsay.Config{NodeID: "b", Transport: open("b"), Seeds: []string{seed.String()}}))
			if err := second.WaitJoined(deadline(t)); err != nil {
				t.Fatal(err)
			}
			awaitAll(t, first, second)
		})
	}
}

func loopbackOf(ip netip.Addr) netip.Addr {
	if ip.Is4() {
		return netip.MustParseAddr("127.0.0.1")
	}
	return netip.IPv6Loopback()
}
