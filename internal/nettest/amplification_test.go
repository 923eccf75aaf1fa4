package nettest

import (
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
	"github.com/hearsay-gossip/hearsay/wire"
)

// requests are what a stranger can ask a node of, in few bytes.
func requests(nodes []*besieged) map[string]*hearsayv1.Envelope {
	victim := nodes[0]
	m, _ := victim.View().Get(victim.ID())
	var keys []uint64
	for _, b := range nodes {
		keys = append(keys, wire.Key(b.ID()))
	}
	noRecord := uint32(hearsayv1.EnvelopeFlagNoRecord)
	old := hearsayv1.NodeRecord{ID: victim.ID(), Generation: 1<<32 | 1, Verdict: hearsayv1.VerdictDead}
	accused := hearsayv1.Accusation{
		Subject: wire.Key(victim.ID()), Generation: victim.Generation(), Incarnation: m.Incarnation, Accuser: keys[1],
	}
	return map[string]*hearsayv1.Envelope{
		"nothing":           {},
		"probe":             {Sequence: 7, Probe: keys[0]},
		"probe, observer":   {Sequence: 7, Probe: keys[0], Flags: noRecord},
		"another root":      {Root: 1},
		"sum":               {Sequence: 7, Root: 1, Sum: &hearsayv1.Sum{Salt: 1, Buckets: []uint32{1}}},
		"sum, observer":     {Sequence: 7, Root: 1, Flags: noRecord, Sum: &hearsayv1.Sum{Salt: 1, Buckets: []uint32{1, 2, 3, 4}}},
		"want":              {Want: &hearsayv1.Want{Keys: keys}},
		"want, observer":    {Flags: noRecord, Want: &hearsayv1.Want{Keys: keys}},
		"tags":              {Tags: &hearsayv1.Tags{Salt: 1, Buckets: 1, Covered: []byte{1}}},
		"join":              {Sequence: 7, Flags: noRecord, Join: &hearsayv1.Join{ID: "x", Nonce: 1}},
		"join, known id":    {Sequence: 7, Flags: noRecord, Join: &hearsayv1.Join{ID: victim.ID(), Nonce: 1}},
		"challenge":         {Sequence: 7, Challenge: make([]byte, 8)},
		"old record":        {Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{old}}},
		"old, observer":     {Flags: noRecord, Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{old}}},
		"probe request":     {Sequence: 7, ProbeRequest: &hearsayv1.ProbeRequest{Target: keys[1], Generation: nodes[1].Generation(), Sequence: 8, TimeoutMicros: 1000}},
		"accusation":        {Accusations: []hearsayv1.Accusation{accused}},
		"probe and old one": {Sequence: 7, Probe: keys[0], Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{old}}},
	}
}

// In plaintext anyone can ask, in the name of another's address. What comes back
// to it must be no more than what was sent, for one request and for several.
func TestStrangersGetNoMoreThanTheySend(t *testing.T) {
	t.Parallel()
	var nodes []*besieged
	for _, id := range []string{"n1", "n2", "n3", "a node with a name that is not short"} {
		nodes = append(nodes, startNode(t, id, nil, nil, nodes...))
	}
	agreed(t, nodes...)
	type asked struct {
		name     string
		request  *hearsayv1.Envelope
		stranger transport.Transport
	}
	var all []asked
	for name, request := range requests(nodes) {
		for _, sender := range []string{"nobody", "n2"} {
			for _, count := range []int{1, 10} {
				request := request.Clone()
				request.Sender, request.Generation = wire.Key(sender), 1
				stranger, err := udp.Config{Listen: loopback, Insecure: true}.Open(transport.Local{NodeID: "nobody", Cluster: clusterName})
				if err != nil {
					t.Fatal(err)
				}
				defer stranger.Close()
				for range count {
					if err := stranger.Send(transport.Outbound{Target: nodes[0].LocalAddr(), Envelope: request}); err != nil {
						t.Fatal(err)
					}
				}
				all = append(all, asked{name + " as " + sender, request, stranger})
			}
		}
	}
	afterPeriods(3) // in which nobody answers the node's own questions
	for _, a := range all {
		stats := a.stranger.Info().Stats
		if a.request.Probe != 0 && stats.Received == 0 {
			t.Errorf("%s: no answer at all: the test proves nothing", a.name)
		}
		if stats.ReceivedBytes > stats.SentBytes {
			t.Errorf("%s: %d bytes in %d datagrams came back for %d bytes in %d",
				a.name, stats.ReceivedBytes, stats.Received, stats.SentBytes, stats.Sent)
		}
	}
}
