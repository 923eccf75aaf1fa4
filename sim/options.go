package sim

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/check"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Link is what lies between two nodes in one direction: latency, jitter and by it
// reordering, loss, duplication.
type Link = memory.Link

// defaultSeeds is how many nodes are everyone's seeds: enough that one may crash.
const defaultSeeds = 3

// Options describe a cluster. Equal options, followed by equal calls, give equal
// runs to the byte. Only Nodes must be given.
type Options struct {
	// Nodes is how many start at the beginning: 1 to 100,000. Their ids are n0,
	// n1, … with as many digits as the last needs.
	Nodes int
	// Seed is what everything is drawn from: latencies, losses, whom a node
	// probes, Node.Rand. A test that fails names it.
	Seed uint64
	// Link is what lies between any two nodes; the zero value is a local network,
	// 1 to 2 ms and nothing lost. Cluster.SetLink changes it.
	Link Link
	// Seeds is how many of the first nodes are everyone's seeds, by which they
	// find the cluster: 1 to Nodes; 0 is three, or all of fewer.
	Seeds int
	// StartSpread is the time over which nodes start, each at an instant that is
	// drawn; 0 is all at once.
	StartSpread time.Duration
	// Converged starts all nodes in the middle of their lives, each knowing all
	// others: for large clusters whose beginning is not the question. Their
	// Mains run at the beginning all the same.
	Converged bool
	// Config is the configuration of a node by its index, the same type that
	// hearsay.Start takes; nil is all defaults. Zone, Observer, Roles, Labels,
	// AppVersion and StateFile may differ by node; Period, GossipInterval,
	// TopologyInterval, PauseTolerance, StateBudget and TombstoneLife must not.
	// A StateFile stands for one that survives crashes: no file is made. What is
	// left is the simulator's to set, and refused.
	Config func(node int) hearsay.Config
	// Main is what a process does first in each of its lives, when it has begun
	// to join: what a program does behind hearsay.Start. It opens state, makes
	// the service and gives it its events and timers. Its error ends the run.
	Main func(n *Node) error
	// Log receives the event log, one line for each thing that happened; nil
	// keeps its hash alone.
	Log io.Writer
}

// Validate returns everything that is wrong with o, joined; nil if there is
// nothing.
func (o Options) Validate() error {
	_, _, err := o.plan()
	return err
}

// plan returns the options in the simulator's own form, and the configurations of
// the nodes, unless something is wrong with them.
func (o Options) plan() (sim.Options, []hearsay.Config, error) {
	inner := sim.Options{
		Nodes: o.Nodes, Seed: o.Seed, Link: o.Link, Seeds: o.Seeds, StartSpread: o.StartSpread,
		Converged: o.Converged, Log: o.Log, Streams: true, Checkers: check.All,
	}
	if inner.Seeds == 0 {
		inner.Seeds = min(defaultSeeds, max(o.Nodes, 1))
	}
	configs, err := o.configs()
	problems := []error{err, o.validateObservers(inner.Seeds, configs)}
	if len(configs) > 0 && err == nil {
		first := &configs[0]
		inner.Period, inner.GossipInterval, inner.TopologyInterval = first.Period, first.GossipInterval, first.TopologyInterval
		inner.PauseTolerance, inner.StateBudget, inner.TombstoneLife = first.PauseTolerance, first.StateBudget, first.TombstoneLife
	}
	problems = append(problems, inner.Validate())
	if err := errors.Join(problems...); err != nil {
		return sim.Options{}, nil, fmt.Errorf("sim: %w", err)
	}
	return inner, configs, nil
}

// configs asks for the configuration of every node.
func (o Options) configs() ([]hearsay.Config, error) {
	if o.Config == nil || o.Nodes < 1 || o.Nodes > sim.MaxNodes {
		return nil, nil
	}
	configs := make([]hearsay.Config, o.Nodes)
	var problems []error
	for i := range configs {
		configs[i] = copied(o.Config(i))
		if err := judge(i, configs[i], configs[0]); err != nil {
			problems = append(problems, err)
			if len(problems) == maxProblems {
				problems = append(problems, errors.New("Config: and so on"))
				break
			}
		}
	}
	return configs, errors.Join(problems...)
}

// maxProblems bounds the nodes whose configurations are complained of: one
// mistake in a function is that of a thousand nodes.
const maxProblems = 3

// validateObservers refuses observers where there is nobody to observe yet.
func (o Options) validateObservers(seeds int, configs []hearsay.Config) error {
	for i := range configs {
		switch {
		case !configs[i].Observer:
		case o.Converged:
			return fmt.Errorf("Config(%d): Observer is set: observers find their way into a cluster that runs, and cannot start Converged", i)
		case i < seeds:
			return fmt.Errorf("Config(%d): Observer is set: node %d is a seed, by which members find each other; make later ones observers", i, i)
		}
	}
	return nil
}
