package sim

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Bounds and defaults of Options.
const (
	// MaxNodes bounds Options.Nodes: addresses are of 10.0.0.0/8, and no
	// machine holds more.
	MaxNodes = 100_000
	// EveryEventNodes is the largest cluster that checkers look at after every
	// step unless Options.Checking says otherwise.
	EveryEventNodes = 32
	// DefaultLatency is that of a local network.
	DefaultLatency = time.Millisecond
	// ClusterName is the cluster that every node belongs to.
	ClusterName = "sim"
)

// Detectors are the names of the failure detectors.
var Detectors = []string{
	membership.DetectorWitness.String(), membership.DetectorLifeguard.String(), membership.DetectorSWIM.String(),
}

// Checking says how often checkers look at a node.
type Checking uint8

const (
	// CheckBySize is CheckEveryStep up to EveryEventNodes nodes, and
	// CheckEveryPeriod above.
	CheckBySize Checking = iota
	// CheckEveryStep looks at a node after each of its steps, and at every
	// datagram.
	CheckEveryStep
	// CheckEveryPeriod looks at a node once per period.
	CheckEveryPeriod
	// CheckNever is for measuring speed alone.
	CheckNever
)

// Group is a set of nodes under a name, drawn from those that are in no other.
type Group struct {
	Name string
	// Count is how many; if 0, Share of all nodes, at least one.
	Count int
	Share float64
}

// Options describe a cluster and how it is watched. Equal options give equal
// runs.
type Options struct {
	// Nodes is how many start at the beginning: 1 to MaxNodes. Their ids are
	// n0, n1, … with as many digits as the last needs.
	Nodes int
	// Seed is what everything is drawn from.
	Seed uint64
	// Detector is the failure detector's name; empty is the protocol's own
	// choice.
	Detector string
	// Link is what lies between any two nodes. The zero value is a local
	// network: DefaultLatency and as much again at random.
	Link memory.Link
	// Unreachable makes hosts whose process is gone answer so.
	Unreachable bool
	// Period, GossipInterval and TopologyInterval are those of
	// membership.Config; 0 is its default.
	Period, GossipInterval, TopologyInterval time.Duration
	// PauseTolerance, StateBudget and TombstoneLife are, too.
	PauseTolerance time.Duration
	StateBudget    int
	TombstoneLife  time.Duration
	// DatagramBudget bounds datagrams, in bytes; 0 is the network's default.
	DatagramBudget int
	// Streams makes the transport take envelopes larger than a datagram, as
	// those with streams do; without it DatagramBudget is all.
	Streams bool
	// InboxSlots bounds what waits at a node; 0 is the transport's default.
	InboxSlots int
	// Seeds is how many of the first nodes are everyone's seeds; 0 is one.
	Seeds int
	// StaleSeeds: the seeds of all are the addresses that the first nodes had
	// in the beginning. Otherwise they are looked up again and again.
	StaleSeeds bool
	// StartSpread is the time over which nodes start; 0 is all at once.
	StartSpread time.Duration
	// Converged starts all nodes with the whole table merged.
	Converged bool
	// Newer is the share of nodes that, started converged, say something of
	// themselves that this version of the software has no field for: 0 to 1.
	Newer float64
	// NewerWire makes those nodes understand a wire version that the others do
	// not.
	NewerWire bool
	// Observers is how many nodes, the last ones, are observers: they see the
	// cluster and are no members of it.
	Observers int
	// Outdated is how many members the last node knows in an older version,
	// started converged.
	Outdated int
	// Brink starts nodes converged with every counter of their lives at its
	// end.
	Brink bool
	// CPU, if not 0, is how long it takes to step a node, to handle an envelope
	// and to send one, on the one core that all nodes share.
	CPU time.Duration
	// Dialling makes the transport one with connections.
	Dialling Dialling
	// Prepare is called with each node before any starts; nil is nothing.
	Prepare func(*Node)
	// Service makes what runs on a node beside the protocol, for each of its
	// lives; nil is nothing.
	Service func(*Node) Service
	// Groups are drawn once, from the nodes that start at the beginning. The
	// first seed is in none, unless the groups need it.
	Groups []Group
	// Checking and Checkers: what is checked, and how often. A nil Checkers
	// checks nothing.
	Checking Checking
	Checkers func() []Checker
	// Log receives the event log, and Packets adds a line for each datagram;
	// nil keeps its hash alone.
	Log     io.Writer
	Packets bool
	// Sample is the distance of the samples for a plot; 0 takes none.
	Sample time.Duration
}

