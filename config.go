package hearsay

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/hearsay-gossip/hearsay/discovery"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/multi"
)

// Range and default of Config.SeedInterval.
const (
	MinSeedInterval     = time.Second
	DefaultSeedInterval = 30 * time.Second
	MaxSeedInterval     = time.Hour
)

// Config is what a node is made of. NodeID, Cluster and Transport must be
// given; every other field has a default that its zero value stands for. Start
// copies it.
type Config struct {
	// NodeID is the node's name: 1 to 64 bytes of UTF-8, of its own in the
	// cluster, and the same after a restart.
	NodeID string
	// Cluster is the name of the cluster: 1 to 64 bytes of UTF-8. Nodes of
	// other clusters are not heard.
	Cluster string
	// Transport carries the gossip: a udp.Config, quic.Config or memory.Config.
	Transport transport.Opener
	// Also are transports that the node listens by besides, and sends by to those
	// who do not listen by Transport: while a cluster moves from one to the other,
	// and no longer, since the node is then as safe as the weakest of them. Each
	// is of another kind.
	Also []transport.Opener

	// Seeds are nodes that are asked for a way into the cluster, "host:port":
	// one that runs is enough, more are better. Names are resolved to all of
	// their addresses, again and again for the life of the node. The node itself
	// may be among them: one list serves all. With Also, an address may be that of
	// any of the node's networks: each is tried in turn. Without Seeds and Resolver
	// the node starts a cluster of its own.
	Seeds []string
	// Resolver finds more such nodes, in its own way; nil is none.
	Resolver discovery.Resolver
	// SeedInterval is how often names and the Resolver are asked again, give or
	// take a half of it: 1 s to 1 h, 30 s by default. What failed is tried again
	// earlier.
	SeedInterval time.Duration

	// Advertise is the address at which others reach this node. By default, in
	// this order: the address that the transport is bound to; if it is bound to
	// all addresses, the one from which this host reaches a seed; and without a
	// route to one, that of a network interface, until a seed tells which
	// address it sees. With port 0 the port is the bound one: set what differs.
	// The port is that of Transport; those of Also have the ports that they are
	// bound to.
	Advertise netip.AddrPort
	// AdvertiseBy says the same by network, such as "udp" or "quic", and outranks
	// Advertise there. Start fails if it names one by which the node does not
	// listen.
	AdvertiseBy map[string]netip.AddrPort
	// Zone names where the node runs, such as a data centre; at most 64 bytes.
	Zone string
	// Observer makes the node one that is no member: it sees what the members see,
	// a period or two later, is in no view, not even its own, and has no state of
	// its own. It is for dashboards, proxies and command-line tools. It needs
	// Seeds or a Resolver, and a NodeID of its own like a member.
	Observer bool

	// Roles, Labels and AppVersion are what the node says of its application from
	// the start; Node.Metadata changes them and shows those of the others.
	Roles      []string
	Labels     map[string]string
	AppVersion string
	// StateBudget is the most that the node's own replicated state may take, in
	// bytes, all types together: of keys and values, and state.SlotOverhead for each
	// field or entry; 1 KiB to 32 MiB, 4 MiB by default. A setter that would break it
	// returns an error.
	StateBudget int
	// TombstoneLife is for how long the node remembers what it has removed from
	// its own state: 1 min to 30 days, by default 1 h. Whoever was away for longer
	// gets that state anew, and not what has changed.
	TombstoneLife time.Duration

	// Logger gets one line, at INFO or above, for each member that changes its
	// status or its health, and for what an operator should look at; nothing
	// while nothing changes. nil is silent.
	Logger *slog.Logger

	// TickInterval is the longest time between two looks at the clock, 10 ms to
	// 10 s, 1 s by default; what is due earlier is done earlier.
	TickInterval time.Duration
	// Period is how often the node probes one of the others: 10 ms to 1 min, 1 s
	// by default. It is the pace of failure detection.
	Period time.Duration
	// GossipInterval is how often news is passed on, and events are made: 1 ms to
	// Period, by default a fifth of Period.
	GossipInterval time.Duration
	// TopologyInterval is the time over which changes become one
	// TopologyUpdated: 1 ms to 1 min, by default GossipInterval.
	TopologyInterval time.Duration
	// PauseTolerance is how long a member may be silent before it counts as
	// dead: 1 to 100 periods, by default 3.
	PauseTolerance time.Duration

	// StateFile names a file in which the node keeps the count of its lives, so
	// that the cluster knows a restarted node for newer even if nobody else
	// remembers. It is made when missing, and must be the node's own. Empty is
	// none: the other nodes remember.
	StateFile string
	// MinCounter is the counter of an earlier life, from Node.Generation, for
	// those who keep it somewhere else than in a StateFile; at most 2³¹−1.
	MinCounter uint32
	// Seed makes the node's random choices repeatable, for tests. Zero, as it
	// should be elsewhere, draws from the system's source: tokens that protect
	// the cluster against forged addresses are as hard to guess as the seed.
	Seed [2]uint64
}

