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
	return within(table.LiveCount(), table.Len(), n.Coordinator().Stats())
}

// within holds a node's sizes against the number of live members.
func within(live, entries int, stats membership.Stats) error {
	if most := live + 2*2*4*max(64, 2*live); entries > most {
		return fmt.Errorf("%d entries for %d live members, more than %d", entries, live, most)
	}
	// A record and its accusations are rumours of their own.
	if most := entries * (1 + membership.MaxAccusers); stats.Rumours > most {
		return fmt.Errorf("%d rumours wait for %d entries, more than %d", stats.Rumours, entries, most)
	}
	if stats.OutboundDropped > 0 {
		return fmt.Errorf("%d envelopes were dropped although all are taken after each step", stats.OutboundDropped)
	}
	return nil
}
