package hearsay

import (
	"github.com/hearsay-gossip/hearsay/eventstream"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Stats counts what a node did, by its parts. There is no metrics framework in
// it: package status serves all of it as text for Prometheus, or export what you
// need with the framework that you use.
type Stats struct {
	// Gossiper counts what the node's loop did, Membership what the protocol did,
	// and Transport what was sent, received and dropped.
	Gossiper   gossiper.Stats
	Membership membership.Stats
	Transport  transport.Stats
	// Networks are the parts of Transport, by network.
	Networks map[string]transport.Stats
	// Events counts what was told to those who range over Events, and missed.
	Events eventstream.Stats
}

// Stats returns the node's counters. It waits for nothing, and answers after the
// node's end.
func (n *Node) Stats() Stats {
	n.mu.Lock()
	protocol := n.stats
	n.mu.Unlock()
	described := n.transport.Info()
	stats := Stats{
		Gossiper:   n.gossiper.Stats(),
		Membership: protocol,
		Transport:  described.Stats,
		Networks:   make(map[string]transport.Stats, len(described.Networks)),
		Events:     n.events.Stats(),
	}
	for network, part := range described.ByNetwork() {
		stats.Networks[network] = part.Stats
	}
	return stats
}
