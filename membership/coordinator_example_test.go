package membership_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Two nodes, driven by hand: what one puts out is given to the other, and time
// jumps from one deadline to the next.
func Example() {
	nodes := map[netip.AddrPort]*membership.Coordinator{}
	order := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:7946"), netip.MustParseAddrPort("192.0.2.2:7946")}
	for i, address := range order {
		node, err := membership.New(membership.Config{
			ID: fmt.Sprintf("web-%d", i+1), Cluster: "shop", Seed: [2]uint64{1, uint64(i)},
			Endpoints: []membership.Endpoint{{Network: "udp", Address: address}},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		nodes[address] = node
	}
	now := membership.Instant(0)
	nodes[order[1]].SetSeeds(now, order[:1]) // the first node has no seed and is Up alone
	for _, address := range order {
		if err := nodes[address].Join(now); err != nil {
			fmt.Println(err)
			return
		}
	}
	for steps := 0; steps < 100; steps++ {
		next := membership.Never
		for _, address := range order {
			node := nodes[address]
			next = min(next, node.Tick(now, time.Unix(0, int64(now)).UTC()))
			for _, out := range node.Outbound() {
				nodes[out.Target].Handle(now, membership.Inbound{
					Source: address, Network: out.Network, Version: out.Version, Envelope: out.Envelope,
				})
			}
			for _, event := range node.Events() {
				if change, ok := event.(membership.MemberStatusChanged); ok && address == order[0] {
					fmt.Printf("web-1 sees %s %s\n", change.Member.ID, change.Member.Status)
				}
			}
		}
		now = next
	}
	for m := range nodes[order[0]].View().Members() {
		fmt.Println(m.ID, m.Status, m.Endpoints[0].Address)
	}
	fmt.Println(nodes[order[0]].View().Hash == nodes[order[1]].View().Hash)
	// Output:
	// web-1 sees web-1 up
	// web-1 sees web-2 up
	// web-1 up 192.0.2.1:7946
	// web-2 up 192.0.2.2:7946
	// true
}
