package quic

import (
	"context"
	"errors"
	"net/netip"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Send is transport.Transport's. The envelope is encoded here; the wire
// versions of this build do not differ in encoding, so what the peer will
// negotiate need not be known yet.
func (m *mesh) Send(out transport.Outbound) error {
	if err := m.send(out); err != nil {
		return &transport.SendError{Target: out.Target, Err: err}
	}
	return nil
}

func (m *mesh) send(out transport.Outbound) error {
	if m.closing.Load() {
		return transport.ErrClosed
	}
	if out.Envelope == nil {
		return transport.ErrNoEnvelope
	}
	target, err := transport.CanonicalTarget(out.Target)
	if err != nil {
		return err
	}
	if !m.socket.reaches(target.Addr()) || (out.Network != "" && out.Network != Network) {
		return transport.ErrInvalidTarget
	}
	if !m.config.Filter.Permits(target.Addr()) {
		return transport.ErrNotAllowed
	}
	if _, err := m.local.SendVersion(out.Version); err != nil {
		return err
	}
	size := out.Envelope.Size()
	if size > m.config.MaxEnvelopeBytes {
		return transport.ErrTooLarge
	}
	payload := newPayload(size)
	*payload = out.Envelope.AppendTo(*payload)
	if err := m.enqueue(target, entry{payload: payload, queued: time.Now(), expect: out.Expect}); err != nil {
		freePayload(payload)
		return err
	}
	return nil
}

// enqueue accepts e for target and starts what carries it on.
func (m *mesh) enqueue(target netip.AddrPort, e entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closing.Load() {
		return transport.ErrClosed
	}
	p := m.peer(target)
	if p == nil {
		return transport.ErrQueueFull
	}
	// Whoever has a connection, or is being dialled, is not backed off from.
	if p.dial == dialNone && e.queued.Before(p.retryAt) && !p.connection().serves(e.expect) {
		return transport.ErrBackoff
	}
	if p.dial == dialNone && !p.connection().serves(e.expect) && m.crowded(e.queued) {
		m.prune(p)
		return transport.ErrQueueFull
	}
	m.expire(p, e.queued)
	if !p.queue.fits(len(*e.payload), m.config.QueueEnvelopes, m.config.QueueBytes) {
		return transport.ErrQueueFull
	}
	p.queue.push(e)
	m.inbox.CountSent(len(*e.payload))
	m.advance(p, e.queued)
	m.arm(p, e.queued)
	return nil
}

// crowdedShare is the part of QueueExpiry for which an envelope may have to wait
// before its peer is dialled.
const crowdedShare = 4

// crowded reports whether so many peers are to be dialled that whoever is one
// more had better not wait. What would be sent late, or not at all, is refused at
// once: the protocol then knows that it has asked nobody, and has nobody blamed
// for the silence. And what goes out meanwhile goes to peers that are connected,
// which costs nothing. The lock is held.
func (m *mesh) crowded(now time.Time) bool {
	return !m.pace.room(now) && m.pace.delay(len(m.waiting)) > m.config.QueueExpiry/crowdedShare
}

// advance does what the oldest entry of p's queue needs next: hand it to the
// connection, dial, or give it up because another node answers at the address.
// The lock is held.
func (m *mesh) advance(p *peer, now time.Time) {
	wrong := false
	for !p.draining && p.queue.len() > 0 {
		first, c := p.queue.first(), p.connection()
		if c.serves(first.expect) {
			m.startDrain(p)
			break
		}
		if c != nil && !first.queued.After(c.established) {
			// The address was asked after the entry came, and this is who is
			// there.
			if !wrong {
				m.notify(p, transport.NoticeWrongIdentity, c.identity)
				m.backOff(p, now)
				wrong, p.misidentified = true, true
			}
			m.discard(p.queue.pop())
			continue
		}
		m.requestDial(p, now)
		break
	}
	m.prune(p)
	m.settle()
}

// drain hands p's queue to its connection until it is empty or the connection
// is of no use for what comes next. It runs only while there is something to
// send, because quic-go blocks whom it cannot serve: here that delays this
// peer and no other.
func (m *mesh) drain(p *peer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !m.closed.Load() && !p.forgotten && p.queue.len() > 0 {
		c := p.connection()
		if !c.serves(p.queue.first().expect) {
			break
		}
		e := p.queue.pop()
		m.mu.Unlock()
		err := m.transmit(c, *e.payload)
		m.mu.Lock()
		if err == nil {
			if c.dialled && c.attached && !c.heard.Load() {
				c.doubtful.add(e, m.config)
			} else {
				freePayload(e.payload)
			}
			continue
		}
		if !c.ended() || p.forgotten || m.closed.Load() {
			m.discard(e)
			continue
		}
		// Not handed over: it waits for the next connection.
		p.queue.pushFront(e)
		m.lost(c, context.Cause(c.conn.Context()))
	}
	p.draining = false
	if !m.closed.Load() && !p.forgotten {
		m.advance(p, time.Now())
	}
}

// transmit sends one payload by c, and may block.
func (m *mesh) transmit(c *connection, payload []byte) error {
	c.touch(time.Now())
	if len(payload) <= m.config.MaxDatagramBytes {
		err := c.sendDatagram(payload)
		if _, tooLarge := errors.AsType[*quicgo.DatagramTooLargeError](err); !tooLarge {
			return err
		}
		// A path, or a peer, with less room than QUIC promises.
	}
	return c.sendStream(payload, m.config.StreamTimeout)
}

// notify reports what was learned of p. The lock is held.
func (m *mesh) notify(p *peer, notice transport.Notice, identity string) {
	m.inbox.Notify(transport.Inbound{Source: p.address, Network: Network, Identity: identity, Notice: notice})
}

// discard counts an entry that will not be sent, and frees it.
func (m *mesh) discard(e entry) {
	m.inbox.Drop(transport.DropSend)
	freePayload(e.payload)
}

// discardAll discards p's queue and reports whether there was anything. The
// lock is held.
func (m *mesh) discardAll(p *peer) bool {
	count := p.queue.len()
	for range count {
		m.discard(p.queue.pop())
	}
	m.settle()
	return count > 0
}
