package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Bounds: what a node keeps is bounded by the number of members.
type Bounds struct{}

// Name is sim.Checker's.
func (Bounds) Name() string { return "bounds" }

// Node looks at how much the node keeps.
func (Bounds) Node(c *sim.Cluster, n *sim.Node) error {
	table := n.Coordinator().Table()
	live := table.LiveCount()
	if most := live + 2*2*4*max(64, 2*live); table.Len() > most {
		return fmt.Errorf("%d entries for %d live members, more than %d", table.Len(), live, most)
	}
	stats := n.Coordinator().Stats()
	// A record and its accusations are rumours of their own.
	if most := table.Len() * (1 + membership.MaxAccusers); stats.Rumours > most {
		return fmt.Errorf("%d rumours wait for %d entries, more than %d", stats.Rumours, table.Len(), most)
	}
	if stats.OutboundDropped > 0 {
		return fmt.Errorf("%d envelopes were dropped although all are taken after each step", stats.OutboundDropped)
	}
	return nil
}
