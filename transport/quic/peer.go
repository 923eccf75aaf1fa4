package quic

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// peer is what the mesh keeps for one target address. The mesh's lock guards
// it.
type peer struct {
	address netip.AddrPort
	// link is who answered at the address last; nil until somebody did, and
	// again when the connection to him has ended.
	link  *link
	queue queue
	// draining: a goroutine is handing the queue to the connection. It runs
	// drain, which is made once, because it is started for almost every
	// envelope.
	draining bool
	drain    func()
	// forgotten: the peer is no longer in the mesh; whoever still holds it
	// lets go.
	forgotten bool

	dial       dialPhase
	cancelDial context.CancelCauseFunc
	// failures counts the dials in a row that led to nothing; until retryAt
	// there is no further one.
	failures int
	retryAt  time.Time
	// misidentified: the last failure was that another node answered than the
	// one expected; that a connection works does not mend it.
	misidentified bool

	// timer wakes the peer when its oldest entry expires or when it may be
	// dialled again; armed while it runs.
	timer *time.Timer
	armed bool
	due   time.Time
}

// dialPhase is where a peer stands with being dialled.
type dialPhase uint8

const (
	dialNone dialPhase = iota
	dialWaiting
	dialInFlight
)

// connection returns the peer's live connection, or nil.
func (p *peer) connection() *connection {
	if p.link == nil {
		return nil
	}
	return p.link.connection
}

// serves reports whether c, which may be nil, is to whom the sender expects.
func (c *connection) serves(expect string) bool {
	return c != nil && (expect == "" || expect == c.identity)
}

// link is the one live connection to a node, by whatever addresses. When the
// connection is replaced by a newer one, the addresses keep the link; when it
// ends, they lose it.
type link struct {
	key        linkKey
	connection *connection
	peers      []*peer // those whose link this is
}

// linkKey identifies a node. Two processes that run under this node's own id
// (itself, dialled by mistake, and a second one that should not be) are told
// apart by address, because each must be reachable.
type linkKey struct {
	identity string
	address  netip.AddrPort
}

// bind makes l the link of p.
func (l *link) bind(p *peer) {
	if p.link == l {
		return
	}
	p.unbind()
	p.link = l
	l.peers = append(l.peers, p)
}

// unbind takes p off its link.
func (p *peer) unbind() {
	if p.link != nil {
		p.link.peers = slices.DeleteFunc(p.link.peers, func(other *peer) bool { return other == p })
		p.link = nil
	}
}

// succeeded ends the back-off.
func (p *peer) succeeded() {
	p.failures, p.retryAt, p.misidentified = 0, time.Time{}, false
}

// spare reports whether all that p holds is its back-off, or that it is a
// further address of a node that is connected by another.
func (p *peer) spare() bool {
	c := p.connection()
	return p.queue.len() == 0 && !p.draining && p.dial == dialNone && (c == nil || c.address != p.address)
}

// idle reports whether p holds nothing that a fresh peer would not have.
func (p *peer) idle() bool {
	return p.link == nil && p.queue.len() == 0 && !p.draining && p.dial == dialNone && p.failures == 0
}