// Validate returns everything that is wrong with o, joined.
func (o Options) Validate() error {
	var problems []error
	add := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if o.Nodes < 1 || o.Nodes > MaxNodes {
		add("Nodes = %d: give 1 to %d", o.Nodes, MaxNodes)
	}
	if err := o.Link.Validate(); err != nil {
		add("Link: %w", err)
	}
	if o.Seeds < 0 || o.Seeds > max(o.Nodes, 0) {
		add("Seeds = %d: give 1 to Nodes (%d), or 0 for one", o.Seeds, o.Nodes)
	}
	if o.StartSpread < 0 {
		add("StartSpread = %v: give 0 or more", o.StartSpread)
	}
	if o.Sample < 0 {
		add("Sample = %v: give 0 or more", o.Sample)
	}
	if !(o.Newer >= 0 && o.Newer <= 1) {
		add("Newer = %v: give a share, 0 to 1", o.Newer)
	}
	if o.Outdated < 0 || o.Outdated > 0 && o.Outdated >= o.Nodes {
		add("Outdated = %d: give 0 to Nodes-1 (%d)", o.Outdated, o.Nodes-1)
	}
	if (o.Newer > 0 || o.Brink || o.Outdated > 0) && !o.Converged {
		add("Newer, Outdated and Brink are about clusters that start Converged")
	}
	if o.Observers < 0 || o.Observers > 0 && o.Observers+max(o.Seeds, 1) > o.Nodes {
		add("Observers = %d: give 0 to what Nodes (%d) leave beside the seeds", o.Observers, o.Nodes)
	}
	if o.Observers > 0 && o.Converged {
		add("Observers find their way into a cluster that runs: they cannot start Converged")
	}
	if o.CPU < 0 {
		add("CPU = %v: give 0 or more", o.CPU)
	}
	if o.Checking > CheckNever {
		add("Checking = %d: give CheckBySize, CheckEveryStep, CheckEveryPeriod or CheckNever", o.Checking)
	}
	if _, err := membership.ParseDetector(o.Detector); err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, o.Dialling.validate(), o.validateGroups(), o.validateProtocol())
	return errors.Join(problems...)
}

func (o Options) validateGroups() error {
	var problems []error
	total := 0
	seen := map[string]bool{GroupAll: true, GroupOthers: true}
	for _, g := range o.Groups {
		if g.Name == "" || seen[g.Name] {
			problems = append(problems, fmt.Errorf("Groups: name %q is empty, reserved or used twice: give each group a name of its own", g.Name))
		}
		seen[g.Name] = true
		if g.Count < 0 || !(g.Share >= 0 && g.Share <= 1) || (g.Count == 0) == (g.Share == 0) {
			problems = append(problems, fmt.Errorf("Groups: %q has Count = %d and Share = %v: give either a count or a share of 0 to 1", g.Name, g.Count, g.Share))
			continue
		}
		total += g.size(o.Nodes)
	}
	if total > max(o.Nodes, 0) {
		problems = append(problems, fmt.Errorf("Groups need %d nodes: give fewer, or Nodes of at least that", total))
	}
	return errors.Join(problems...)
}

// size returns how many of n nodes are in the group.
func (g Group) size(n int) int {
	if g.Count > 0 {
		return g.Count
	}
	return max(1, int(math.Round(g.Share*float64(n))))
}

// validateProtocol asks the protocol itself whether its part is right.
func (o Options) validateProtocol() error {
	filled := o.withDefaults()
	cfg := filled.coordinatorConfig()
	cfg.ID = "n"
	cfg.Endpoints = []membership.Endpoint{{Network: memory.NetworkName, Address: address(0, 0)}}
	if _, err := membership.New(cfg); err != nil {
		return fmt.Errorf("protocol: %w", err)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Link == (memory.Link{}) {
		o.Link = memory.Link{Latency: DefaultLatency, Spread: DefaultLatency}
	}
	if o.Period == 0 {
		o.Period = time.Second
	}
	if o.PauseTolerance == 0 {
		o.PauseTolerance = 3 * o.Period
	}
	if o.GossipInterval == 0 {
		o.GossipInterval = o.Period / 5
	}
	if o.DatagramBudget == 0 {
		o.DatagramBudget = memory.DefaultDatagramBudget
	}
	if o.Seeds == 0 {
		o.Seeds = 1
	}
	o.Dialling = o.Dialling.withDefaults()
	if o.Checking == CheckBySize {
		o.Checking = CheckEveryPeriod
		if o.Nodes <= EveryEventNodes {
			o.Checking = CheckEveryStep
		}
	}
	return o
}

// coordinatorConfig is the part of a node's configuration that is the same for
// all nodes.
func (o Options) coordinatorConfig() membership.Config {
	detector, _ := membership.ParseDetector(o.Detector) // Validate has seen it
	return membership.Config{
		Detector:         detector,
		Cluster:          ClusterName,
		WireMin:          wireVersion,
		WireMax:          wireVersion,
		Period:           o.Period,
		GossipInterval:   o.GossipInterval,
		TopologyInterval: o.TopologyInterval,
		PauseTolerance:   o.PauseTolerance,
		StateBudget:      o.StateBudget,
		TombstoneLife:    o.TombstoneLife,
		DatagramBudget:   o.DatagramBudget,
		MaxEnvelopeBytes: o.maxEnvelopeBytes(),
	}
}

// maxEnvelopeBytes is the largest envelope that the transport takes.
func (o Options) maxEnvelopeBytes() int {
	if o.Streams {
		return max(o.DatagramBudget, memory.DefaultMaxEnvelopeBytes)
	}
	return o.DatagramBudget
}
