package hearsay_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func Example() {
	ctx := context.Background()
	config := hearsay.Config{
		NodeID:    "node-1",
		Cluster:   "example",
		Transport: udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true},
	}
	first, err := hearsay.Start(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close()

	config.NodeID = "node-2"
	config.Seeds = []string{first.LocalAddr().String()}
	second, err := hearsay.Start(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer second.Close()
	if err := second.WaitJoined(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for member := range second.Members() {
		fmt.Println(member.ID, member.Status)
	}
	// Output:
	// node-1 up
	// node-2 up
}

func ExampleNode_Events() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network, err := memory.NewNetwork(memory.NetworkConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	go memory.Drive(ctx, network, time.Millisecond)

	config := hearsay.Config{NodeID: "a", Cluster: "example", Transport: memory.Config{Network: network}}
	a, err := hearsay.Start(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	if err := a.WaitJoined(ctx); err != nil {
		fmt.Println(err)
		return
	}

	config.NodeID, config.Seeds = "b", []string{a.LocalAddr().String()}
	ended := make(chan error)
	for event := range a.Events(ctx, 64) {
		switch e := event.(type) {
		case hearsay.TopologyUpdated:
			if e.Full { // the first event
				fmt.Println("live:", e.View.Len())
				go func() { ended <- joinAndLeave(ctx, config) }()
			}
		case hearsay.MemberStatusChanged:
			if e.Member.ID == "b" && e.Member.Status == hearsay.StatusRemoved {
				fmt.Println("b has left:", <-ended)
				return
			}
		}
	}
	// Output:
	// live: 1
	// b has left: <nil>
}

// joinAndLeave is the short life of a node.
func joinAndLeave(ctx context.Context, config hearsay.Config) error {
	node, err := hearsay.Start(ctx, config)
	if err != nil {
		return err
	}
	if err := node.WaitJoined(ctx); err != nil {
		return err
	}
	return node.Leave(ctx)
}

func ExampleConfig_Validate() {
	err := hearsay.Config{
		NodeID: "node-1",
		Seeds:  []string{"gossip.example.com"},

		TickInterval: time.Minute,
	}.Validate()
	fmt.Println(err)
	// Output:
	// hearsay: Transport is missing: give a udp.Config, a quic.Config or a memory.Config
	// hearsay: Seeds: discovery: seed "gossip.example.com" is not host:port: write it like "node-1.example.com:7946", "10.0.0.7:7946" or "[fd00::7]:7946"
	// hearsay: TickInterval is 1m0s: set it from 10ms to 10s, or to 0 for 1s
	// hearsay: Cluster is "": give 1 to 64 bytes of UTF-8
}
