package membership

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"
)

// Config is what a coordinator is made of. ID, Cluster and Endpoints must be
// given; every other field has a default that its zero value stands for.
type Config struct {
	// ID is the node's name: 1 to 64 bytes of UTF-8, stable across restarts.
	ID string
	// Cluster is the name of the cluster: 1 to 64 bytes. It seeds the hashes.
	Cluster string
	// Endpoints are where the node listens, as others reach it; 1 to 8, the
	// preferred one first. Their networks are those that the node sends by.
	Endpoints []Endpoint
	// Zone names where the node runs; at most 64 bytes.
	Zone string
	// Observer makes the node one that is no member: it sees what the members
	// see, and is in nobody's view. Its ID must be of its own all the same.
	Observer bool
	// WireMin and WireMax are the wire versions that the node understands,
	// both included; 1 and WireMin by default.
	WireMin, WireMax uint8
	// Seed of the node's randomness. Equal seeds and inputs, equal outputs. A
	// deployment draws it from a cryptographic source: tokens and sequence
	// numbers are as hard to guess as the seed.
	Seed [2]uint64
	// MinCounter is the counter of the last generation that was persisted; 0
	// if none was. At most 2³¹−1.
	MinCounter uint32

	// Period is how often one member is probed; default 1 s, 10 ms to 1 min.
	Period time.Duration
	// GossipInterval is how often rumours are sent and events derived; default
	// a fifth of the period, 1 ms to the period.
	GossipInterval time.Duration
	// TopologyInterval is the time over which changes coalesce into one
	// TopologyUpdated; default the gossip interval, 1 ms to 1 min.
	TopologyInterval time.Duration
	// PauseTolerance is how long a member may be silent before it is declared
	// dead, counted from the first accusation; default 3 periods, 1 to 100
	// periods.
	PauseTolerance time.Duration

	// Detector is the set of rules by which members are found dead; default
	// DetectorWitness.
	Detector Detector
	// SuspicionMultiplier is DetectorLifeguard's: how many periods, times the
	// decimal logarithm of the number of members, a suspicion lasts at least;
	// default 4, 2 to 100. The others go by PauseTolerance.
	SuspicionMultiplier int

	// IndirectProbes is how many helpers probe a member that did not answer;
	// default 3, 1 to 16.
	IndirectProbes int
	// GossipFanout is how many peers get rumours in each gossip interval;
	// default 3, 1 to 16.
	GossipFanout int
	// EagerFanout is how many peers get a change at once; default 4, 1 to 16.
	EagerFanout int
	// AnswerDatagrams is how many envelopes one answer of an anti-entropy
	// exchange may take; default 4, 1 to 64.
	AnswerDatagrams int
	// JoinFanout is how many seeds are asked at once; default 10, 1 to 64.
	JoinFanout int

	// StateBudget is the most that the node's own replicated state may take, in
	// bytes: of keys and values, and state.SlotOverhead for each field or entry;
	// default 4 MiB, 1 KiB to MaxStateBudget.
	StateBudget int
	// TombstoneLife is for how long the node tells that entries of its state were
	// removed. Whoever is away for longer receives the whole state anew; default
	// 1 h, 1 min to 30 days.
	TombstoneLife time.Duration

	// DatagramBudget is the largest encoded envelope to send, in bytes;
	// default 1160, 320 to 65,000.
	DatagramBudget int
	// MaxEnvelopeBytes is the largest encoded envelope that the transport
	// takes; default the datagram budget, and not less than it. Above it,
	// answers with many records go in larger envelopes, of at most 16 KiB.
	MaxEnvelopeBytes int
}

// Errors of the coordinator.
var (
	ErrJoined  = errors.New("membership: already joined")
	ErrStopped = errors.New("membership: stopped")
	// ErrObserver: an observer was asked to say something of itself.
	ErrObserver = errors.New("membership: an observer is no member and says nothing of itself")
)

// Bounds of what a configuration may ask for.
const (
	maxNameBytes  = 64
	maxEndpoints  = 8
	maxSeeds      = 1024
	maxCounter    = 1<<31 - 1
	minBudget     = 320
	maxBudget     = 65_000
	defaultBudget = 1160
)

