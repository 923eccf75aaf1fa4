package membership

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// gossip tells of the state of count members that nobody knows, from a key on, in
// an envelope that is long enough for all questions to which that leads.
func gossip(env hearsayv1.Envelope, from uint64, count int) hearsayv1.Envelope {
	for i := range count {
		for range 3 {
			env.State = append(env.State, hearsayv1.StateDelta{Owner: from + uint64(i), Generation: 1, Latest: 1})
		}
	}
	return env
}

// questioned returns how many keys a node asks for when it hears an envelope.
func questioned(c *cluster, n *testNode, env hearsayv1.Envelope, source netip.AddrPort) (count int) {
	n.Handle(c.now, Inbound{Source: source, Network: "udp", Version: 1, Envelope: &env})
	for _, out := range n.Outbound() {
		if out.Envelope.Want != nil {
			count += len(out.Envelope.Want.Keys)
		}
	}
	return count
}

// Strangers who tell of ever more keys are asked for a bounded number of them, those
// at one address for a part of that; and when they are asked no more, members are.
func TestStrangersTakeNoQuestionsFromMembers(t *testing.T) {
	const perEnvelope = 4
	c := formed(t, 3295, 6, nil)
	n, member := c.nodes[0], c.nodes[2]
	c.run(c.nodes[0].cfg.Period, func() bool { return len(n.asked.ofMembers)+len(n.asked.ofStrangers) == 0 })
	key := uint64(1 << 40)
	stranger := hearsayv1.Envelope{Sender: 99, Flags: uint32(hearsayv1.EnvelopeFlagNoRecord)}
	flood := func(source netip.AddrPort) (asked int) {
		for range 2 * maxAsked / perEnvelope {
			key += 100
			asked += questioned(c, n, gossip(stranger, key, perEnvelope), source)
		}
		return asked
	}
	for host := range 3 * maxAsked / maxAskedAt {
		want := maxAskedAt
		if host >= maxAsked/maxAskedAt {
			want = 0
		}
		source := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(host)}), uint16(host))
		if got := flood(source); got != want {
			t.Errorf("stranger %d is asked for %d keys, want %d", host, got, want)
		}
	}
	asked := 0
	for range 2 * maxAsked / perEnvelope {
		key += 100
		asked += questioned(c, n, gossip(hearsayv1.Envelope{Sender: member.key, Generation: member.nonce}, key, perEnvelope), member.at)
	}
	if asked != maxAsked {
		t.Errorf("a member is asked for %d keys, want %d", asked, maxAsked)
	}
	c.run(2*time.Second, nil)
	if got := flood(addressOf(200)); got == 0 {
		t.Error("in the next period nobody is asked")
	}
}
