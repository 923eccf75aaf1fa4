package memory_test

import (
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/wire"
)

func Example() {
	network, err := memory.NewNetwork(memory.NetworkConfig{
		Seed: 1,
		Link: memory.Link{Latency: 20 * time.Millisecond},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	alice, _ := memory.Config{Network: network}.Open(transport.Local{NodeID: "alice", Cluster: "example"})
	bob, _ := memory.Config{Network: network}.Open(transport.Local{NodeID: "bob", Cluster: "example"})
	defer alice.Close()
	defer bob.Close()

	err = alice.Send(transport.Outbound{
		Target:   bob.Info().Local,
		Envelope: &hearsayv1.Envelope{Sender: wire.Key("alice"), Sequence: 7},
	})
	fmt.Println("sent:", err)

	inbound := make([]transport.Inbound, 16)
	n, err := bob.Poll(inbound)
	fmt.Println("before:", n, err)

	due, _ := network.Next()
	network.Advance(due)
	n, err = bob.Poll(inbound)
	fmt.Println("after", due, "-", n, err)
	fmt.Println("from", inbound[0].Source, "sequence", inbound[0].Envelope.Sequence)
	// Output:
	// sent: <nil>
	// before: 0 <nil>
	// after 20ms - 1 <nil>
	// from 10.0.0.1:7946 sequence 7
}
