package check

import (
	"bytes"
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Datagrams: whatever is sent fits a datagram, decodes to itself, and has a
// header that tells the truth.
type Datagrams struct{}

// Name is sim.Checker's.
func (Datagrams) Name() string { return "datagrams" }

// Node has nothing to look at.
func (Datagrams) Node(*sim.Cluster, *sim.Node) error { return nil }

// Sent looks at a datagram.
func (Datagrams) Sent(c *sim.Cluster, n *sim.Node, out transport.Outbound, encoded []byte) error {
	e := out.Envelope
	// Answers in bulk may take what the transport takes; the rest is datagrams.
	bulk := c.Options().Streams && e.Ack != 0 && (e.Delta != nil || e.Tags != nil || e.Want != nil)
	if budget := c.Options().DatagramBudget; len(encoded) > budget && !bulk {
		return fmt.Errorf("a datagram of %d bytes is over the budget of %d: %s", len(encoded), budget, sim.Describe(e))
	}
	var decoded hearsayv1.Envelope
	if err := decoded.Unmarshal(encoded); err != nil {
		return fmt.Errorf("a datagram does not decode: %w", err)
	}
	if again := decoded.AppendTo(nil); !bytes.Equal(again, encoded) {
		return fmt.Errorf("a datagram decodes to another:\n%x\n%x", encoded, again)
	}
	switch {
	case e.Sender != wire.Key(n.ID()):
		return fmt.Errorf("a datagram names the sender %x", e.Sender)
	case e.Probe != 0 && e.Sequence == 0:
		return fmt.Errorf("a probe has no sequence")
	case e.Sum != nil && (e.Delta != nil || e.Tags != nil || e.Want != nil || len(e.Accusations) > 0):
		return fmt.Errorf("a Sum does not travel alone")
	}
	return nil
}
