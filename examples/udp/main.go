// Command udp runs five nodes over UDP in one process, which share a key: whoever
// lacks it can neither read nor say anything. Four of them know only the first. One leaves, one dies without a word, and the three that remain
// agree on what is left.
package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/examples/internal/agreement"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "examples/udp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// Real nodes share a file, which "hearsay keygen" makes: udp.Config.KeyFile.
	keys, err := udp.NewKeyring(udp.NewKey())
	if err != nil {
		return err
	}
	witness := agreement.New() // compares, at the end, what nodes tell and show
	var watchers sync.WaitGroup
	var nodes []*hearsay.Node
	var seeds []string // the first node knows nobody, the others know the first
	for _, id := range []string{"n1", "n2", "n3", "n4", "n5"} {
		node, err := hearsay.Start(ctx, hearsay.Config{
			NodeID:  id,
			Cluster: "demo",
			Seeds:   seeds,
			Transport: udp.Config{
				Listen: netip.MustParseAddrPort("127.0.0.1:0"), // the system chooses the port
				Keys:   keys,
			},
		})
		if err != nil {
			return err
		}
		defer node.Close()
		nodes = append(nodes, node)
		seeds = []string{nodes[0].LocalAddr().String()}
		watchers.Go(func() { watch(ctx, node) })
		witness.Follow(ctx, node)
	}

	if err := live(ctx, witness, nodes); err != nil {
		return err
	}
	for _, node := range nodes {
		node.Close() // ends its events, too
	}
	watchers.Wait()
	fmt.Println("n3 was found dead, three nodes agree: all views are equal")
	return nil
}

// live is what happens to the five nodes.
func live(ctx context.Context, witness *agreement.Witness, nodes []*hearsay.Node) error {
	// Everyone finds everyone through the one node that they know.
	for _, node := range nodes {
		if err := node.WaitJoined(ctx); err != nil {
			return fmt.Errorf("%s does not join: %w", node.ID(), err)
		}
	}
	if err := witness.Agree(ctx, nodes...); err != nil {
		return err
	}
	fmt.Println("five nodes agree")

	// One says goodbye.
	if err := nodes[1].Leave(ctx); err != nil {
		return fmt.Errorf("%s does not leave: %w", nodes[1].ID(), err)
	}
	if err := witness.Agree(ctx, nodes[0], nodes[2], nodes[3], nodes[4]); err != nil {
		return err
	}
	fmt.Println("n2 has left, four nodes agree")

	// One dies without a word: Close sends nothing. The others find out.
	if err := nodes[2].Close(); err != nil {
		return err
	}
	return witness.Agree(ctx, nodes[0], nodes[3], nodes[4])
}

// watch prints a node's topology updates as they come. The first one tells all
// that the node knows, each later one what has changed.
func watch(ctx context.Context, node *hearsay.Node) {
	for event := range node.Events(ctx, 64) {
		if update, ok := event.(hearsay.TopologyUpdated); ok {
			fmt.Printf("  %s sees %d members, view %016x: %s\n",
				node.ID(), update.View.Len(), update.View.Hash, agreement.Statuses(update.Changed))
		}
	}
}
