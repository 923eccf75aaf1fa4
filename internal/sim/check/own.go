package check

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Own: a node's own record is its own. No verdict stands in it but its own
// leave, no accusation stands against it once it knows, and its status says
// what it does.
type Own struct{}

// Name is sim.Checker's.
func (Own) Name() string { return "own record" }

// Node looks at the node's own entry.
func (Own) Node(_ *sim.Cluster, n *sim.Node) error {
	self := n.Coordinator().Table().Self()
	if self == nil || self.Verdict() == hearsayv1.VerdictRemoved && n.Coordinator().Stopped() {
		return nil
	}
	return ownRecord(self, n.ID(), n.Generation())
}

// ownRecord looks at the record of a node that goes on.
func ownRecord(self *membership.Entry, id string, generation uint64) error {
	switch {
	case self.ID() != id:
		return fmt.Errorf("own record is that of %s", self.ID())
	case uint64(self.Generation()) != generation:
		return fmt.Errorf("own record has generation %x, the node %x", uint64(self.Generation()), generation)
	case self.Verdict() == hearsayv1.VerdictDead:
		return fmt.Errorf("own record says Dead at incarnation %d, which the node must refute", self.Incarnation())
	case self.Accused():
		return fmt.Errorf("own record stands accused at incarnation %d, which the node must refute", self.Incarnation())
	}
	return nil
}
