package check

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/transport"
)

// delivered: once an envelope was handled, the table holds all that its records
// said. With records that only rise this says that an envelope applied twice is
// applied once.
type delivered struct {
	pending map[*sim.Node][]*hearsayv1.NodeRecord
	owners  texts
}

func newDelivered() *delivered {
	return &delivered{pending: make(map[*sim.Node][]*hearsayv1.NodeRecord), owners: make(texts)}
}

// Name is sim.Checker's.
func (*delivered) Name() string { return "what is delivered is held" }

// Received keeps the records until the step is over.
func (d *delivered) Received(c *sim.Cluster, n *sim.Node, in transport.Inbound) error {
	if in.Envelope == nil || in.Envelope.Delta == nil {
		return nil
	}
	for _, other := range c.Nodes() {
		if in.Envelope.Sender == other.Key() && n.KeepsOut(other, 0) {
			return nil // it is not read
		}
	}
	for i := range in.Envelope.Delta.Records {
		d.pending[n] = append(d.pending[n], in.Envelope.Delta.Records[i].Clone())
	}
	return nil
}

// Node looks the records up.
func (d *delivered) Node(_ *sim.Cluster, n *sim.Node) error {
	records := d.pending[n]
	d.pending[n] = records[:0]
	if n.Coordinator().Stopped() {
		return nil
	}
	table := n.Coordinator().Table()
	for _, r := range records {
		e := table.LookupID(r.ID)
		switch {
		case r.ID == n.ID():
			continue // a node answers for itself: see Own
		case e == nil:
			if uint64(table.KnownGeneration(r.ID)) < r.Generation {
				return fmt.Errorf("a record of %s, %v, was delivered and is unknown", r.ID, placeOfRecord(r))
			}
		case !placeOf(e, d.owners).holds(placeOfRecord(r)):
			return fmt.Errorf("a record of %s, %v, was delivered, and the table holds %v", r.ID, placeOfRecord(r), placeOf(e, d.owners))
		}
	}
	return nil
}

// Started drops what an earlier life had not handled.
func (d *delivered) Started(_ *sim.Cluster, n *sim.Node) error {
	delete(d.pending, n)
	return nil
}
