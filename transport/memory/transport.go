package memory

import (
	"math/rand/v2"
	"net/netip"
	"sync/atomic"

	"github.com/hearsay-gossip/hearsay/transport"
)

// NetworkName is the word of a network in endpoints, unless NetworkConfig.Name
// says otherwise.
const NetworkName = "memory"

// Transport is one node's place on a Network; Config.Open makes it.
type Transport struct {
	network *Network
	local   transport.Local
	address netip.AddrPort
	filter  transport.Filter
	inbox   *transport.Inbox
	wake    func()
	closed  atomic.Bool

	// Of the network's lock:
	rng      *rand.Rand
	underWay int
}

var _ transport.Transport = (*Transport)(nil)

// Send is transport.Transport's. The envelope is lost, doubled or delayed by
// the link to its target as that is now.
func (t *Transport) Send(out transport.Outbound) error {
	if err := t.send(out); err != nil {
		return &transport.SendError{Target: out.Target, Err: err}
	}
	return nil
}

func (t *Transport) send(out transport.Outbound) error {
	if t.closed.Load() {
		return transport.ErrClosed
	}
	target, err := transport.CanonicalTarget(out.Target)
	if err != nil {
		return err
	}
	if out.Network != "" && out.Network != t.network.config.Name {
		return transport.ErrInvalidTarget
	}
	if !t.filter.Permits(target.Addr()) {
		return transport.ErrNotAllowed
	}
	version, err := t.local.SendVersion(out.Version)
	if err != nil {
		return err
	}
	if out.Envelope == nil {
		return transport.ErrNoEnvelope
	}
	n := t.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if t.underWay >= n.config.QueueEnvelopes {
		return transport.ErrQueueFull
	}
	p := n.pool.get()
	p.bytes = out.Envelope.AppendTo(p.bytes[:0])
	if len(p.bytes) > n.config.MaxEnvelopeBytes {
		n.pool.put(p)
		return transport.ErrTooLarge
	}
	t.inbox.CountSent(len(p.bytes))
	p.direction = direction{from: t.address, to: target}
	p.origin, p.cluster, p.version = t, t.local.Cluster, version
	p.expect = out.Expect
	n.send(t, p)
	return nil
}

// receive decodes what arrived.
func (t *Transport) receive(p *packet) {
	switch {
	case !t.filter.Permits(p.from.Addr()):
		t.inbox.Drop(transport.DropFiltered)
	case p.cluster != t.local.Cluster:
		t.inbox.Drop(transport.DropForeign)
	case !t.local.Speaks(p.version):
		t.inbox.Drop(transport.DropVersion)
	default:
		from := transport.Inbound{Source: p.from, Network: t.network.config.Name, Version: p.version}
		if t.network.config.Identities && p.origin != nil {
			from.Identity = p.origin.local.NodeID
		}
		t.woken(t.inbox.Deliver(from, p.bytes))
	}
}

// notify passes on a notice about the host that p comes from.
func (t *Transport) notify(p *packet) {
	t.woken(t.inbox.Notify(transport.Inbound{
		Source: p.from, Network: t.network.config.Name, Identity: p.identity, Notice: p.notice,
	}))
}

func (t *Transport) woken(queued bool) {
	if queued && t.wake != nil {
		t.wake()
	}
}

// Poll is transport.Transport's.
func (t *Transport) Poll(dst []transport.Inbound) (int, error) { return t.inbox.Poll(dst) }

// Ready is transport.Transport's.
func (t *Transport) Ready() <-chan struct{} { return t.inbox.Ready() }

// Forget does nothing: the transport keeps nothing for a target, and what is
// under way is the network's.
func (t *Transport) Forget(netip.AddrPort) {}

// Info is transport.Transport's.
func (t *Transport) Info() transport.Info {
	stats := t.inbox.Stats()
	t.network.mu.Lock()
	stats.Queued = t.underWay
	t.network.mu.Unlock()
	return transport.Info{
		Networks:         t.network.words,
		Local:            t.address,
		DatagramBudget:   t.network.config.DatagramBudget,
		MaxEnvelopeBytes: t.network.config.MaxEnvelopeBytes,
		Identities:       t.network.config.Identities,
		Stats:            stats,
	}
}

// Close takes the node off the network, as if its process had been killed:
// what it sent still arrives, and what comes to its address finds nobody.
func (t *Transport) Close() error {
	if t.closed.CompareAndSwap(false, true) {
		t.network.detach(t)
		t.inbox.Close()
	}
	return nil
}
