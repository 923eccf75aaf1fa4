package hearsay_test

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

const cluster = "test"

// medium makes transports that hear each other. It is the one thing in which the
// tests of a table over media differ.
type medium struct {
	name string
	// open prepares the medium for one test and returns the transport of each
	// node, at an address that the system or the medium chooses.
	open func(tb testing.TB) func(id string) transport.Opener
}

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

var media = []medium{
	{"memory", func(tb testing.TB) func(string) transport.Opener { return openMemory(tb, time.Millisecond) }},
	{"udp", openUDP},
	{"quic", openQUIC},
}

// openMemory makes a network in memory whose clock moves every interval.
func openMemory(tb testing.TB, interval time.Duration) func(string) transport.Opener {
	network, err := memory.NewNetwork(memory.NetworkConfig{Seed: 1, Unreachable: true})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var driver sync.WaitGroup
	driver.Go(func() { _ = memory.Drive(ctx, network, interval) })
	tb.Cleanup(func() {
		cancel()
		driver.Wait()
	})
	return func(string) transport.Opener { return memory.Config{Network: network} }
}

func openUDP(testing.TB) func(string) transport.Opener {
	return func(string) transport.Opener { return udp.Config{Listen: loopback, Insecure: true} }
}

func openQUIC(tb testing.TB) func(string) transport.Opener {
	ca, err := devca.New(cluster, devca.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	if err := ca.Write(dir, false); err != nil {
		tb.Fatal(err)
	}
	return func(id string) transport.Opener {
		pair, err := ca.Issue(id, devca.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		if err := pair.Write(dir, true); err != nil {
			tb.Fatal(err)
		}
		return quic.Config{
			Listen:   loopback,
			CertFile: pair.CertFile(dir),
			KeyFile:  pair.KeyFile(dir),
			CAFile:   ca.Pair.CertFile(dir),
		}
	}
}

// quick are the timings of tests in real time: twice the default pace, and as
// patient as the default, for machines that are busy with other tests.
func quick(cfg hearsay.Config) hearsay.Config {
	cfg.Cluster = cluster
	cfg.Period = 500 * time.Millisecond
	cfg.PauseTolerance = 3 * time.Second
	return cfg
}

// start starts a node and closes it with the test.
func start(tb testing.TB, cfg hearsay.Config) *hearsay.Node {
	tb.Helper()
	n, err := hearsay.Start(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = n.Close() })
	return n
}

// startAll starts nodes of which all but the first know the first alone, and
// waits until each has joined.
func startAll(tb testing.TB, open func(string) transport.Opener, ids ...string) []*hearsay.Node {
	tb.Helper()
	var nodes []*hearsay.Node
	for _, id := range ids {
		cfg := quick(hearsay.Config{NodeID: id, Transport: open(id)})
		if len(nodes) > 0 {
			cfg.Seeds = []string{nodes[0].LocalAddr().String()}
		}
		nodes = append(nodes, start(tb, cfg))
	}
	for _, n := range nodes {
		if err := n.WaitJoined(deadline(tb)); err != nil {
			tb.Fatalf("%s: %v", n.ID(), err)
		}
	}
	return nodes
}

// deadline is for what takes a few seconds: it fails a test that hangs.
func deadline(tb testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	tb.Cleanup(cancel)
	return ctx
}

// await returns when a node's view is as wanted. It looks at each change.
func await(tb testing.TB, n *hearsay.Node, what string, isSo func(*hearsay.View) bool) {
	tb.Helper()
	for event := range n.Events(deadline(tb), 0) {
		if _, ok := event.(hearsay.TopologyUpdated); ok && isSo(n.View()) {
			return
		}
	}
	tb.Fatalf("%s never saw %s; it sees\n%s", n.ID(), what, dump(n.View()))
}

// awaitAll waits until all nodes see all of them Up and nobody else live, and
// have equal views.
func awaitAll(tb testing.TB, nodes ...*hearsay.Node) {
	tb.Helper()
	for _, n := range nodes {
		await(tb, n, "all up", func(v *hearsay.View) bool { return sees(v, nodes...) })
	}
	for _, n := range nodes[1:] {
		if got, want := n.View().Hash, nodes[0].View().Hash; got != want {
			tb.Errorf("%s has hash %x, %s has %x", n.ID(), got, nodes[0].ID(), want)
		}
	}
}

// sees tells whether a view holds these nodes, all Up under the generations
// under which they run, and no one else live.
func sees(v *hearsay.View, nodes ...*hearsay.Node) bool {
	if v.Len() != len(nodes) {
		return false
	}
	for _, n := range nodes {
		m, ok := v.Get(n.ID())
		if !ok || m.Status != hearsay.StatusUp || m.Generation != n.Generation() {
			return false
		}
	}
	return true
}

func hasStatus(id string, statuses ...hearsay.Status) func(*hearsay.View) bool {
	return func(v *hearsay.View) bool {
		m, _ := v.Get(id)
		for _, status := range statuses {
			if m.Status == status {
				return true
			}
		}
		return false
	}
}
