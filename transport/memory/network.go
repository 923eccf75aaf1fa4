package memory

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Network carries envelopes between the transports that are open on it. It
// has no goroutine and no clock: nothing arrives but by Advance. Its methods
// may be called from any goroutine; its order is fixed by the seed if they
// are called from one, or otherwise in a fixed order.
type Network struct {
	config NetworkConfig
	words  []string // Info.Networks of all its nodes

	// advancing is held for the whole of an Advance, so that two of them do
	// not mix their arrivals. It is taken before mu.
	advancing sync.Mutex

	mu       sync.Mutex
	now      time.Duration
	sequence uint64
	arrivals arrivals
	held     []entry
	pool     pool
	topology topology
	nodes    map[netip.AddrPort]*Transport
	lives    map[netip.AddrPort]uint64
	assigned uint32
	tap      func(from, to netip.AddrPort, payload []byte)
	stats    NetworkStats
}

// NetworkStats counts what happened to envelopes between nodes. Sent +
// Duplicated + Injected = Lost + Blocked + Unanswered + Delivered + under way.
type NetworkStats struct {
	// Sent counts what Send accepted, Duplicated the copies that a link made
	// of it, Injected what came from Inject.
	Sent, Duplicated, Injected uint64
	// Lost counts what a link lost, Blocked what a cut or a partition stopped,
	// Unanswered what arrived where nobody is open, Delivered what reached a
	// node, which may still have dropped it.
	Lost, Blocked, Unanswered, Delivered uint64
}

// NewNetwork returns an empty network at instant 0, or everything that is
// wrong with config.
func NewNetwork(config NetworkConfig) (*Network, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	config = config.withDefaults()
	return &Network{
		config:   config,
		words:    []string{config.Name},
		topology: newTopology(config.Link),
		pool:     newPool(),
		nodes:    make(map[netip.AddrPort]*Transport),
		lives:    make(map[netip.AddrPort]uint64),
	}, nil
}

// Advance moves the network to now, the time since its start, and hands what
// is due by then to the nodes, by arrival time and then by order of sending.
// It decodes on the caller's goroutine. A now in the past delivers what is due
// at the network's own. It returns how many envelopes and notices arrived.
//
// What is sent while Advance runs waits for the next one, so that nodes which
// answer at once on a network without latency do not keep it for ever.
func (n *Network) Advance(now time.Duration) int {
	n.advancing.Lock()
	defer n.advancing.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = max(n.now, now)
	arrived, end := 0, n.sequence
	for len(n.arrivals) > 0 && n.arrivals[0].due <= n.now && n.arrivals[0].sequence < end {
		n.arrive(n.arrivals.pop().packet)
		arrived++
	}
	if arrived > 0 {
		n.pool.spare.Age()
	}
	return arrived
}

// arrive hands p to the node at its address. The lock is released while the
// node decodes.
func (n *Network) arrive(p *packet) {
	if p.origin != nil && p.notice == transport.NoticeNone {
		p.origin.underWay--
	}
	node := n.nodes[p.to]
	switch {
	case p.notice != transport.NoticeNone:
		// A notice is for the life that sent, not for the next one there.
		if node == nil || node != p.origin {
			break
		}
		n.unlocked(func() { node.notify(p) })
	case node == nil:
		n.stats.Unanswered++
		if n.config.Unreachable {
			n.answer(p, transport.NoticeUnreachable, "")
		}
	case n.config.Identities && p.expect != "" && p.expect != node.local.NodeID:
		n.stats.Delivered++
		n.answer(p, transport.NoticeWrongIdentity, node.local.NodeID)
	default:
		n.stats.Delivered++
		n.unlocked(func() { node.receive(p) })
	}
	n.pool.put(p)
}

func (n *Network) unlocked(work func()) {
	n.mu.Unlock()
	defer n.mu.Lock()
	work()
}

// answer sends a notice about p back to its origin.
func (n *Network) answer(p *packet, notice transport.Notice, identity string) {
	if p.origin == nil {
		return
	}
	back := direction{from: p.to, to: p.from}
	link := n.topology.link(back)
	if n.topology.blocked(back) || lost(link.Loss, p.origin.rng) {
		return
	}
	reply := n.pool.get()
	reply.direction, reply.origin = back, p.origin
	reply.notice, reply.identity = notice, identity
	n.depart(reply, link, p.origin.rng)
}

