package multi_test

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/multi"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// A node on an old network and on a new one prefers the new one.
func Example() {
	older, _ := memory.NewNetwork(memory.NetworkConfig{Name: "older"})
	newer, _ := memory.NewNetwork(memory.NetworkConfig{Name: "newer"})
	local := transport.Local{NodeID: "a", Cluster: "demo"}

	node, err := multi.Config{Transports: []transport.Opener{
		memory.Config{Network: newer}, memory.Config{Network: older},
	}}.Open(local)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()

	for _, network := range node.Info().Networks {
		out := transport.Outbound{
			Target: node.Info().Local, Network: network, Envelope: transporttest.QuietEnvelope("a", 1),
		}
		fmt.Println(network, node.Send(out))
	}
	for network, part := range node.Info().ByNetwork() {
		fmt.Println(network, part.Stats.Sent)
	}
	// Output:
	// newer <nil>
	// older <nil>
	// newer 1
	// older 1
}
