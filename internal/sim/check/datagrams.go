package check

import (
	"bytes"
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/transport"
)

// datagrams: whatever is sent fits a datagram, decodes to itself, and has a
// header that tells the truth.
type datagrams struct {
	// decoded and again are used for each datagram anew.
	decoded hearsayv1.Envelope
	again   []byte
}

// Name is sim.Checker's.
func (*datagrams) Name() string { return "datagrams" }

// Node has nothing to look at.
func (*datagrams) Node(*sim.Cluster, *sim.Node) error { return nil }

// Sent looks at a datagram.
func (d *datagrams) Sent(c *sim.Cluster, n *sim.Node, out transport.Outbound, encoded []byte) error {
	e := out.Envelope
	// Answers in bulk may take what the transport takes; the rest is datagrams.
	bulk := c.Options().Streams && e.Ack != 0 && (e.Delta != nil || e.Tags != nil || e.Want != nil || len(e.State) > 0)
	if budget := c.Options().DatagramBudget; len(encoded) > budget && !bulk {
		return fmt.Errorf("a datagram of %d bytes is over the budget of %d: %s", len(encoded), budget, sim.Describe(e))
	}
	if err := d.decoded.Unmarshal(encoded); err != nil {
		return fmt.Errorf("a datagram does not decode: %w", err)
	}
	if d.again = d.decoded.AppendTo(d.again[:0]); !bytes.Equal(d.again, encoded) {
		return fmt.Errorf("a datagram decodes to another:\n%x\n%x", encoded, d.again)
	}
	switch {
	case e.Sender != n.Key():
		return fmt.Errorf("a datagram names the sender %x", e.Sender)
	case e.Probe != 0 && e.Sequence == 0:
		return fmt.Errorf("a probe has no sequence")
	case e.Sum != nil && (e.Delta != nil || e.Tags != nil || e.Want != nil || len(e.Accusations) > 0):
		return fmt.Errorf("a Sum does not travel alone")
	}
	return nil
}
