package membership

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Whoever forges a source address gets no more sent there than he spent himself:
// not by one answer, nor by all that answer one datagram.
func TestAStrangersDatagramIsNotAnsweredByMore(t *testing.T) {
	c := formed(t, 3290, 6, nil)
	n, member := c.nodes[0], c.nodes[2]
	self := n.table.Self()
	stale := member.table.Self().record()
	stale.Version, stale.Owner = 0, nil
	accusation := hearsayv1.Accusation{
		Subject: member.key, Generation: uint64(self.Generation()) + 1<<32, Accuser: 77, Evidence: hearsayv1.EvidenceNack,
	}
	for name, env := range map[string]hearsayv1.Envelope{
		"a probe of another life":        {Sender: member.key, Generation: member.nonce + 1, Sequence: 9, Root: 4, Probe: n.key},
		"a probe of a stranger":          {Sender: 99, Generation: 3, Sequence: 9, Root: 4, Probe: n.key},
		"one that knows better":          {Sender: 98, Generation: 3, Sequence: 9, Root: 4, Probe: n.key, Accusations: []hearsayv1.Accusation{accusation}},
		"a rumour of what is over":       {Sender: 97, Generation: 3, Root: 4, Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{stale}}},
		"a question for a key":           {Sender: 96, Generation: 3, Sequence: 9, Want: &hearsayv1.Want{Keys: []uint64{member.key}}},
		"a question, and news to be had": {Sender: 95, Generation: 3, Sequence: 9, Want: &hearsayv1.Want{Keys: []uint64{1}}, Accusations: []hearsayv1.Accusation{accusation}},
	} {
		c.run(2*time.Second, nil) // what may be asked once a period may be asked anew
		n.Handle(c.now, Inbound{Source: addressOf(200), Network: "udp", Version: 1, Envelope: &env})
		sent := 0
		for _, out := range n.Outbound() {
			if out.Target == addressOf(200) {
				sent += out.Envelope.Size()
			}
		}
		if sent == 0 || sent > env.Size() {
			t.Errorf("%s: %d bytes are answered by %d", name, env.Size(), sent)
		}
	}
}

// What a stranger is not asked, because the question would be longer than what
// he has sent, somebody else is.
func TestAQuestionThatWasWithheldIsPutToOthers(t *testing.T) {
	c := formed(t, 3291, 6, nil)
	n, member := c.nodes[0], c.nodes[2]
	unknown := []uint64{77, 78, 79}
	told := make([]hearsayv1.StateDelta, len(unknown))
	for i, owner := range unknown {
		told[i] = hearsayv1.StateDelta{Owner: owner, Generation: 1, Latest: 1}
	}
	withheld, asked := n.Stats().AnswersWithheld, map[uint64]int{}
	hear := func(env hearsayv1.Envelope, source netip.AddrPort) {
		env.State = told
		n.Handle(c.now, Inbound{Source: source, Network: "udp", Version: 1, Envelope: &env})
		for _, out := range n.Outbound() {
			if out.Envelope.Want != nil {
				for _, key := range out.Envelope.Want.Keys {
					asked[key]++
				}
			}
		}
	}
	hear(hearsayv1.Envelope{Sender: 99, Flags: uint32(hearsayv1.EnvelopeFlagNoRecord)}, addressOf(200))
	if len(asked) == 0 || n.Stats().AnswersWithheld == withheld {
		t.Fatalf("the stranger was asked for %v, and nothing was withheld", asked)
	}
	hear(hearsayv1.Envelope{Sender: member.key, Generation: member.nonce}, member.cfg.Endpoints[0].Address)
	for _, key := range unknown {
		if asked[key] != 1 {
			t.Errorf("%d was asked for %d times", key, asked[key])
		}
	}
}

func TestNoQuestionIsLongerThanItCounts(t *testing.T) {
	c := formed(t, 3292, 2, nil)
	n := c.nodes[0]
	to := destination{address: addressOf(200)}
	d := n.wanting(to, 1<<63, nil)
	d.envelope.Incarnation, d.envelope.Flags = 1, uint32(hearsayv1.EnvelopeFlagNoRecord)
	if size := d.envelope.Size(); size != wantBytes {
		t.Errorf("a question takes %d bytes and counts as %d", size, wantBytes)
	}
}
