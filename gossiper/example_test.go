package gossiper_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Two nodes live through ten seconds on this goroutine, in no time.
func ExampleGossiper_Step() {
	network, err := memory.NewNetwork(memory.NetworkConfig{Link: memory.Link{Latency: time.Millisecond}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var nodes []*gossiper.Gossiper
	var seeds []netip.AddrPort
	for i, id := range []string{"a", "b"} {
		node, address, err := exampleNode(network, id, uint64(i), seeds)
		if err != nil {
			fmt.Println(err)
			return
		}
		nodes, seeds = append(nodes, node), append(seeds, address)
	}
	for now := time.Duration(0); now < 10*time.Second; now += 10 * time.Millisecond {
		network.Advance(now)
		for _, node := range nodes {
			if err := node.Step(membership.Instant(now)); err != nil {
				fmt.Println(err)
			}
		}
	}
	for member := range nodes[0].View().Members() {
		fmt.Println(member.ID, member.Status)
	}
	fmt.Println("equal views:", nodes[0].View().Hash == nodes[1].View().Hash)
	// Output:
	// a up
	// b up
	// equal views: true
}

// exampleNode puts a node together and has it join.
func exampleNode(network *memory.Network, id string, seed uint64, seeds []netip.AddrPort) (*gossiper.Gossiper, netip.AddrPort, error) {
	t, err := memory.Config{Network: network}.Open(transport.Local{NodeID: id, Cluster: "example"})
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	address := t.Info().Local
	coordinator, err := membership.New(membership.Config{
		ID:        id,
		Cluster:   "example",
		Endpoints: []membership.Endpoint{{Network: memory.NetworkName, Address: address}},
		Seed:      [2]uint64{seed, seed},
	})
	if err != nil {
		return nil, address, err
	}
	coordinator.SetSeeds(0, seeds)
	if err := coordinator.Join(0); err != nil {
		return nil, address, err
	}
	node, err := gossiper.New(gossiper.Config{
		Transport:    t,
		Coordinator:  coordinator,
		Publisher:    gossiper.NewStream(coordinator.View()),
		TickInterval: gossiper.DefaultTickInterval,
	})
	return node, address, err
}