// Validate tells everything that is wrong with the configuration, each problem
// naming its field; nil if it can be used. Zero values that have a default are
// right.
func (c Config) Validate() error {
	c = c.withDefaults()
	var problems []error
	report := func(field, format string, args ...any) {
		problems = append(problems, fmt.Errorf("membership: Config.%s: "+format, append([]any{field}, args...)...))
	}
	name := func(field, value string, least int) {
		if len(value) < least || len(value) > maxNameBytes || !utf8.ValidString(value) {
			report(field, "%q must be %d to %d bytes of UTF-8", value, least, maxNameBytes)
		}
	}
	span := func(field string, value, least, most time.Duration) {
		if value < least || value > most {
			report(field, "%v must lie between %v and %v", value, least, most)
		}
	}
	count := func(field string, value, least, most int) {
		if value < least || value > most {
			report(field, "%d must lie between %d and %d", value, least, most)
		}
	}
	name("ID", c.ID, 1)
	name("Cluster", c.Cluster, 1)
	name("Zone", c.Zone, 0)
	count("Endpoints", len(c.Endpoints), 1, maxEndpoints)
	for i, endpoint := range c.Endpoints {
		if problem := endpointProblem(endpoint); problem != "" {
			report(fmt.Sprintf("Endpoints[%d]", i), "%s", problem)
		}
	}
	if c.WireMin > c.WireMax {
		report("WireMax", "%d must not be less than WireMin, %d", c.WireMax, c.WireMin)
	}
	if c.MinCounter > maxCounter {
		report("MinCounter", "%d must be at most %d", c.MinCounter, maxCounter)
	}
	span("Period", c.Period, 10*time.Millisecond, time.Minute)
	span("GossipInterval", c.GossipInterval, time.Millisecond, c.Period)
	span("TopologyInterval", c.TopologyInterval, time.Millisecond, time.Minute)
	span("PauseTolerance", c.PauseTolerance, c.Period, 100*c.Period)
	if int(c.Detector) >= len(detectorNames) {
		report("Detector", "%d is none", c.Detector)
	}
	count("SuspicionMultiplier", c.SuspicionMultiplier, 2, 100)
	count("IndirectProbes", c.IndirectProbes, 1, 16)
	count("GossipFanout", c.GossipFanout, 1, 16)
	count("EagerFanout", c.EagerFanout, 1, 16)
	count("AnswerDatagrams", c.AnswerDatagrams, 1, 64)
	count("JoinFanout", c.JoinFanout, 1, 64)
	count("StateBudget", c.StateBudget, 1<<10, MaxStateBudget)
	span("TombstoneLife", c.TombstoneLife, time.Minute, 30*24*time.Hour)
	count("DatagramBudget", c.DatagramBudget, minBudget, maxBudget)
	if c.MaxEnvelopeBytes < c.DatagramBudget {
		report("MaxEnvelopeBytes", "%d must not be less than DatagramBudget, %d", c.MaxEnvelopeBytes, c.DatagramBudget)
	}
	return errors.Join(problems...)
}

// endpointProblem says what keeps others from reaching the endpoint.
func endpointProblem(endpoint Endpoint) string {
	switch address := endpoint.Address.Addr(); {
	case endpoint.Network == "" || len(endpoint.Network) > maxNameBytes:
		return "needs the transport's word, such as \"udp\", as Network"
	case len(endpoint.Scope) > maxNameBytes:
		return fmt.Sprintf("Scope may have %d bytes", maxNameBytes)
	case !endpoint.Address.IsValid():
		return "needs an address"
	case address.IsUnspecified() || address.IsMulticast():
		return fmt.Sprintf("%v is no address at which others reach this node; give the one to advertise", address)
	case address.Is4In6():
		return fmt.Sprintf("%v is an IPv4 address in IPv6 form; use Unmap", address)
	case address.Zone() != "":
		return fmt.Sprintf("%v has a zone, which means nothing on other machines", address)
	case endpoint.Address.Port() == 0:
		return "needs the port on which the transport listens"
	}
	return ""
}

// withDefaults returns the configuration with its zero values filled.
func (c Config) withDefaults() Config {
	c.Endpoints = append([]Endpoint(nil), c.Endpoints...)
	c.WireMin = or(c.WireMin, 1)
	c.WireMax = or(c.WireMax, c.WireMin)
	c.Period = or(c.Period, time.Second)
	c.GossipInterval = or(c.GossipInterval, c.Period/5)
	c.TopologyInterval = or(c.TopologyInterval, c.GossipInterval)
	c.PauseTolerance = or(c.PauseTolerance, 3*c.Period)
	c.SuspicionMultiplier = or(c.SuspicionMultiplier, 4)
	c.IndirectProbes = or(c.IndirectProbes, 3)
	c.GossipFanout = or(c.GossipFanout, 3)
	c.EagerFanout = or(c.EagerFanout, 4)
	c.AnswerDatagrams = or(c.AnswerDatagrams, 4)
	c.JoinFanout = or(c.JoinFanout, 10)
	c.StateBudget = or(c.StateBudget, 4<<20)
	c.TombstoneLife = or(c.TombstoneLife, time.Hour)
	c.DatagramBudget = or(c.DatagramBudget, defaultBudget)
	c.MaxEnvelopeBytes = or(c.MaxEnvelopeBytes, c.DatagramBudget)
	return c
}

// tolerancePeriods is the pause tolerance in whole periods.
func (c *Config) tolerancePeriods() int {
	return int((c.PauseTolerance + c.Period - 1) / c.Period)
}

// or returns value, or fallback if value is zero.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// networkIndex returns the place of a network in the node's order of preference,
// below 0 if the node is not on it.
func (c *Config) networkIndex(network string) int {
	return slices.IndexFunc(c.Endpoints, func(e Endpoint) bool { return e.Network == network })
}

// ownAddress tells whether an address is one of the node's own.
func (c *Config) ownAddress(address netip.AddrPort) bool {
	for i := range c.Endpoints {
		if c.Endpoints[i].Address == address {
			return true
		}
	}
	return false
}
