package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Cluster is nodes and a network between them, in virtual time: none passes but by
// Run and Until. It belongs to one goroutine.
type Cluster struct {
	seed    uint64
	options Options
	sim     *sim.Cluster
	nodes   []*Node
	rand    *rand.Rand
	rules   []rule
	// told are the lives that have something to handle, in the order of the steps
	// in which they got it.
	told []*life
	// links are those that were set, for Heal.
	links   []direction
	running bool
	// err is how the run has ended, if it has.
	err error
}

// New makes a cluster and starts its nodes; those that start at once have run
// their Main when it returns. Its error is everything that is wrong with options,
// or what a Main has returned.
func New(options Options) (*Cluster, error) {
	inner, configs, err := options.plan()
	if err != nil {
		return nil, err
	}
	c := &Cluster{seed: options.Seed, options: options}
	inner.Prepare = func(n *sim.Node) {
		var cfg hearsay.Config
		if configs != nil {
			cfg = configs[n.Index()]
		}
		c.nodes = append(c.nodes, newNode(c, n, cfg))
	}
	inner.Service = func(n *sim.Node) sim.Service { return c.nodes[n.Index()].begin() }
	if c.sim, err = sim.New(inner); err != nil {
		return nil, err
	}
	if !c.gentle(c.sim.Options().Link) {
		c.sim.Disturb()
	}
	if err := c.Run(0); err != nil {
		return nil, err
	}
	return c, nil
}

// Nodes returns all nodes by index, running or not. The slice must not be
// changed; parts of it are the sides of a Split.
func (c *Cluster) Nodes() []*Node { return c.nodes }

// Node returns the node of an id, the last one if several were added under it;
// nil if there is none.
func (c *Cluster) Node(id string) *Node {
	for i := len(c.nodes) - 1; i >= 0; i-- {
		if c.nodes[i].ID() == id {
			return c.nodes[i]
		}
	}
	return nil
}

// Add makes room for one more process, and starts it: a cluster that grows. An id
// that is in use makes two processes of one id, of which the newer wins, as in
// life. Its configuration is that of its index, which is the number of nodes
// before.
func (c *Cluster) Add(id string) *Node {
	var cfg hearsay.Config
	if c.options.Config != nil {
		cfg = copied(c.options.Config(len(c.nodes)))
		if err := judge(len(c.nodes), cfg, c.nodes[0].config); err != nil {
			c.fail(fmt.Errorf("sim: %w", err))
			cfg = hearsay.Config{}
		}
	}
	n := newNode(c, c.sim.AddNode(id), cfg)
	c.nodes = append(c.nodes, n)
	n.Start()
	return n
}

// Now returns the time since the beginning of the run.
func (c *Cluster) Now() time.Duration { return c.sim.Now() }

// Rand returns a stream of randomness for the test itself, made of the seed: what
// it draws changes nothing else.
func (c *Cluster) Rand() *rand.Rand {
	if c.rand == nil {
		c.rand = c.sim.Stream("test")
	}
	return c.rand
}

// Agreed tells whether each of these running nodes shows these, less observers,
// and nobody else, as live; none stands for all that run. After a Split it is to
// be asked of each side.
func (c *Cluster) Agreed(nodes ...*Node) bool {
	if len(nodes) == 0 {
		nodes = c.nodes
	}
	var shown *hearsay.View
	members := 0
	for _, n := range nodes {
		if !n.Running() {
			continue
		}
		if !n.Observer() {
			members++
		}
		view := n.View()
		if shown != nil && (view.Len() != shown.Len() || view.Hash != shown.Hash) {
			return false
		}
		shown = view
	}
	if shown == nil || shown.Len() != members {
		return shown == nil
	}
	for _, n := range nodes { // equal views, of as many: are they of these?
		if m, _ := shown.Get(n.ID()); n.Running() && !n.Observer() && (!m.Status.Live() || m.Generation != n.Generation()) {
			return false
		}
	}
	return true
}

// Sent returns how many envelopes all nodes have sent since the beginning, and how
// many bytes were in them.
func (c *Cluster) Sent() (packets, bytes uint64) {
	traffic := c.sim.Traffic()
	return traffic.Packets, traffic.Bytes
}

// Hash returns the SHA-256 of the event log so far, in hexadecimal: what nodes
// sent, saw and told, and what was done to them. Two runs with equal hashes were
// the same.
func (c *Cluster) Hash() string { return c.sim.Log().Hash() }
