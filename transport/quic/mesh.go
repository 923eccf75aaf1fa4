package quic

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
)

// mesh is a node's connections to its peers: the open transport.
//
// One lock guards the tables. It is held for look-ups and never across a call
// of quic-go that may wait; what may wait runs in goroutines, all of which
// Close waits for.
type mesh struct {
	config Config
	local  transport.Local
	log    *slog.Logger
	inbox  *transport.Inbox

	credentials *credentialStore
	socket      carrier
	bound       netip.AddrPort
	engine      *quicgo.Transport
	listener    *quicgo.Listener
	settings    *quicgo.Config
	limiter     *limiter
	arriving    *arriving
	assembly    budget // of streams that are being received
	handshakes  struct{ made, failed atomic.Uint64 }

	running sync.WaitGroup
	// closing: nothing more is accepted, and what was goes out. closed: nothing
	// begins any more. Each is set once, with the lock held.
	closing, closed atomic.Bool
	// settled is signalled while closing, when there may be less to wait for,
	// and linger is how long that may take.
	settled chan struct{}
	linger  time.Duration

	mu          sync.Mutex
	peers       map[netip.AddrPort]*peer
	links       map[linkKey]*link
	connections map[*connection]struct{}
	waiting     []*peer // to be dialled, in order
	pace        pace
	jitter      *rand.Rand
}

var _ transport.Transport = (*mesh)(nil)

// Poll is transport.Transport's.
func (m *mesh) Poll(dst []transport.Inbound) (int, error) { return m.inbox.Poll(dst) }

// Ready is transport.Transport's.
func (m *mesh) Ready() <-chan struct{} { return m.inbox.Ready() }

// Info is transport.Transport's.
func (m *mesh) Info() transport.Info {
	stats := m.inbox.Stats()
	stats.Handshakes, stats.HandshakesFailed = m.handshakes.made.Load(), m.handshakes.failed.Load()
	m.mu.Lock()
	stats.Connections = len(m.connections)
	for _, p := range m.peers {
		stats.Queued += p.queue.len()
	}
	m.mu.Unlock()
	return transport.Info{
		Networks:         []string{Network},
		Local:            m.bound,
		DatagramBudget:   m.config.MaxDatagramBytes,
		MaxEnvelopeBytes: m.config.MaxEnvelopeBytes,
		Identities:       true,
		Stats:            stats,
	}
}

// spawn runs f in a goroutine that Close waits for. The lock is held; once the
// mesh is closed nothing starts.
func (m *mesh) spawn(f func()) {
	if !m.closed.Load() {
		m.running.Go(f)
	}
}

// startDrain is spawn of p's drain, without an allocation. The lock is held.
func (m *mesh) startDrain(p *peer) {
	if !m.closed.Load() {
		p.draining = true
		m.running.Add(1)
		go p.drain()
	}
}

// Forget is transport.Transport's. It closes the connection by which the
// target is reached, and cancels a dial.
func (m *mesh) Forget(target netip.AddrPort) {
	target, err := transport.CanonicalTarget(target)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.peers[target]
	if p == nil || m.closed.Load() {
		return
	}
	c := p.connection()
	m.remove(p)
	if c != nil {
		m.detach(c)
		m.spawn(func() { c.close(codeForgotten, "forgotten") })
	}
}

// remove takes p out of the mesh with all it holds. The lock is held.
func (m *mesh) remove(p *peer) {
	p.forgotten = true
	delete(m.peers, p.address)
	p.unbind()
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.cancelDial != nil {
		p.cancelDial(nil)
	}
	if p.dial == dialWaiting {
		m.waiting = slices.DeleteFunc(m.waiting, func(other *peer) bool { return other == p })
	}
	m.discardAll(p)
}
