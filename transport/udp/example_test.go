package udp_test

import (
	"errors"
	"fmt"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
	"github.com/hearsay-gossip/hearsay/wire"
)

func Example() {
	keys, err := udp.NewKeyring(udp.NewKey()) // of one process: real ones share a file
	if err != nil {
		fmt.Println(err)
		return
	}
	config := udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Keys: keys}
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

func ExampleConfig_Open_withoutKey() {
	_, err := udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")}.
		Open(transport.Local{NodeID: "alice", Cluster: "example"})
	fmt.Println(err)
	// Output:
	// udp: KeyFile is not set: no key: give the file of the cluster's keys, which "hearsay keygen -file FILE" makes, or say insecure: true (Config.Insecure) to send and receive plaintext on a network that you trust
}

// A rotation of keys: each step is taken on every node before the next.
func ExampleKeyring() {
	older, newer := udp.NewKey(), udp.NewKey()
	keys, err := udp.NewKeyring(older)
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := keys.Add(newer)
	fmt.Println("opens both:", len(keys.IDs()), err)
	fmt.Println("seals with the newer:", keys.Use(id), keys.Primary() == newer.ID())
	fmt.Println("opens the newer only:", keys.Remove(older.ID()), len(keys.IDs()))
	fmt.Println(errors.Is(keys.Remove(id), udp.ErrKeyInUse))
	// Output:
	// opens both: 2 <nil>
	// seals with the newer: <nil> true
	// opens the newer only: <nil> 1
	// true
}