// send takes p, which t filled, over the link to its target. The lock is held.
func (n *Network) send(t *Transport, p *packet) {
	n.stats.Sent++
	if n.tap != nil {
		n.tap(p.from, p.to, p.bytes)
	}
	link := n.topology.link(p.direction)
	switch {
	case n.topology.blocked(p.direction):
		n.stats.Blocked++
		n.pool.put(p)
		return
	case lost(link.Loss, t.rng):
		n.stats.Lost++
		n.pool.put(p)
		return
	}
	if lost(link.Duplicate, t.rng) {
		n.stats.Duplicated++
		twin := n.pool.get()
		bytes := append(twin.bytes[:0], p.bytes...)
		*twin = *p
		twin.bytes = bytes
		t.underWay++
		n.depart(twin, link, t.rng)
	}
	t.underWay++
	n.depart(p, link, t.rng)
}

// depart puts p among the arrivals, or holds it.
func (n *Network) depart(p *packet, link Link, rng *rand.Rand) {
	e := entry{due: n.now + link.travel(rng), sequence: n.sequence, packet: p}
	n.sequence++
	if n.topology.held(p.direction) {
		n.held = append(n.held, e)
		return
	}
	n.arrivals.push(e)
}

// lost draws whether something of probability share happens. It draws nothing
// if it cannot, so that a perfect network costs no randomness.
func lost(share float64, rng *rand.Rand) bool {
	return share > 0 && rng.Float64() < share
}

// Next returns when the next envelope or notice is due, and whether there is
// one: a simulator jumps there. It may lie in the past.
func (n *Network) Next() (due time.Duration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.arrivals) == 0 {
		return 0, false
	}
	return n.arrivals[0].due, true
}

// Now returns the instant to which the network was advanced.
func (n *Network) Now() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// Stats returns the counters.
func (n *Network) Stats() NetworkStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stats
}

// Tap makes the network call observe for every envelope that Send accepts,
// before anything happens to it: a wire-tap for tests, with which envelopes
// can be inspected, and kept for Inject. payload is valid during the call.
// observe must not call the network or send; nil ends it.
func (n *Network) Tap(observe func(from, to netip.AddrPort, payload []byte)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tap = observe
}

// Inject sends bytes that need not be an envelope, from an address where
// nobody need be open: a forger, or a replay, for tests. They arrive after
// delay, whatever lies between the two addresses.
func (n *Network) Inject(from, to netip.AddrPort, cluster string, version uint8, payload []byte, delay time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stats.Injected++
	p := n.pool.get()
	p.direction = direction{from: from, to: to}
	p.cluster, p.version, p.bytes = cluster, version, append(p.bytes[:0], payload...)
	n.arrivals.push(entry{due: n.now + max(delay, 0), sequence: n.sequence, packet: p})
	n.sequence++
}

// attach puts t on the network.
func (n *Network) attach(t *Transport, address netip.AddrPort) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if address.IsValid() {
		address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
		if n.nodes[address] != nil {
			return fmt.Errorf("%w: %v: close the node that is open there, or choose another Address", ErrAddressInUse, address)
		}
	} else {
		address = n.assign()
	}
	life := n.lives[address]
	n.lives[address] = life + 1
	t.address = address
	t.rng = rand.New(rand.NewPCG(n.config.Seed, streamOf(address, life)))
	n.nodes[address] = t
	return nil
}

// assign returns the next address of 10.0.0.0/8 that is free.
func (n *Network) assign() netip.AddrPort {
	for {
		n.assigned++
		i := n.assigned
		address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), DefaultPort)
		if n.nodes[address] == nil {
			return address
		}
	}
}

// streamOf names the random stream of the given life at an address.
func streamOf(address netip.AddrPort, life uint64) uint64 {
	hash := fnv.New64a()
	text, _ := address.MarshalBinary() // cannot fail
	hash.Write(text)
	return hash.Sum64() ^ life*0x9e3779b97f4a7c15
}

func (n *Network) detach(t *Transport) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.nodes[t.address] == t {
		delete(n.nodes, t.address)
	}
}
