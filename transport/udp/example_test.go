package udp_test

import (
	"fmt"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
	"github.com/hearsay-gossip/hearsay/wire"
)

func Example() {
	config := udp.Config{
		Listen:   netip.MustParseAddrPort("127.0.0.1:0"),
		Insecure: true, // loopback only
	}
	alice, err := config.Open(transport.Local{NodeID: "alice", Cluster: "example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close()
	bob, err := config.Open(transport.Local{NodeID: "bob", Cluster: "example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bob.Close()

	err = alice.Send(transport.Outbound{
		Target:   bob.Info().Local,
		Envelope: &hearsayv1.Envelope{Sender: wire.Key("alice"), Sequence: 7},
	})
	fmt.Println("sent:", err)

	<-bob.Ready()
	inbound := make([]transport.Inbound, 16)
	n, err := bob.Poll(inbound)
	fmt.Println("received:", n, err)
	fmt.Println("from alice:", inbound[0].Source == alice.Info().Local)
	fmt.Println("sequence:", inbound[0].Envelope.Sequence)
	// Output:
	// sent: <nil>
	// received: 1 <nil>
	// from alice: true
	// sequence: 7
}

func ExampleConfig_Open_secure() {
	_, err := udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")}.
		Open(transport.Local{NodeID: "alice", Cluster: "example"})
	fmt.Println(err)
	// Output:
	// udp: encryption is not available in this build: set insecure: true (Config.Insecure) to send and receive plaintext on a network that you trust, or use the QUIC transport
}
