package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"

	appv1 "example.test/services/gen/app/v1"
	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func main() {
	id, version := flag.String("id", "n1", "the node's name"), flag.String("version", "", "what to tell")
	transport := udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true}
	flag.TextVar(&transport.Listen, "listen", transport.Listen, "the address to bind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	node, err := hearsay.Start(ctx, hearsay.Config{NodeID: *id, Cluster: "demo", Seeds: flag.Args(), Transport: transport})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening at", node.LocalAddr())
	services, err := hearsay.Open(node, appv1.NewServiceState())
	if err != nil {
		log.Fatal(err)
	}
	if err := services.SetVersion(*version); err != nil {
		log.Fatal(err)
	}
	for change := range services.Changes(ctx) { // ends with the interrupt
		fmt.Println(change.Member, change.Field, change.Value.Version)
	}
	node.Leave(context.Background())
}
