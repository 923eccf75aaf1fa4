package sim

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Cluster is nodes, a network between them and a timeline, in virtual time. It
// belongs to one goroutine.
type Cluster struct {
	options  Options
	now      membership.Instant
	network  *memory.Network
	nodes    []*Node
	groups   map[string][]*Node
	agenda   agenda
	timeline timeline
	// woken are the nodes to be stepped at this instant.
	woken, spare []*Node
	// busy is the node whose code runs.
	busy *Node
	// core says from when on the core is free that all nodes share, if they do;
	// those in woken wait for it in the order in which they came.
	core membership.Instant
	// rounds counts the steps at one instant, which must end.
	rounds int

	checkers checkers
	log      *Log
	failure  *Failure

	truth    truth
	ledger   ledger
	recorder *recorder
	resolver Random
	series   *Series
	// ids are the nodes by id, places those that run by address, and roots the running nodes by the root of their
	// tables: one root is agreement.
	ids     map[string][]*Node
	roots   map[uint64]int
	places  map[netip.AddrPort]*Node
	running int
	// observing is how many of the running nodes are observers, and views the
	// running nodes by the view that they published last.
	observing int
	views     map[shownView]int
	// steps counts the steps of all nodes.
	steps uint64
}

// New makes a cluster whose nodes start when it runs. Its error is everything
// that is wrong with options.
func New(options Options) (*Cluster, error) {
	if err := options.Validate(); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	options = options.withDefaults()
	network, err := memory.NewNetwork(memory.NetworkConfig{
		Seed: streamSeed(options.Seed, "network", -1)[0],
		Link: options.Link, Unreachable: options.Unreachable,
		DatagramBudget: options.DatagramBudget, MaxEnvelopeBytes: options.maxEnvelopeBytes(),
	})
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	c := &Cluster{
		options: options, network: network,
		log:      newLog(options.Log, options.Packets),
		resolver: stream(options.Seed, "resolver", -1),
		ids:      make(map[string][]*Node), roots: make(map[uint64]int), places: make(map[netip.AddrPort]*Node),
		views: make(map[shownView]int),
	}
	c.truth.init(c)
	c.truth.disturbed = options.Link.Loss > 0
	if options.Checkers != nil && options.Checking != CheckNever {
		c.checkers.adopt(options.Checkers())
	}
	if options.Sample > 0 {
		c.series = newSeries(options.Sample)
	}
	width := len(strconv.Itoa(options.Nodes - 1))
	for i := range options.Nodes {
		c.addNode(fmt.Sprintf("n%0*d", width, i)).observer = i >= options.Nodes-options.Observers
	}
	if options.Prepare != nil {
		for _, n := range c.nodes {
			options.Prepare(n)
		}
	}
	c.drawGroups()
	return c, c.scheduleStarts()
}

// address returns the address of a node: the place of its first or a later
// move.
func address(node, move int) netip.AddrPort {
	host := uint32(10)<<24 + uint32(node) + 1
	ip := netip.AddrFrom4([4]byte{byte(host >> 24), byte(host >> 16), byte(host >> 8), byte(host)})
	return netip.AddrPortFrom(ip, uint16(memory.DefaultPort+move%(1<<15)))
}

// addNode makes room for one more process, which does not run yet.
func (c *Cluster) addNode(id string) *Node {
	index := len(c.nodes)
	n := &Node{cluster: c, index: index, id: id, key: wire.Key(id), address: address(index, 0)}
	c.nodes = append(c.nodes, n)
	c.ids[id] = append(c.ids[id], n)
	c.agenda.grow(len(c.nodes))
	return n
}

// AddNode makes room for one more process under an id, which may be in use: two
// processes with one id are a mistake that happens. It starts with Node.Start.
func (c *Cluster) AddNode(id string) *Node { return c.addNode(id) }

// Options returns the options, defaults filled.
func (c *Cluster) Options() Options { return c.options }

// Now returns the time since the beginning of the run.
func (c *Cluster) Now() time.Duration { return time.Duration(c.now) }

// Network returns what lies between the nodes, for faults.
func (c *Cluster) Network() *memory.Network { return c.network }

// Nodes returns all nodes, running or not. The slice must not be changed.
func (c *Cluster) Nodes() []*Node { return c.nodes }

// Running returns how many nodes run.
func (c *Cluster) Running() int { return c.running }

// Members returns how many nodes run that are no observers.
func (c *Cluster) Members() int { return c.running - c.observing }

// Log returns the event log.
func (c *Cluster) Log() *Log { return c.log }

// Stream returns a stream of randomness for a purpose of the caller's, made
// of the run's seed.
func (c *Cluster) Stream(purpose string) Random { return stream(c.options.Seed, purpose, -1) }

// seeds returns where the first nodes listen now, by which the others find the
// cluster: what a resolver says.
func (c *Cluster) seeds() []netip.AddrPort {
	seeds := make([]netip.AddrPort, c.options.Seeds)
	for i := range seeds {
		seeds[i] = c.nodes[i].address
		if c.options.StaleSeeds {
			seeds[i] = address(i, 0)
		}
	}
	return seeds
}

// resolverInterval is how long a node may go without asking the resolver for
// the seeds.
const resolverInterval = 30 * time.Second

// seedMoved has every running node ask the resolver, each at its own time.
func (c *Cluster) seedMoved() {
	if c.options.StaleSeeds {
		return
	}
	for _, n := range c.nodes {
		if n.Running() {
			c.After(time.Duration(c.resolver.Int64N(int64(resolverInterval))), resolve{n})
		}
	}
}

// resolve is a node's asking of the resolver.
type resolve struct{ node *Node }

// Apply tells the node the seeds.
func (r resolve) Apply(c *Cluster) error {
	if r.node.Running() {
		r.node.coordinator.SetSeeds(r.node.local(), c.seeds())
		c.wake(r.node)
	}
	return nil
}

// String names the node.
func (r resolve) String() string { return "resolve seeds for " + r.node.id }
