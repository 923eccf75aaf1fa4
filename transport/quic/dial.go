package quic

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
)

// requestDial has p dialled as soon as back-off and the bound on dials in
// flight permit. The lock is held.
func (m *mesh) requestDial(p *peer, now time.Time) {
	if p.dial != dialNone || now.Before(p.retryAt) {
		return // p's timer comes back when the back-off is over
	}
	p.dial = dialWaiting
	m.waiting = append(m.waiting, p)
	m.pump(now)
}

// pump starts dials while there are fewer than the bound in flight. The lock is
// held.
func (m *mesh) pump(now time.Time) {
	for m.pace.room(now) && len(m.waiting) > 0 {
		p := m.waiting[0]
		m.waiting[0] = nil
		m.waiting = m.waiting[1:]
		p.dial = dialNone
		if p.forgotten {
			continue
		}
		if first := p.queue.first(); first == nil || p.connection().serves(first.expect) {
			// Its envelopes expired, or the peer dialled us, meanwhile.
			m.advance(p, now)
			continue
		}
		p.dial = dialInFlight
		a := m.beginAttempt(now)
		limit, stop := context.WithTimeout(context.Background(), m.config.DialTimeout)
		ctx, cancel := context.WithCancelCause(limit)
		p.cancelDial = cancel
		m.spawn(func() {
			defer stop()
			defer cancel(nil)
			m.runDial(ctx, p, a)
		})
	}
}

// runDial dials p once. A dial is not given up because the peer's own dial
// arrived first: if both ends did that, none would be left.
func (m *mesh) runDial(ctx context.Context, p *peer, a *attempt) {
	conn, err := m.engine.Dial(ctx, net.UDPAddrFromAddrPort(p.address), m.credentials.get().client, m.connectionSettings())
	var c *connection
	if err == nil {
		if c, err = newConnection(conn, p.address, true, m.local.Cluster); err != nil {
			_ = conn.CloseWithError(codeIdentity, "no identity")
		}
	}
	m.mu.Lock()
	now := time.Now()
	m.endAttempt(a, err == nil, now)
	p.dial, p.cancelDial = dialNone, nil
	var unwanted *connection
	switch {
	case m.closed.Load() || p.forgotten:
		unwanted = c
	case err != nil:
		m.dialFailed(p, err, now)
	default:
		if first := p.queue.first(); first != nil && c.serves(first.expect) {
			p.misidentified = false
		}
		m.adopt(c, now)
		m.advance(p, now)
	}
	if !m.closed.Load() {
		m.pump(now)
	}
	m.mu.Unlock()
	if unwanted != nil {
		unwanted.close(codeForgotten, "forgotten")
	}
}

// errUnreachable ends a dial to where nobody listens.
var errUnreachable = errors.New("nobody listens there")

// unreachable notes that the host at address says that nobody listens there.
// A connection to it is not closed for that: whoever can guess its ports could
// say so in the host's name. The failure detector hears of it, and decides.
func (m *mesh) unreachable(address netip.AddrPort) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.peers[address]
	if p == nil || m.closed.Load() {
		return
	}
	m.notify(p, transport.NoticeUnreachable, "")
	if p.cancelDial != nil {
		p.cancelDial(errUnreachable)
	}
}

// dialFailed draws the consequences of a dial that led to nothing. The lock is
// held.
func (m *mesh) dialFailed(p *peer, err error, now time.Time) {
	m.handshakes.failed.Add(1)
	p.misidentified = false
	m.backOff(p, now)
	m.log.Debug("dial failed", "peer", p.address, "error", err, "failures", p.failures)
	if c := p.connection(); c != nil {
		// Dialled although there is a connection, for entries that expect
		// another node: those go, the others have their way.
		m.discardOthers(p, c.identity)
		m.advance(p, now)
		return
	}
	switch verdict := classify(err); verdict {
	case verdictBusy:
		// The peer is there and has too much to do: what waits is tried again
		// after the back-off, until it expires.
		m.arm(p, now)
	case verdictRefused:
		m.refused(p, err)
	case verdictUnreachable:
		m.discardAll(p) // unreachable has said it
	default:
		if m.discardAll(p) {
			m.notify(p, transport.NoticeExpired, "")
		}
	}
}

// discardOthers discards what p's queue holds for other nodes than identity,
// and says that it expired. The lock is held.
func (m *mesh) discardOthers(p *peer, identity string) {
	discarded := false
	for range p.queue.len() {
		if e := p.queue.pop(); e.expect == "" || e.expect == identity {
			p.queue.push(e)
		} else {
			m.discard(e)
			discarded = true
		}
	}
	if discarded {
		m.notify(p, transport.NoticeExpired, "")
	}
}

// refused draws the consequences of a peer, or of this node, not accepting the
// other's certificate or wire versions. The lock is held.
func (m *mesh) refused(p *peer, err error) {
	if p.failures <= 1 {
		m.log.Warn("a peer and this node do not accept each other", "peer", p.address, "error", err)
	}
	m.discardAll(p)
	m.notify(p, transport.NoticeRefused, "")
}

// backOff counts a failure and leaves p alone for a while. The lock is held.
func (m *mesh) backOff(p *peer, now time.Time) {
	pause := m.config.BackoffMax
	if p.failures < 32 { // beyond, the shift would overflow
		pause = min(pause, m.config.BackoffMin<<p.failures)
	}
	if pause <= 0 {
		pause = m.config.BackoffMax
	}
	p.failures++
	p.retryAt = now.Add(pause - time.Duration(m.jitter.Int64N(int64(pause)/4+1)))
}

// verdict is what a failed handshake says about the peer.
type verdict uint8

const (
	// verdictSilent: no answer, or an error of this host's. It says nothing.
	verdictSilent verdict = iota
	// verdictBusy: the peer has no room for one more handshake just now.
	verdictBusy
	// verdictUnreachable: the peer's host says that nobody listens there.
	verdictUnreachable
	// verdictRefused: the peer answered, and one side does not accept the
	// other.
	verdictRefused
)

// accepted reports whether the end of a connection shows that the peer had
// accepted this node: it said goodbye, forgot the connection or was silent.
func accepted(err error) bool {
	if closed, ok := errors.AsType[*quicgo.ApplicationError](err); ok {
		return closed.Remote
	}
	if _, ok := errors.AsType[*quicgo.StatelessResetError](err); ok {
		return true
	}
	_, ok := errors.AsType[*quicgo.IdleTimeoutError](err)
	return ok
}

// classify tells what the end of a handshake, or of a connection over which
// nothing came, says.
func classify(err error) verdict {
	if closed, ok := errors.AsType[*quicgo.TransportError](err); ok {
		switch {
		case closed.ErrorCode.IsCryptoError():
			return verdictRefused
		case closed.ErrorCode == quicgo.ConnectionRefused:
			return verdictBusy
		}
		return verdictSilent
	}
	if _, ok := errors.AsType[*quicgo.VersionNegotiationError](err); ok {
		return verdictRefused
	}
	switch {
	case errors.Is(err, errUnreachable):
		return verdictUnreachable
	case errors.Is(err, syscall.ENOBUFS):
		return verdictBusy
	}
	return verdictSilent
}
