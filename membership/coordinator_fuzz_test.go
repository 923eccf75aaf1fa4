package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// FuzzHostileEnvelopes gives a small running cluster whatever decodes as an
// envelope, from a stranger and in the names of its members. Nothing panics, no
// node's record is written by anybody else, sums stay right, and when it is
// over the cluster is whole again.
func FuzzHostileEnvelopes(f *testing.F) {
	record := hearsayv1.NodeRecord{ID: "node-001", Generation: 1<<32 | 5, Verdict: hearsayv1.VerdictDead}
	for _, env := range []hearsayv1.Envelope{
		{Sender: 1, Generation: 2, Sequence: 3, Root: 4, Probe: wire.Key("node-000")},
		{Sender: wire.Key("node-001"), Sequence: 1, Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{record}}},
		{Sender: 1, Sequence: 9, Sum: &hearsayv1.Sum{Salt: 3, Buckets: make([]uint32, 64)}},
		{Sender: 1, Sequence: 9, Ack: 7, Tags: &hearsayv1.Tags{Salt: 3, Buckets: 64, Covered: make([]byte, 8), Tags: []uint32{1, 2}}},
		{Sender: 1, Sequence: 9, Want: &hearsayv1.Want{Keys: []uint64{wire.Key("node-002")}}},
		{Sender: 1, Flags: 1, Sequence: 9, Join: &hearsayv1.Join{ID: "node-002", Nonce: 3, Padding: make([]byte, 100)}},
		{Sender: wire.Key("node-000"), Sequence: 9, Ack: 1, JoinAck: &hearsayv1.JoinAck{ID: "x", KnownGeneration: 1 << 60}},
		{Sender: 1, Sequence: 9, ProbeRequest: &hearsayv1.ProbeRequest{Target: wire.Key("node-002"), Sequence: 4, TimeoutMicros: 1 << 31}},
		{Sender: 1, ProbeReply: &hearsayv1.ProbeReply{Target: wire.Key("node-002"), Sequence: 4, Result: hearsayv1.ProbeResultAck}},
		{Sender: 1, Accusations: []hearsayv1.Accusation{{Subject: wire.Key("node-000"), Generation: 1 << 32, Accuser: 3, Evidence: hearsayv1.EvidenceNack}}},
	} {
		f.Add(env.AppendTo(nil), byte(0))
		f.Add(env.AppendTo(nil), byte(1))
	}
	f.Fuzz(func(t *testing.T, datagram []byte, as byte) {
		env := new(hearsayv1.Envelope)
		if env.Unmarshal(datagram) != nil {
			return
		}
		c := newCluster(t, 1)
		c.grow(3)
		c.within(5*time.Second, "the cluster forms", func() bool { return c.allSee(3, StatusUp) })
		source := addressOf(99)
		if mask := as % 4; mask != 0 {
			member := c.nodes[mask-1]
			source = member.at
			env.Sender, env.Generation = member.key, member.nonce
		}
		for _, n := range c.nodes {
			owner := string(n.table.Self().Owner())
			for range 2 {
				n.Handle(c.now, Inbound{Source: source, Network: "udp", Version: 1, Envelope: env})
				c.step(n)
			}
			if n.Stopped() {
				return // whoever can read what is in flight can end it; that is what sealing is for
			}
			if string(n.table.Self().Owner()) != owner {
				t.Fatal("somebody else wrote its record")
			}
		}
		c.check()
		c.run(10*time.Second, nil)
		c.check()
		for _, n := range c.nodes {
			if n.table.Root() != c.nodes[0].table.Root() {
				t.Fatalf("%s has another root", n.cfg.ID)
			}
		}
	})
}
