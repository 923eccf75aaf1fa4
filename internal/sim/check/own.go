package check

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
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
	if self == nil {
		return nil
	}
	switch {
	case self.ID() != n.ID():
		return fmt.Errorf("own record is that of %s", self.ID())
	case uint64(self.Generation()) != n.Coordinator().Generation():
		return fmt.Errorf("own record has generation %x, the node %x", uint64(self.Generation()), n.Coordinator().Generation())
	case self.Verdict() == hearsayv1.VerdictRemoved && n.Coordinator().Stopped():
		return nil
	case self.Verdict() == hearsayv1.VerdictDead:
		return fmt.Errorf("own record says Dead at incarnation %d, which the node must refute", self.Incarnation())
	case self.Accused():
		return fmt.Errorf("own record stands accused at incarnation %d, which the node must refute", self.Incarnation())
	}
	return nil
}
