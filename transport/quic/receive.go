package quic

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
)

// accept takes connections from the listener until it is closed. It does no
// work on them: quic-go keeps 32 and refuses the rest.
func (m *mesh) accept() {
	for {
		conn, err := m.listener.Accept(context.Background())
		if err != nil {
			return
		}
		arrived(conn.Context())
		c, err := newConnection(conn, addrPort(conn.RemoteAddr()), false, m.local.Cluster)
		m.mu.Lock()
		refused := err != nil || m.closed.Load()
		if !refused {
			m.adopt(c, c.established)
		}
		m.mu.Unlock()
		if refused {
			_ = conn.CloseWithError(codeIdentity, "not accepted")
		}
	}
}

// receiveDatagrams delivers the datagrams of a connection until it ends, and
// draws the consequences of that.
func (m *mesh) receiveDatagrams(c *connection) {
	if !c.dialled {
		_ = c.sendDatagram(nil) // accepted; if it is lost, or fails, something else will say so
	}
	for {
		payload, err := c.conn.ReceiveDatagram(context.Background())
		if err != nil {
			m.mu.Lock()
			m.lost(c, err)
			m.mu.Unlock()
			return
		}
		m.deliver(c, payload)
	}
}

func (m *mesh) deliver(c *connection, payload []byte) {
	c.touch(time.Now())
	if !c.heard.Load() {
		m.firstHeard(c)
	}
	if len(payload) > 0 {
		m.inbox.Deliver(c.from, payload)
	}
}

// firstHeard notes that the peer has accepted this node.
func (m *mesh) firstHeard(c *connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.heard.Store(true)
	c.doubtful.settle()
	if p := m.peers[c.address]; p != nil && p.link != nil && p.link == c.link && !p.misidentified {
		p.succeeded()
	}
}

// lost draws the consequences of a connection's end. The lock is held.
func (m *mesh) lost(c *connection, err error) {
	if m.closed.Load() || !c.attached {
		return
	}
	m.log.Debug("connection ended", "peer", c.address, "identity", c.identity, "error", err)
	p, now := m.peers[c.address], time.Now()
	if p == nil || !c.dialled || c.heard.Load() || accepted(err) {
		m.detach(c)
		return
	}
	c.doubtful.requeue(&p.queue, now, m.config.QueueExpiry)
	// A peer that refuses our certificate says so when our side of the
	// handshake is over. Whatever else ended a connection over which nothing
	// came would end the next one too.
	if c.link != nil && p.link == c.link {
		p.misidentified = false
		m.backOff(p, now)
		if classify(err) == verdictRefused {
			m.refused(p, err)
		}
	}
	m.detach(c)
	m.advance(p, now)
	m.arm(p, now)
}

// receiveStreams takes the streams of a connection until it ends. The peer has
// credit for maxStreams at a time.
func (m *mesh) receiveStreams(c *connection) {
	for {
		stream, err := c.conn.AcceptUniStream(context.Background())
		if err != nil {
			return
		}
		m.mu.Lock()
		c.streams++
		m.spawn(func() {
			m.receiveStream(c, stream)
			m.streamEnded(c)
		})
		m.mu.Unlock()
	}
}

// receiveStream reads one envelope.
func (m *mesh) receiveStream(c *connection, stream *quicgo.ReceiveStream) {
	payload, err := m.assemble(stream)
	defer m.assembly.release(cap(payload))
	switch {
	case err == nil && len(payload) == 0:
		m.deliver(c, nil)
		m.receiveFarewell(c)
		return
	case err == nil && bytes.Equal(payload, goodbye):
		m.deliver(c, nil)
		m.receiveGoodbye(c)
		return
	case err == nil:
		m.deliver(c, payload)
		return
	case errors.Is(err, errTooMuch):
		m.inbox.Drop(transport.DropInboxFull)
	case errors.Is(err, errTooLong):
		m.inbox.Drop(transport.DropOversize)
	default: // cut short by the peer, the time-out or the connection's end
		m.inbox.Drop(transport.DropMalformed)
	}
	stream.CancelRead(streamRefused)
}

var (
	errTooMuch = errors.New("streams hold too much memory")
	errTooLong = errors.New("stream is longer than an envelope")
)

// firstAssembly is the buffer that a stream begins with. What it grows to
// follows what has arrived, never what the peer says will.
const firstAssembly = 4096

// assemble reads a stream to its end. The buffer it returns, also with an
// error, is charged to m.assembly with its capacity.
func (m *mesh) assemble(stream *quicgo.ReceiveStream) (payload []byte, err error) {
	if err := stream.SetReadDeadline(time.Now().Add(m.config.StreamTimeout)); err != nil {
		return nil, err
	}
	limit := m.config.MaxEnvelopeBytes
	for {
		if len(payload) == cap(payload) {
			grown := min(max(firstAssembly, 2*cap(payload)), limit+1)
			if !m.assembly.take(grown) {
				return payload, errTooMuch
			}
			larger := make([]byte, len(payload), grown)
			copy(larger, payload)
			m.assembly.release(cap(payload))
			payload = larger
		}
		n, err := stream.Read(payload[len(payload):cap(payload)])
		payload = payload[:len(payload)+n]
		switch {
		case len(payload) > limit:
			return payload, errTooLong
		case errors.Is(err, io.EOF):
			return payload, nil
		case err != nil:
			return payload, err
		}
	}
}

// budget is memory that is shared by all streams of a node.
type budget struct{ free atomic.Int64 }

func (b *budget) take(bytes int) bool {
	if b.free.Add(int64(-bytes)) >= 0 {
		return true
	}
	b.free.Add(int64(bytes))
	return false
}

func (b *budget) release(bytes int) { b.free.Add(int64(bytes)) }
