// Command hello is one node of a cluster: it joins, prints who is there whenever
// that changes, and leaves on an interrupt.
//
//	hello -id n1 -listen 127.0.0.1:7946
//	hello -id n2 127.0.0.1:7946
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func main() {
	id := flag.String("id", "n1", "the node's name, its own in the cluster")
	transport := udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true}
	flag.TextVar(&transport.Listen, "listen", transport.Listen, "the address to bind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	node, err := hearsay.Start(ctx, hearsay.Config{NodeID: *id, Cluster: "demo", Seeds: flag.Args(), Transport: transport})
	if err != nil {
		log.Fatal(err)
	}
	for event := range node.Events(ctx, 64) { // ends with the interrupt
		if update, ok := event.(hearsay.TopologyUpdated); ok {
			fmt.Println(update.View)
		}
	}
	node.Leave(context.Background())
}
