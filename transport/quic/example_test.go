package quic_test

import (
	"fmt"
	"log"
	"net/netip"
	"os"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Two nodes with certificates of one development authority talk to each other.
func Example() {
	dir, err := os.MkdirTemp("", "certs-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	// What "hearsay cert ca" and "hearsay cert node" do.
	ca, err := devca.New("prod", devca.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := ca.Write(dir, false); err != nil {
		log.Fatal(err)
	}
	open := func(id string) transport.Transport {
		node, err := ca.Issue(id, devca.Options{})
		if err != nil {
			log.Fatal(err)
		}
		if err := node.Write(dir, false); err != nil {
			log.Fatal(err)
		}
		opened, err := quic.Config{
			Listen:   netip.MustParseAddrPort("127.0.0.1:0"),
			CertFile: node.CertFile(dir),
			KeyFile:  node.KeyFile(dir),
			CAFile:   ca.Pair.CertFile(dir),
		}.Open(transport.Local{NodeID: id, Cluster: "prod"})
		if err != nil {
			log.Fatal(err)
		}
		return opened
	}
	a, b := open("node-a"), open("node-b")
	defer a.Close()
	defer b.Close()

	err = a.Send(transport.Outbound{
		Target:   b.Info().Local,
		Expect:   "node-b",
		Envelope: &hearsayv1.Envelope{Sender: wire.Key("node-a"), Sequence: 7},
	})
	if err != nil {
		log.Fatal(err)
	}
	<-b.Ready()
	var batch [16]transport.Inbound
	n, err := b.Poll(batch[:])
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range batch[:n] {
		fmt.Printf("%s over %s: sequence %d\n", in.Identity, in.Network, in.Envelope.Sequence)
	}
	// Output:
	// node-a over quic: sequence 7
}

// Validate names every problem at once.
func ExampleConfig_Validate() {
	config := quic.Config{
		Listen:     netip.MustParseAddrPort("0.0.0.0:7946"),
		CertFile:   "certs/node-1.pem",
		KeyFile:    "certs/node-1.key",
		QueueBytes: 100,
	}
	fmt.Println(config.Validate())
	// Output:
	// CAFile is missing: give a PEM file; "hearsay cert" makes some for development
	// QueueBytes = 100: give 1160 to 1073741824
}
