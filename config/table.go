package config

import (
	"net/netip"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/gossiper"
)

// table returns every setting, in the order of the documentation. It drives
// reading, validation, the documentation and the tests of the bounds.
func table() []setting {
	return slices.Concat(nodeSettings(), stateSettings(), protocolSettings(), udpSettings(), quicSettings(), memorySettings())
}

// nodeSettings say who the node is and how it finds the others.
func nodeSettings() []setting {
	return []setting{
		text("cluster", 1, 64, func(s *Settings) *string { return &s.Node.Cluster },
			"The name of the cluster. Whatever comes from another one is dropped before it is read.").must(),
		text("node", 1, 64, func(s *Settings) *string { return &s.Node.NodeID },
			"The node's id: unique in the cluster, the same after a restart.").must(),
		text("zone", 0, 64, func(s *Settings) *string { return &s.Node.Zone },
			"Where the node runs; others see it.").or("none"),
		boolean("observer", false, func(s *Settings) *bool { return &s.Node.Observer },
			"The node is no member: it sees what the members see, and nobody sees it. It needs seeds."),
		word("transport", transports, func(s *Settings) *string { return &s.Transport },
			"How gossip travels. The section of the same name configures it; the others are checked and not used.").must(),
		words("also", listening, func(s *Settings) *[]string { return &s.Also },
			"Transports by which the node listens besides, and reaches those who do not listen by `transport`: while the cluster moves from one to the other (docs/moving.md). Their sections configure them."),
		texts("seeds", "list of host:port", seedProblem, func(s *Settings) *[]string { return &s.Node.Seeds },
			"Where to find the cluster: addresses, or names that are resolved again and again for the life of the node. None given, or only the node's own: it starts a cluster."),
		path("seeds_file", func(s *Settings) *string { return &s.SeedsFile },
			"A file of more seeds, one per line, read again and again; replace it by renaming a new one.").or("none"),
		span("seed_interval", hearsay.MinSeedInterval, hearsay.MaxSeedInterval, hearsay.DefaultSeedInterval,
			func(s *Settings) *time.Duration { return &s.Node.SeedInterval },
			"How often names and the file are resolved again, give or take a half of it."),
		address("advertise", true, func(s *Settings) *netip.AddrPort { return &s.Node.Advertise },
			"The address at which others reach this node, where it differs from the one that is bound; port 0 stands for the bound port.").or("the bound one; else that of the route to a seed; else what a seed sees"),
		path("state_file", func(s *Settings) *string { return &s.Node.StateFile },
			"Where the node counts its lives, so that a restart is known for newer even if nobody remembers it. `{node}` stands for the node's id.").or("none: the others remember"),
	}
}

// stateSettings are what the node says of itself, and what its state may cost.
func stateSettings() []setting {
	return []setting{
		texts("roles", "list of text", anyText, func(s *Settings) *[]string { return &s.Node.Roles },
			"What the node is there for, for the others to read. The application may change it."),
		pairs("labels", func(s *Settings) *map[string]string { return &s.Node.Labels },
			"Any further words, by their names, for the others to read. The application may change them."),
		text("app_version", 0, 256, func(s *Settings) *string { return &s.Node.AppVersion },
			"The version of the application, for the others to read.").or("none"),
		size("state_budget", 1<<10, 32<<20, 4<<20, func(s *Settings) *int { return &s.Node.StateBudget },
			"The most that the node's own replicated state may take, roles and labels included."),
		span("tombstone_life", time.Minute, 30*24*time.Hour, time.Hour, func(s *Settings) *time.Duration { return &s.Node.TombstoneLife },
			"How long the node remembers what it has removed from its state. Whoever was away for longer gets that state anew."),
	}
}

// protocolSettings are the times and counts of the protocol. Their defaults
// suit clusters of any size.
func protocolSettings() []setting {
	return []setting{
		span("tick_interval", gossiper.MinTickInterval, gossiper.MaxTickInterval, gossiper.DefaultTickInterval,
			func(s *Settings) *time.Duration { return &s.Node.TickInterval },
			"The longest time between two steps of the node; what arrives is handled at once."),
		span("period", 10*time.Millisecond, time.Minute, time.Second,
			func(s *Settings) *time.Duration { return &s.Node.Period },
			"How often the node probes one member."),
		span("gossip_interval", time.Millisecond, time.Minute, 0,
			func(s *Settings) *time.Duration { return &s.Node.GossipInterval },
			"How often rumours are sent and events told; at most `period`.").or("a fifth of `period`"),
		span("topology_interval", time.Millisecond, time.Minute, 0,
			func(s *Settings) *time.Duration { return &s.Node.TopologyInterval },
			"The time over which changes coalesce into one topology update.").or("`gossip_interval`"),
		span("pause_tolerance", 10*time.Millisecond, 100*time.Minute, 0,
			func(s *Settings) *time.Duration { return &s.Node.PauseTolerance },
			"How long a member may be silent, from the first accusation, before it is declared dead; 1 to 100 times `period`.").or("3 times `period`"),
	}
}
