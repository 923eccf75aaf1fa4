package limiter_test

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/examples/limiter"
	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Nodes as in production, goroutines and all, in the virtual time of a bubble. The
// order in which goroutines run is not drawn from a seed here: what is tested is that
// the service ends well and waits for nobody, more than what happens when.
func TestTheServiceRunsOnNodesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, err := memory.NewNetwork(memory.NetworkConfig{Seed: 1, Link: memory.Link{Latency: time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		go memory.Drive(t.Context(), network, time.Millisecond)
		var limiters []*limiter.Limiter
		var seeds []string
		for i := range 3 {
			node, err := hearsay.Start(t.Context(), hearsay.Config{
				NodeID: fmt.Sprint("n", i), Cluster: "test", Seeds: seeds,
				Transport: memory.Config{Network: network, Address: address(i)},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer node.Close()
			seeds = []string{address(0).String()}
			demands, err := hearsay.Open(node, limiterv1.NewDemand())
			if err != nil {
				t.Fatal(err)
			}
			l := limiter.New(node.ID(), limit, demands)
			go l.Run(t.Context())
			if err := l.Demand(10); err != nil {
				t.Fatal(err)
			}
			limiters = append(limiters, l)
		}
		expect := func(after time.Duration, want ...float64) {
			t.Helper()
			<-time.After(after) // virtual: it takes as long as what happens meanwhile
			synctest.Wait()
			for i, l := range limiters {
				if got := l.Granted(); math.Abs(got-want[i]) > 1e-6 {
					t.Errorf("n%d grants %v, want %v", i, got, want[i])
				}
			}
		}
		expect(5*time.Second, limit/3., limit/3., limit/3.)
		network.Partition([]netip.AddrPort{address(0)})
		expect(time.Minute, limit, limit/2, limit/2)
		network.Heal()
		expect(time.Minute, limit/3., limit/3., limit/3.)
	})
}

// address returns where a node is on the simulated network.
func address(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), memory.DefaultPort)
}
