package quic

import (
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// adopt takes a connection into the mesh, decides which one of its pair stays,
// and begins to read. The lock is held.
//
// Two nodes that dial each other at the same time have two connections. Both
// keep the one dialled by the node with the smaller id; they need not talk to
// agree on that. A node that dials while it should still have a connection
// must have lost it, by a restart: the newer one stays.
func (m *mesh) adopt(c *connection, now time.Time) {
	m.handshakes.made.Add(1)
	m.connections[c] = struct{}{}
	c.attached = true
	c.timer = time.AfterFunc(time.Until(c.expires), func() { c.close(codeExpired, "certificate expired") })
	key := linkKey{identity: c.identity}
	if c.identity == m.local.NodeID {
		key.address = c.address
	}
	p := m.peer(c.address)
	// A connection accepted from this node's own id is the other end of one it
	// dialled, or a second process by the same name: it is only read.
	if c.identity != m.local.NodeID || c.dialled {
		l := m.links[key]
		switch {
		case l == nil:
			l = &link{key: key, connection: c}
			m.links[key] = l
			c.link = l
		case m.stays(c, l.connection):
			loser := l.connection
			l.connection, c.link = c, l
			m.supersede(loser, c)
		default:
			m.supersede(c, l.connection)
		}
		if p != nil {
			l.bind(p)
		}
	}
	if p != nil && !c.dialled && !p.misidentified {
		p.succeeded() // the peer has verified us first
	}
	m.spawn(func() { m.receiveDatagrams(c) })
	m.spawn(func() { m.receiveStreams(c) })
	m.evict(c)
	if p != nil {
		m.advance(p, now)
	}
}

// detach takes a connection that has ended, or is about to, out of the mesh,
// and has the peers that it served dialled if they have something to send. The
// lock is held.
func (m *mesh) detach(c *connection) {
	if !c.attached {
		return
	}
	c.attached = false
	c.timer.Stop()
	delete(m.connections, c)
	c.doubtful.settle()
	m.settle()
	l := c.link
	if l == nil {
		return
	}
	c.link, l.connection = nil, nil
	delete(m.links, l.key)
	served := l.peers
	l.peers = nil
	now := time.Now()
	for _, p := range served {
		p.link = nil
		if !m.closed.Load() {
			m.advance(p, now)
		}
	}
}

// evict closes the connection that was not used for longest while there are
// more than the bound; kept is spared. The lock is held.
func (m *mesh) evict(kept *connection) {
	for len(m.connections) > m.config.MaxConnections {
		var idlest *connection
		for c := range m.connections {
			if c != kept && (idlest == nil || c.used.Load() < idlest.used.Load()) {
				idlest = c
			}
		}
		m.detach(idlest)
		m.spawn(func() { idlest.close(codeEvicted, "evicted") })
	}
}

// peer returns the peer at an address, a new one if there is none, or nil if
// there are as many as the mesh keeps. The lock is held.
func (m *mesh) peer(address netip.AddrPort) *peer {
	p := m.peers[address]
	if p == nil && m.room() {
		p = &peer{address: address}
		p.drain = func() {
			defer m.running.Done()
			m.drain(p)
		}
		m.peers[address] = p
	}
	return p
}

// room makes room for one more peer, if it must by forgetting a spare one. The
// lock is held.
func (m *mesh) room() bool {
	// Each connection has an address, and as many again may be dialled.
	if len(m.peers) < 2*m.config.MaxConnections {
		return true
	}
	var victim *peer
	for _, p := range m.peers {
		if p.spare() && (victim == nil || p.retryAt.Before(victim.retryAt)) {
			victim = p
		}
	}
	if victim == nil {
		return false
	}
	m.remove(victim)
	return true
}

// prune forgets p if it holds nothing. The lock is held.
func (m *mesh) prune(p *peer) {
	if p.idle() && !p.forgotten {
		m.remove(p)
	}
}

// tick is p's timer: it discards what has expired and dials again what may be.
func (m *mesh) tick(p *peer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.armed = false
	if m.closed.Load() || p.forgotten {
		return
	}
	now := time.Now()
	m.expire(p, now)
	m.advance(p, now)
	m.arm(p, now)
}

// arm sets p's timer to when something is due. If it rings earlier already, it
// is left alone: most of the time everything has been sent by then. The lock is
// held.
func (m *mesh) arm(p *peer, now time.Time) {
	first := p.queue.first()
	if p.forgotten || first == nil {
		return
	}
	due := first.queued.Add(m.config.QueueExpiry)
	if p.dial == dialNone && !p.draining && p.retryAt.After(now) && p.retryAt.Before(due) {
		due = p.retryAt
	}
	if p.armed && !due.Before(p.due) {
		return
	}
	p.armed, p.due = true, due
	if p.timer == nil {
		p.timer = time.AfterFunc(due.Sub(now), func() { m.tick(p) })
	} else {
		p.timer.Reset(due.Sub(now))
	}
}

// expire discards what has waited too long in p's queue. The lock is held.
func (m *mesh) expire(p *peer, now time.Time) {
	expired := false
	for p.queue.len() > 0 && now.Sub(p.queue.first().queued) >= m.config.QueueExpiry {
		m.discard(p.queue.pop())
		expired = true
	}
	if expired {
		m.notify(p, transport.NoticeExpired, "")
	}
}
