package sim

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/internal/replicas"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Node is the place of one process: an id, an address, and the life that runs
// there, if one does.
type Node struct {
	cluster *Cluster
	index   int
	id      string
	key     uint64
	address netip.AddrPort
	moves   int
	lives   int
	// counter is what the last life persisted.
	counter uint32
	ended   Ending

	coordinator *membership.Coordinator
	gossiper    *gossiper.Gossiper
	replicas    *replicas.Set
	service     Service
	port        *port
	clock       clock
	started     membership.Instant
	stepped     membership.Instant
	checked     membership.Instant
	woken       bool
	// fresh until the first step of a life was noted, introduced once the
	// checkers know it.
	fresh, introduced bool
	// changed since the checkers last looked.
	changed bool

	blocked  bool
	pausedTo membership.Instant
	cost     time.Duration
	// impaired: a fault was aimed at this life, so its death or its opinion is
	// no surprise.
	impaired bool
	// leaving: it has begun to leave.
	leaving bool
	// isolated, as it says itself.
	isolated bool
	// observer: it is no member.
	observer bool
	// zone is where it runs, by its own word when it starts.
	zone string
	// lastView is what it showed when its last life ended.
	lastView *membership.View
	// shows is the view that it last published.
	shows shownView
	// obituaries counts the topology updates of all its lives that told of
	// deaths.
	obituaries int
	// What operators and applications asked of this life: whom it keeps out,
	// whether it is to tell when all see the same, and what it has written.
	blocks    blocks
	awaits    bool
	converged membership.Instant
	written   map[state.Slot]string

	// What the cluster remembers of the node's table, to see changes.
	root    uint64
	version uint64
	settled bool
	// sent is what the node sent in all its lives.
	sent struct{ Packets, Bytes uint64 }
}

// Ending says how a node's last life ended.
type Ending uint8

// The endings.
const (
	// EndingNone: it runs, or never ran.
	EndingNone Ending = iota
	// EndingCrash: it was killed without a word.
	EndingCrash
	// EndingLeft: it took its leave.
	EndingLeft
	// EndingSuperseded: another process took its id.
	EndingSuperseded
)

// ID returns the node's id.
func (n *Node) ID() string { return n.id }

// Key returns the key of the node's id (wire.Key).
func (n *Node) Key() uint64 { return n.key }

// Index returns the node's place in Cluster.Nodes.
func (n *Node) Index() int { return n.index }

// Address returns where the node listens, or would.
func (n *Node) Address() netip.AddrPort { return n.address }

// Isolated tells whether the node says that it reaches nobody.
func (n *Node) Isolated() bool { return n.isolated }

// Observer tells whether the node is an observer, and no member.
func (n *Node) Observer() bool { return n.observer }

// Running tells whether the node's process runs, stalled or not.
func (n *Node) Running() bool { return n.coordinator != nil }

// Ended tells how the last life ended.
func (n *Node) Ended() Ending { return n.ended }

// Lives returns how many lives the node has had.
func (n *Node) Lives() int { return n.lives }

// Coordinator returns the protocol's state, for checkers; nil if the node does
// not run.
func (n *Node) Coordinator() *membership.Coordinator { return n.coordinator }

// Uptime returns how long the node has run.
func (n *Node) Uptime() time.Duration { return n.cluster.now.Sub(n.started) }

// Impaired tells whether a fault was aimed at this life of the node.
func (n *Node) Impaired() bool { return n.impaired }

// Impair marks the node as one at which a fault was aimed.
func (n *Node) Impair() {
	n.impaired = true
	n.cluster.Disturb()
}

// TableChanged tells whether the node's table has changed since the checkers
// looked at it last.
func (n *Node) TableChanged() bool { return n.changed }

// Lifetime is how a node starts.
type Lifetime struct {
	// Persisted: the counter of its last life has survived.
	Persisted bool
	// Alone: it has no seeds.
	Alone bool
}

// Start runs a new life of the node. A node that runs is left alone.
func (n *Node) Start(how Lifetime) error {
	if n.Running() {
		return nil
	}
	if err := n.boot(how); err != nil {
		return err
	}
	now := n.local()
	if !how.Alone {
		n.coordinator.SetSeeds(now, n.cluster.seeds())
	}
	if err := n.coordinator.Join(now); err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	return n.serve()
}

// boot makes the process of a new life, which has not joined.
func (n *Node) boot(how Lifetime) error {
	c := n.cluster
	n.lives++
	cfg := c.options.coordinatorConfig()
	cfg.ID = n.id
	cfg.Endpoints = n.endpoints()
	cfg.Seed = streamSeed(c.options.Seed, "node", n.index<<24|n.lives)
	cfg.Observer, cfg.Zone = n.observer, n.zone
	cfg.WireMax = n.wireMax()
	if how.Persisted {
		cfg.MinCounter = n.counter
	}
	coordinator, err := membership.New(cfg)
	if err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	n.port = &port{node: n}
	if err := n.open(); err != nil {
		return err
	}
	driver, err := gossiper.New(gossiper.Config{
		Transport: n.port, Coordinator: attended{coordinator, n}, Publisher: n,
		TickInterval: gossiper.DefaultTickInterval, PollBatch: pollBatch,
		Wall: func() time.Time { return n.clock.wall(c.now) },
	})
	if err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	n.coordinator, n.gossiper = coordinator, driver
	n.replicas = replicas.New(attended{coordinator, n})
	if c.options.Service != nil {
		n.service = c.options.Service(n)
	}
	n.clock, n.started, n.checked = newClock(c.now), c.now, c.now
	n.ended, n.fresh, n.introduced, n.settled, n.isolated = EndingNone, true, false, false, false
	n.shows, n.blocks, n.awaits, n.converged, n.written = shownView{}, nil, false, 0, nil
	n.blocked, n.pausedTo, n.cost, n.impaired, n.leaving = false, 0, 0, false, false
	c.running++
	if n.observer {
		c.observing++
	}
	c.log.begin(c.now, n.id).word("starts at").word(n.address.String()).end()
	c.truth.started(n)
	c.wake(n)
	return nil
}

