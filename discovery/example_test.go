package discovery_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hearsay-gossip/hearsay/discovery"
)

func ExampleSeeds() {
	resolver, err := discovery.Seeds("10.0.0.7:7946", "[fd00::7]:7946")
	if err != nil {
		fmt.Println(err)
		return
	}
	addresses, err := resolver.Resolve(context.Background())
	fmt.Println(addresses, err)

	_, err = discovery.Seeds("10.0.0.7")
	fmt.Println(err)
	// Output:
	// [10.0.0.7:7946 [fd00::7]:7946] <nil>
	// discovery: seed "10.0.0.7" is not host:port: write it like "node-1.example.com:7946", "10.0.0.7:7946" or "[fd00::7]:7946"
}

func ExampleJoin() {
	known := discovery.Static(netip.MustParseAddrPort("10.0.0.7:7946"))
	listed := discovery.File{Path: "testdata/seeds"}
	addresses, err := discovery.Join(known, listed).Resolve(context.Background())
	fmt.Println(addresses, err)
	// Output:
	// [10.0.0.7:7946 10.0.0.8:7946 [fd00::8]:7946] <nil>
}
