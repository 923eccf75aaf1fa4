package main

import (
	"context"
	"net/netip"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// What stands around each envelope in a datagram, in plaintext and sealed
// (docs/wire.md): transports count envelopes without it.
const (
	plainFraming  = 5
	sealedFraming = 38
)

// clusterName is the cluster of all nodes, which differ by their ports.
const clusterName = "compare"

// label is the entry of a member's Metadata that updates change.
const label = "meta"

// hearsayLibrary starts nodes over UDP, sealed if there is a key.
type hearsayLibrary struct{ key []byte }

func (l hearsayLibrary) start(id, seed string) (member, error) {
	transport, framing, err := l.transport()
	if err != nil {
		return nil, err
	}
	cfg := hearsay.Config{NodeID: id, Cluster: clusterName, Transport: transport}
	if seed != "" {
		cfg.Seeds = []string{seed}
	}
	node, err := hearsay.Start(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	return &hearsayMember{node: node, framing: framing}, nil
}

// transport returns the transport of one node, and its bytes around an envelope.
func (l hearsayLibrary) transport() (udp.Config, uint64, error) {
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	if l.key == nil {
		return udp.Config{Listen: loopback, Insecure: true}, plainFraming, nil
	}
	keys, err := udp.NewKeyring(udp.Key(l.key))
	return udp.Config{Listen: loopback, Keys: keys}, sealedFraming, err
}

type hearsayMember struct {
	node    *hearsay.Node
	framing uint64
	// partial is the last view that has all members, some of which are not up.
	partial *hearsay.View
}

func (m *hearsayMember) address() string { return m.node.LocalAddr().String() }

func (m *hearsayMember) seesAll(n int) bool {
	view := m.node.View()
	if view.Len() != n || view == m.partial {
		return false
	}
	for member := range view.Members() {
		if member.Status != hearsay.StatusUp {
			m.partial = view
			return false
		}
	}
	return true
}

func (m *hearsayMember) seesMeta(id, value string) (isSeen bool) {
	m.node.Metadata().View(id, func(said *hearsay.Metadata) { isSeen = said.Labels[label] == value })
	return isSeen
}

func (m *hearsayMember) seesLeave(id string) bool {
	other, _ := m.node.View().Get(id)
	return other.Status == hearsay.StatusLeaving || !other.Status.Live()
}

func (m *hearsayMember) seesGone(id string) bool {
	other, _ := m.node.View().Get(id)
	return !other.Status.Live()
}

func (m *hearsayMember) update(_ context.Context, value string) error {
	return m.node.Metadata().PutLabels(label, value)
}

func (m *hearsayMember) leave(ctx context.Context) error { return unlessOver(ctx, m.node.Leave(ctx)) }

func (m *hearsayMember) crash() { _ = m.node.Close() }

func (m *hearsayMember) sent() traffic {
	stats := m.node.Stats().Transport
	return traffic{packets: stats.Sent, packetBytes: stats.SentBytes + stats.Sent*m.framing}
}
