package quic

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

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
	socket      *socket
	bound       netip.AddrPort
	engine      *quicgo.Transport
	listener    *quicgo.Listener
	settings    *quicgo.Config
	limiter     *limiter
	assembly    budget // of streams that are being received

	running sync.WaitGroup
	// closed is set once, with the lock held.
	closed atomic.Bool

	mu          sync.Mutex
	peers       map[netip.AddrPort]*peer
	links       map[linkKey]*link
	connections map[*connection]struct{}
	waiting     []*peer // to be dialled, in order
	dialling    int
	jitter      *rand.Rand
}

var _ transport.Transport = (*mesh)(nil)

// Poll is transport.Transport's.
func (m *mesh) Poll(dst []transport.Inbound) (int, error) { return m.inbox.Poll(dst) }

// Ready is transport.Transport's.
func (m *mesh) Ready() <-chan struct{} { return m.inbox.Ready() }

// Info is transport.Transport's.
func (m *mesh) Info() transport.Info {
	return transport.Info{
		Networks:         []string{Network},
		Local:            m.bound,
		DatagramBudget:   m.config.MaxDatagramBytes,
		MaxEnvelopeBytes: m.config.MaxEnvelopeBytes,
		Identities:       true,
		Stats:            m.inbox.Stats(),
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

// Close is transport.Transport's. Peers are told first, because closing the
// socket tells them nothing and they would wait for a time-out.
func (m *mesh) Close() error {
	m.mu.Lock()
	if m.closed.Load() {
		m.mu.Unlock()
		m.running.Wait()
		return nil
	}
	m.closed.Store(true)
	var open []*connection
	for c := range m.connections {
		open = append(open, c)
	}
	m.waiting = nil
	for _, p := range m.peers {
		m.remove(p)
	}
	m.mu.Unlock()

	m.inbox.Close()
	m.closeAll(open)
	err := errors.Join(m.listener.Close(), m.engine.Close(), m.socket.Close())
	m.running.Wait()
	return err
}

// closeAll closes connections, several at a time.
func (m *mesh) closeAll(open []*connection) {
	const workers = 8
	next := make(chan *connection)
	var closing sync.WaitGroup
	for range min(workers, len(open)) {
		closing.Go(func() {
			for c := range next {
				c.close(codeLeave, "leaving")
			}
		})
	}
	for _, c := range open {
		next <- c
	}
	close(next)
	closing.Wait()
	for _, c := range open {
		m.mu.Lock()
		m.detach(c)
		m.mu.Unlock()
	}
}
