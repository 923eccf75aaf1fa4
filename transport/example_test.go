package transport_test

import (
	"errors"
	"fmt"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/wire"
)

// An inbox is what a transport of one's own delivers to.
func ExampleInbox() {
	inbox, err := transport.NewInbox(transport.InboxConfig{MaxEnvelopeBytes: 1400})
	if err != nil {
		fmt.Println(err)
		return
	}
	payload := (&hearsayv1.Envelope{Sender: wire.Key("alice"), Sequence: 7}).AppendTo(nil)
	from := transport.Inbound{Source: netip.MustParseAddrPort("192.0.2.1:7946"), Network: "mine", Version: 1}

	fmt.Println("delivered:", inbox.Deliver(from, payload))
	fmt.Println("delivered:", inbox.Deliver(from, []byte("garbage")))

	<-inbox.Ready()
	batch := make([]transport.Inbound, 16)
	n, err := inbox.Poll(batch)
	fmt.Println("polled:", n, err)
	fmt.Println("sequence:", batch[0].Envelope.Sequence)
	fmt.Println("malformed:", inbox.Stats().Dropped[transport.DropMalformed])
	// Output:
	// delivered: true
	// delivered: false
	// polled: 1 <nil>
	// sequence: 7
	// malformed: 1
}

func ExampleFilter() {
	filter := transport.Filter{
		Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Deny:  []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")},
	}
	for _, addr := range []string{"10.1.2.3", "10.9.2.3", "192.0.2.1"} {
		fmt.Println(addr, filter.Permits(netip.MustParseAddr(addr)))
	}
	// Output:
	// 10.1.2.3 true
	// 10.9.2.3 false
	// 192.0.2.1 false
}

// Errors of Send are tested for with errors.Is, and say which target they are
// about.
func ExampleSendError() {
	network, _ := memory.NewNetwork(memory.NetworkConfig{})
	node, _ := memory.Config{Network: network}.Open(transport.Local{NodeID: "alice", Cluster: "example"})
	defer node.Close()

	err := node.Send(transport.Outbound{
		Target:   netip.MustParseAddrPort("0.0.0.0:7946"),
		Envelope: new(hearsayv1.Envelope),
	})
	fmt.Println(errors.Is(err, transport.ErrInvalidTarget))
	if failed, ok := errors.AsType[*transport.SendError](err); ok {
		fmt.Println(failed.Target)
	}
	// Output:
	// true
	// 0.0.0.0:7946
}
