package transporttest_test

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// Hub is a transport of one's own, complete: it hands envelopes from one node
// to another in the same process.
type Hub struct {
	mu    sync.Mutex
	last  uint16
	nodes map[netip.AddrPort]*HubNode
}

// HubNode is one node's transport.
type HubNode struct {
	*transport.Inbox // Poll, Ready, and counting
	hub              *Hub
	local            transport.Local
	address          netip.AddrPort
	filter           transport.Filter
	closed           sync.Once
}

const hubMaxBytes = 4096

// Open adds a node to the hub.
func (h *Hub) Open(local transport.Local, options transporttest.Options) (*HubNode, error) {
	if err := local.Validate(); err != nil {
		return nil, err
	}
	inbox, err := transport.NewInbox(transport.InboxConfig{MaxEnvelopeBytes: hubMaxBytes, Wake: local.Wake})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	node := &HubNode{Inbox: inbox, hub: h, local: local.WithDefaults(), filter: options.Filter, address: options.Listen}
	if !node.address.IsValid() {
		host := netip.MustParseAddr("192.0.2.1")
		if options.IPv6 {
			host = netip.MustParseAddr("2001:db8::1")
		}
		h.last++
		node.address = netip.AddrPortFrom(host, h.last)
	}
	h.nodes[node.address] = node
	return node, nil
}

// Send implements transport.Transport.
func (n *HubNode) Send(out transport.Outbound) error {
	if err := n.send(out); err != nil {
		return &transport.SendError{Target: out.Target, Err: err}
	}
	return nil
}

func (n *HubNode) send(out transport.Outbound) error {
	if n.isClosed() {
		return transport.ErrClosed
	}
	target, err := transport.CanonicalTarget(out.Target)
	if err != nil {
		return err
	}
	version, err := n.local.SendVersion(out.Version)
	switch {
	case err != nil:
		return err
	case out.Network != "" && out.Network != "hub":
		return transport.ErrInvalidTarget
	case !n.filter.Permits(target.Addr()):
		return transport.ErrNotAllowed
	case out.Envelope == nil:
		return transport.ErrNoEnvelope
	}
	payload := out.Envelope.AppendTo(nil)
	if len(payload) > hubMaxBytes {
		return transport.ErrTooLarge
	}
	n.CountSent(len(payload))
	n.hub.mu.Lock()
	peer := n.hub.nodes[target]
	n.hub.mu.Unlock()
	if peer == nil {
		n.Notify(transport.Inbound{Source: target, Network: "hub", Notice: transport.NoticeUnreachable})
		return nil
	}
	peer.receive(n, version, payload)
	return nil
}

func (n *HubNode) receive(from *HubNode, version uint8, payload []byte) {
	switch {
	case !n.filter.Permits(from.address.Addr()):
		n.Drop(transport.DropFiltered)
	case from.local.Cluster != n.local.Cluster:
		n.Drop(transport.DropForeign)
	case !n.local.Speaks(version):
		n.Drop(transport.DropVersion)
	default:
		n.Deliver(transport.Inbound{Source: from.address, Network: "hub", Version: version}, payload)
	}
}

func (n *HubNode) isClosed() bool {
	n.hub.mu.Lock()
	defer n.hub.mu.Unlock()
	return n.hub.nodes[n.address] != n
}

// Forget implements transport.Transport.
func (n *HubNode) Forget(netip.AddrPort) {}

// Info implements transport.Transport.
func (n *HubNode) Info() transport.Info {
	return transport.Info{
		Networks: []string{"hub"}, Local: n.address,
		DatagramBudget: 1160, MaxEnvelopeBytes: hubMaxBytes, Stats: n.Stats(),
	}
}

// Close implements transport.Transport.
func (n *HubNode) Close() error {
	n.closed.Do(func() {
		n.hub.mu.Lock()
		delete(n.hub.nodes, n.address)
		n.hub.mu.Unlock()
		n.Inbox.Close()
	})
	return nil
}

// TestHub runs the suite on it.
func TestHub(t *testing.T) {
	hub := &Hub{nodes: make(map[netip.AddrPort]*HubNode)}
	transporttest.Run(t, transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			node, err := hub.Open(local, options)
			if err != nil {
				t.Fatal(err)
			}
			return node
		},
		Unanswered:       func(testing.TB) netip.AddrPort { return netip.MustParseAddrPort("192.0.2.9:9") },
		UnansweredNotice: transport.NoticeUnreachable,
	})
}
