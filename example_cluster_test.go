package hearsay_test

import (
	"context"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// startOnMemory starts nodes of these ids on one simulated network, each of which
// the first one lets in, and waits until they have joined.
func startOnMemory(ctx context.Context, ids ...string) ([]*hearsay.Node, *memory.Network, error) {
	network, err := memory.NewNetwork(memory.NetworkConfig{})
	if err != nil {
		return nil, nil, err
	}
	go memory.Drive(ctx, network, time.Millisecond)
	var nodes []*hearsay.Node
	for _, id := range ids {
		config := hearsay.Config{NodeID: id, Cluster: "example", Transport: memory.Config{Network: network}}
		if len(nodes) > 0 {
			config.Seeds = []string{nodes[0].LocalAddr().String()}
		}
		node, err := hearsay.Start(ctx, config)
		if err != nil {
			return nodes, network, err
		}
		nodes = append(nodes, node)
		if err := node.WaitJoined(ctx); err != nil {
			return nodes, network, err
		}
	}
	return nodes, network, nil
}

func closeAll(nodes []*hearsay.Node) {
	for _, node := range nodes {
		node.Close()
	}
}

// Whoever writes something that all must know before work goes on waits until
// they do.
func ExampleNode_WaitConverged() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	nodes, _, err := startOnMemory(ctx, "a", "b", "c")
	defer closeAll(nodes)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := nodes[0].Metadata().PutLabels("shards", "7"); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := nodes[0].WaitConverged(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range nodes {
		said, _ := node.Metadata().Of("a")
		fmt.Println(node.ID(), "knows of", said.Labels["shards"], "shards")
	}
	// Output:
	// a knows of 7 shards
	// b knows of 7 shards
	// c knows of 7 shards
}

// A node keeps another out for a while. It concerns this node alone: the third
// one sees all as before.
func ExampleNode_Quarantine() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	nodes, _, err := startOnMemory(ctx, "a", "b", "suspicious")
	defer closeAll(nodes)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := nodes[0].Quarantine(hearsay.Block{ID: "suspicious"}, time.Hour); err != nil {
		fmt.Println(err)
		return
	}
	for event := range nodes[0].Events(ctx, 16) {
		if update, ok := event.(hearsay.TopologyUpdated); ok && len(update.Blocked) > 0 {
			fmt.Println("kept out:", update.Blocked)
			break
		}
	}
	for member := range nodes[0].Members() {
		fmt.Println("a sees", member.ID)
	}
	if err := nodes[0].Release(hearsay.Block{ID: "suspicious"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// kept out: [suspicious]
	// a sees a
	// a sees b
}

// A dashboard sees the cluster and is not in it.
func ExampleConfig_observer() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	nodes, network, err := startOnMemory(ctx, "a", "b")
	defer closeAll(nodes)
	if err != nil {
		fmt.Println(err)
		return
	}
	dashboard, err := hearsay.Start(ctx, hearsay.Config{
		NodeID: "dashboard", Cluster: "example", Observer: true,
		Seeds: []string{nodes[0].LocalAddr().String()}, Transport: memory.Config{Network: network},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dashboard.Close()
	if err := dashboard.WaitJoined(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for member := range dashboard.Members() {
		fmt.Println("the dashboard sees", member.ID)
	}
	for member := range nodes[0].Members() {
		fmt.Println("a sees", member.ID)
	}
	// Output:
	// the dashboard sees a
	// the dashboard sees b
	// a sees a
	// a sees b
}

// A node that listens by two networks, while its cluster moves from the older to
// the newer one, and what it counts by each.
func ExampleConfig_also() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	networks := make(map[string]*memory.Network)
	for _, name := range []string{"older", "newer"} { // as udp.Config and quic.Config would be
		network, err := memory.NewNetwork(memory.NetworkConfig{Name: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		go memory.Drive(ctx, network, time.Millisecond)
		networks[name] = network
	}
	node, err := hearsay.Start(ctx, hearsay.Config{
		NodeID: "a", Cluster: "example",
		Transport: memory.Config{Network: networks["newer"]},
		Also:      []transport.Opener{memory.Config{Network: networks["older"]}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()
	if err := node.WaitJoined(ctx); err != nil {
		fmt.Println(err)
		return
	}
	self, _ := node.View().Get("a")
	for _, endpoint := range self.Endpoints {
		fmt.Println(endpoint.Network, "received:", node.Stats().Networks[endpoint.Network].Received)
	}
	// Output:
	// newer received: 0
	// older received: 0
}