// pollBatch is how many envelopes a node takes at a time: a buffer of this size
// is held by each node, and most steps have one or two.
const pollBatch = 32

func (n *Node) endpoints() []membership.Endpoint {
	return []membership.Endpoint{{Network: memory.NetworkName, Address: n.address}}
}

// open takes the node's address on the network.
func (n *Node) open() error {
	opened, err := memory.Config{
		Network: n.cluster.network, Address: n.address,
		InboxSlots: n.cluster.options.InboxSlots, Wake: n.port.arrived,
	}.Open(transport.Local{NodeID: n.id, Cluster: ClusterName, WireMax: n.wireMax()})
	if err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	n.port.Transport = opened
	n.cluster.places[n.address] = n
	n.cluster.partition()
	return nil
}

// Clock returns what the node's own clock reads, which may run fast and jump.
func (n *Node) Clock() time.Duration { return time.Duration(n.local()) }

// local returns what the node's clock reads.
func (n *Node) local() membership.Instant { return n.clock.local(n.cluster.now) }

// step runs the node's driver once.
func (n *Node) step() {
	c := n.cluster
	if !n.Running() {
		return
	}
	if n.pausedTo > c.now {
		c.agenda.set(n.index, n.pausedTo)
		return
	}
	n.port.allowance = maxAllowance
	if n.cost > 0 {
		n.port.allowance = 1
	}
	c.steps++
	n.stepped = c.now
	err := n.gossiper.Step(n.local())
	if !n.Running() || c.failure != nil {
		return
	}
	n.noteErrors(err)
	c.noteTable(n)
	c.checkers.stepped(c, n)
	if n.coordinator.Stopped() {
		n.end(n.reason())
		return
	}
	n.schedule()
}

// maxAllowance lets a step poll whatever there is.
const maxAllowance = 1 << 30

// schedule puts the node's next step on the agenda.
func (n *Node) schedule() {
	c := n.cluster
	deadline := n.gossiper.Deadline()
	if deadline <= n.local() {
		c.Fail("deadline", n, fmt.Errorf("the next deadline, %d, is not after now, %d", deadline, n.local()))
		return
	}
	due := n.clock.virtual(deadline)
	if n.cost > 0 && n.port.allowance == 0 {
		// A slow node is busy for as long as its work takes.
		n.pausedTo = c.now.Add(n.cost)
	}
	if n.port.waiting > 0 && !n.blocked {
		due = min(due, c.now)
	}
	c.agenda.set(n.index, max(due, n.pausedTo, c.now))
}

// noteErrors counts the errors of a step. Those that only a mistake of the
// protocol can bring end the run.
func (n *Node) noteErrors(err error) {
	if err == nil {
		return
	}
	n.cluster.ledger.sendErrors++
	for _, bad := range []error{transport.ErrTooLarge, transport.ErrInvalidTarget, transport.ErrVersion, net.ErrClosed} {
		if errors.Is(err, bad) {
			n.cluster.Fail("send", n, err)
			return
		}
	}
	n.cluster.log.begin(n.cluster.now, n.id).word("error").word(err.Error()).end()
}

// reason tells why the coordinator has stopped by itself.
func (n *Node) reason() Ending {
	if n.coordinator.Left() {
		return EndingLeft
	}
	return EndingSuperseded
}

// Crash ends the node's life without a word.
func (n *Node) Crash() { n.end(EndingCrash) }

func (n *Node) end(how Ending) {
	c := n.cluster
	if !n.Running() {
		return
	}
	c.log.begin(c.now, n.id).word(how.String()).end()
	c.truth.ended(n, how)
	c.forgetTable(n)
	c.forgetView(n)
	n.counter = uint32(n.coordinator.Generation() >> 32)
	n.close()
	n.lastView = n.gossiper.View()
	n.coordinator, n.gossiper, n.port = nil, nil, nil
	n.ended = how
	n.retire()
	c.agenda.set(n.index, membership.Never)
	c.running--
	if n.observer {
		c.observing--
	}
	c.noteAgreement()
}

// close gives up the node's address, and every connection.
func (n *Node) close() {
	for _, peer := range n.cluster.nodes {
		if len(n.port.dialler.peers) > 0 && peer.Running() {
			n.port.hangUp(peer.address)
		}
	}
	delete(n.cluster.places, n.address)
	n.port.Close()
}

// String says how a life ended.
func (e Ending) String() string {
	return [...]string{"runs", "crashes", "has left", "was superseded"}[e]
}
