package sim

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Dialling makes the transport one with connections, as QUIC is: the first
// envelope to a peer waits for a handshake. Its zero value has none.
type Dialling struct {
	// Takes is how long a handshake takes; 0 is a transport without
	// connections.
	Takes time.Duration
	// CPU is what a handshake costs each end of Options.CPU's core.
	CPU time.Duration
	// InFlight is how many handshakes a node begins at a time; 0 is 16.
	InFlight int
	// Patience is how long an envelope waits before it is given back as
	// expired; 0 is a second.
	Patience time.Duration
}

// maxDialQueue bounds the envelopes that wait for one handshake.
const maxDialQueue = 64

func (d Dialling) validate() error {
	if d.Takes < 0 || d.CPU < 0 || d.InFlight < 0 || d.Patience < 0 {
		return errors.New("Dialling: give times and a number of 0 or more")
	}
	return nil
}

func (d Dialling) withDefaults() Dialling {
	if d.InFlight == 0 {
		d.InFlight = 16
	}
	if d.Patience == 0 {
		d.Patience = time.Second
	}
	return d
}

// dialler is the connections of one life of a node.
type dialler struct {
	peers   map[netip.AddrPort]*connection
	waiting []*connection
	flying  int
	notices []transport.Inbound
}

// late tells whether what waits for a dial of its own would wait for a quarter of
// the patience there is, in which case it is refused.
func (d *dialler) late(o Dialling) bool {
	return time.Duration(len(d.waiting))*o.Takes/time.Duration(o.InFlight) > o.Patience/4
}

// connection is what a node has towards an address.
type connection struct {
	target netip.AddrPort
	open   bool
	// wanted: it waits for a handshake, or one is under way.
	wanted bool
	queue  []queued
}

// queued is an envelope that waits for a handshake.
type queued struct {
	out transport.Outbound
	at  membership.Instant
}

// dial sends an envelope over a connection, or has it wait for one.
func (p *port) dial(out transport.Outbound) error {
	c := p.node.cluster
	conn := p.connectionTo(out.Target)
	if conn.open {
		return p.pass(out)
	}
	if len(conn.queue) >= maxDialQueue || !conn.wanted && p.dialler.late(c.options.Dialling) {
		return &transport.SendError{Target: out.Target, Err: transport.ErrQueueFull}
	}
	out.Envelope = out.Envelope.Clone()
	conn.queue = append(conn.queue, queued{out, c.now})
	if !conn.wanted {
		conn.wanted = true
		p.dialler.waiting = append(p.dialler.waiting, conn)
		p.pump()
	}
	return nil
}

func (p *port) connectionTo(target netip.AddrPort) *connection {
	if p.dialler.peers == nil {
		p.dialler.peers = make(map[netip.AddrPort]*connection)
	}
	conn := p.dialler.peers[target]
	if conn == nil {
		conn = &connection{target: target}
		p.dialler.peers[target] = conn
	}
	return conn
}

// pump begins handshakes while there may be more.
func (p *port) pump() {
	c, d := p.node.cluster, &p.dialler
	for len(d.waiting) > 0 && d.flying < c.options.Dialling.InFlight {
		conn := d.waiting[0]
		d.waiting = d.waiting[1:]
		d.flying++
		c.After(c.options.Dialling.Takes, handshake{p, conn})
	}
}

// handshake is the end of one, as an entry of the timeline.
type handshake struct {
	port *port
	conn *connection
}

// String names both ends.
func (h handshake) String() string {
	return fmt.Sprintf("handshake of %s with %v", h.port.node.id, h.conn.target)
}

// routine: it is no fault, and not logged as one.
func (handshake) routine() {}

// Apply opens the connection at both ends, if the other end answers.
func (h handshake) Apply(c *Cluster) error {
	p, conn := h.port, h.conn
	if p.node.port != p {
		return nil // the process has ended
	}
	p.dialler.flying--
	conn.wanted = false
	if peer := c.at(conn.target); peer != nil && c.answers(p.node, peer) {
		conn.open = true
		peer.port.connectionTo(p.node.address).open = true
		c.core = max(c.core, c.now).Add(2 * c.options.Dialling.CPU)
	}
	p.flush(conn)
	p.pump()
	return nil
}

// answers tells whether a handshake between two nodes comes to its end.
func (c *Cluster) answers(a, b *Node) bool {
	split := c.truth.split()
	return b.Running() && !b.blocked && b.pausedTo <= c.now && (split == nil || !split.between(a, b))
}

// at returns the node that runs at an address.
func (c *Cluster) at(address netip.AddrPort) *Node { return c.places[address] }

// flush sends what waited, or gives back what has waited long enough and dials
// again for the rest.
func (p *port) flush(conn *connection) {
	c, kept := p.node.cluster, conn.queue[:0]
	for _, waited := range conn.queue {
		switch {
		case conn.open:
			if err := p.pass(waited.out); err != nil {
				c.ledger.sendErrors++
			}
		case c.now.Sub(waited.at) >= c.options.Dialling.Patience:
			p.dialler.notices = append(p.dialler.notices, transport.Inbound{
				Source: waited.out.Target, Network: waited.out.Network, Notice: transport.NoticeExpired,
			})
			c.wake(p.node)
		default:
			kept = append(kept, waited)
		}
	}
	clear(conn.queue[len(kept):])
	conn.queue = kept
	if len(conn.queue) > 0 && !conn.wanted {
		conn.wanted = true
		p.dialler.waiting = append(p.dialler.waiting, conn)
	}
}

// hangUp closes the connection to an address at both ends.
func (p *port) hangUp(target netip.AddrPort) {
	if conn := p.dialler.peers[target]; conn != nil {
		conn.open = false
	}
	if peer := p.node.cluster.at(target); peer != nil {
		if conn := peer.port.dialler.peers[p.node.address]; conn != nil {
			conn.open = false
		}
	}
}

// takeNotices moves notices into dst.
func (p *port) takeNotices(dst []transport.Inbound) int {
	n := copy(dst, p.dialler.notices)
	p.dialler.notices = p.dialler.notices[n:]
	return n
}
