package hearsay

import (
	"github.com/hearsay-gossip/hearsay/eventstream"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Stats counts what a node did, by its parts. There is no metrics framework in
// it: export what you need with the one that you use.
type Stats struct {
	Gossiper   gossiper.Stats
	Membership membership.Stats
	Transport  transport.Stats
	Events     eventstream.Stats
}

// Stats returns the node's counters. It waits for nothing, and answers after the
// node's end.
func (n *Node) Stats() Stats {
	n.mu.Lock()
	protocol := n.stats
	n.mu.Unlock()
	return Stats{
		Gossiper:   n.gossiper.Stats(),
		Membership: protocol,
		Transport:  n.transport.Info().Stats,
		Events:     n.events.Stats(),
	}
}