// Validate returns all that is wrong with the configuration, joined, each
// problem naming its field and saying what to do; nil if there is nothing. It
// changes nothing and touches neither files nor the network.
func (c Config) Validate() error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("hearsay: "+format, args...))
	}
	if c.Transport == nil {
		wrong("Transport is missing: give a udp.Config, a quic.Config or a memory.Config")
	}
	if slices.Contains(c.Also, nil) {
		wrong("Also has an entry that is nil: give transports' configurations, or none")
	}
	if _, err := discovery.Seeds(c.Seeds...); err != nil {
		wrong("Seeds: %w", err)
	}
	if d := c.SeedInterval; d != 0 && (d < MinSeedInterval || d > MaxSeedInterval) {
		wrong("SeedInterval is %v: set it from %v to %v, or to 0 for %v", d, MinSeedInterval, MaxSeedInterval, DefaultSeedInterval)
	}
	if d := c.TickInterval; d != 0 && (d < gossiper.MinTickInterval || d > gossiper.MaxTickInterval) {
		wrong("TickInterval is %v: set it from %v to %v, or to 0 for %v",
			d, gossiper.MinTickInterval, gossiper.MaxTickInterval, gossiper.DefaultTickInterval)
	}
	advertised := func(field string, a netip.AddrPort) {
		if !isAdvertisable(a) {
			wrong("%s is %v: give the address of this node as others see it, with its port or with 0 for the bound one", field, a)
		}
	}
	if c.Advertise != (netip.AddrPort{}) {
		advertised("Advertise", c.Advertise)
	}
	for _, network := range slices.Sorted(maps.Keys(c.AdvertiseBy)) {
		advertised(fmt.Sprintf("AdvertiseBy[%q]", network), c.AdvertiseBy[network])
	}
	if c.Observer && (len(c.Roles) > 0 || len(c.Labels) > 0 || c.AppVersion != "") {
		wrong("Observer is set, and Roles, Labels or AppVersion: nobody sees an observer; leave them empty")
	}
	if c.Observer && len(c.Seeds) == 0 && c.Resolver == nil {
		wrong("Observer is set: give Seeds or a Resolver, for there is nobody to observe without")
	}
	name := func(field, value string, least int) {
		if len(value) < least || len(value) > transport.MaxNameBytes || !utf8.ValidString(value) {
			wrong("%s is %q: give %d to %d bytes of UTF-8", field, value, least, transport.MaxNameBytes)
		}
	}
	name("NodeID", c.NodeID, 1)
	name("Cluster", c.Cluster, 1)
	name("Zone", c.Zone, 0)
	r, err := c.metadata()
	for _, err := range unjoin(err) {
		wrong("%w", err)
	}
	if budget := c.StateBudget; budget > 0 && r.Bytes() > budget {
		wrong("StateBudget is %d: Roles, Labels and AppVersion alone take %d", budget, r.Bytes())
	}
	// The rest is the protocol's to judge. What was judged here, and the address
	// that is known only when the transport is open, is stood in for.
	c.NodeID, c.Cluster, c.Zone = "id", "cluster", ""
	cfg := c.coordinator(transport.Info{}, []listener{{network: "any", address: netip.MustParseAddrPort("192.0.2.1:1")}})
	for _, err := range unjoin(cfg.Validate()) {
		wrong("%w", err)
	}
	return errors.Join(problems...)
}

// unjoin returns the errors that errors.Join has joined.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// isAdvertisable tells whether a can be told to others.
func isAdvertisable(a netip.AddrPort) bool {
	ip := a.Addr()
	return ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast() && ip.Zone() == ""
}

// withDefaults returns c with those defaults filled that are the root's own.
func (c Config) withDefaults() Config {
	c.Seeds, c.Also = slices.Clone(c.Seeds), slices.Clone(c.Also)
	c.AdvertiseBy = maps.Clone(c.AdvertiseBy)
	if c.SeedInterval == 0 {
		c.SeedInterval = DefaultSeedInterval
	}
	if c.TickInterval == 0 {
		c.TickInterval = gossiper.DefaultTickInterval
	}
	return c
}

// opener returns what opens all transports of the node as one.
func (c Config) opener() transport.Opener {
	if len(c.Also) == 0 {
		return c.Transport
	}
	return multi.Config{Transports: slices.Concat([]transport.Opener{c.Transport}, c.Also)}
}

// coordinator returns the protocol's part of the configuration, for a node that
// has a transport and these listeners.
func (c Config) coordinator(info transport.Info, listeners []listener) membership.Config {
	return membership.Config{
		ID:               c.NodeID,
		Cluster:          c.Cluster,
		Endpoints:        endpoints(listeners),
		Zone:             c.Zone,
		Observer:         c.Observer,
		WireMin:          transport.MinWireVersion,
		WireMax:          transport.MaxWireVersion,
		Seed:             c.Seed,
		MinCounter:       c.MinCounter,
		Period:           c.Period,
		GossipInterval:   c.GossipInterval,
		TopologyInterval: c.TopologyInterval,
		PauseTolerance:   c.PauseTolerance,
		StateBudget:      c.StateBudget,
		TombstoneLife:    c.TombstoneLife,
		DatagramBudget:   info.DatagramBudget,
		MaxEnvelopeBytes: info.MaxEnvelopeBytes,
	}
}
