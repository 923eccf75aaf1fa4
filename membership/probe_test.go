package membership

import (
	"net/netip"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// ask gives a node an envelope and returns what it answers.
func (c *cluster) ask(n *testNode, source netip.AddrPort, env hearsayv1.Envelope) []hearsayv1.Envelope {
	n.Outbound()
	n.Handle(c.now, Inbound{Source: source, Network: "udp", Version: 1, Envelope: &env})
	var answers []hearsayv1.Envelope
	for _, out := range n.Outbound() {
		if out.Target == source {
			answers = append(answers, *out.Envelope.Clone())
		}
	}
	return answers
}

// header returns the header of a node's envelopes.
func (n *testNode) header() hearsayv1.Envelope {
	return hearsayv1.Envelope{Sender: n.key, Generation: n.nonce, Root: n.table.Root()}
}

func TestAProbeForAnotherNodeIsAnsweredByWhoIsThere(t *testing.T) {
	c := formed(t, 81, 3, nil)
	n, asker := c.nodes[0], c.nodes[1]
	for _, target := range []uint64{n.key, wire.Key("somebody else")} {
		env := asker.header()
		env.Probe, env.Sequence = target, 77
		answers := c.ask(n, asker.at, env)
		if len(answers) != 1 || answers[0].Ack != 77 || answers[0].Sender != n.key || answers[0].Generation != n.nonce {
			t.Fatalf("answers %+v", answers)
		}
	}
	env := asker.header()
	env.Probe = n.key
	if answers := c.ask(n, asker.at, env); len(answers) != 0 {
		t.Fatalf("a probe without a sequence is answered: %+v", answers)
	}
}

func TestToAnUnprovenAddressNoAnswerIsLongerThanItsQuestion(t *testing.T) {
	c := formed(t, 82, 5, nil)
	n := c.nodes[0]
	n.rumour(rumourName{subject: c.nodes[1].key}, 0, false) // something to say
	stranger := hearsayv1.Envelope{Sender: 99, Generation: 1, Sequence: 5}
	impostor := c.nodes[1].header()
	impostor.Sequence = 5
	for name, ask := range map[string]func(*hearsayv1.Envelope){
		"probe": func(e *hearsayv1.Envelope) { e.Root, e.Probe = 1, n.key },
		"sum":   func(e *hearsayv1.Envelope) { e.Sum = &hearsayv1.Sum{Salt: 1, Buckets: make([]uint32, 64)} },
		"want":  func(e *hearsayv1.Envelope) { e.Want = &hearsayv1.Want{Keys: []uint64{n.key}} },
		"join":  func(e *hearsayv1.Envelope) { e.Join = &hearsayv1.Join{ID: "x"} },
		"a ghost": func(e *hearsayv1.Envelope) {
			rec := c.nodes[2].table.Self().record()
			rec.Generation -= 1 << 31
			e.Delta = &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{rec}}
		},
		"a header": func(*hearsayv1.Envelope) {},
	} {
		for _, sender := range []hearsayv1.Envelope{stranger, impostor} {
			env := *sender.Clone()
			ask(&env)
			total := 0
			for _, answer := range c.ask(n, addressOf(250), env) {
				total = max(total, answer.Size())
			}
			if total > env.Size() {
				t.Errorf("%s of %d bytes is answered with %d", name, env.Size(), total)
			}
		}
	}
}

func TestWhoRepeatsATokenGetsTheTable(t *testing.T) {
	c := formed(t, 83, 4, nil)
	n, elsewhere := c.nodes[0], addressOf(250)
	env := hearsayv1.Envelope{
		Sender: 99, Generation: 1, Flags: uint32(hearsayv1.EnvelopeFlagNoRecord), Sequence: 5,
		Sum: &hearsayv1.Sum{Salt: 1, Buckets: make([]uint32, 64)},
	}
	answers := c.ask(n, elsewhere, env)
	if len(answers) != 1 || len(answers[0].Challenge) != tokenBytes || answers[0].Ack != 5 || answers[0].Delta != nil {
		t.Fatalf("answers %+v", answers)
	}
	env.Token = answers[0].Challenge
	records := 0
	for _, answer := range c.ask(n, elsewhere, env) {
		if answer.Delta != nil {
			records += len(answer.Delta.Records)
		}
	}
	if records != 4 {
		t.Fatalf("%d records", records)
	}
	if answers := c.ask(n, addressOf(251), env); len(answers) != 1 || len(answers[0].Challenge) == 0 {
		t.Fatal("the token is good elsewhere too")
	}
}

func TestAHelperAnswersForWhomItKnows(t *testing.T) {
	c := formed(t, 84, 4, nil)
	helper, asker, subject := c.nodes[0], c.nodes[1], c.nodes[2]
	request := func(target uint64) []hearsayv1.Envelope {
		env := asker.header()
		env.ProbeRequest = &hearsayv1.ProbeRequest{Target: target, Sequence: 55, TimeoutMicros: 50_000}
		return c.ask(helper, asker.at, env)
	}
	if answers := request(helper.key); len(answers) != 1 || answers[0].ProbeReply.Result != hearsayv1.ProbeResultAck {
		t.Fatalf("about itself: %+v", answers)
	}
	request(wire.Key("nobody"))
	if len(helper.prober.relays) != 0 {
		t.Fatal("it probes whom it does not know")
	}
	var reply *hearsayv1.ProbeReply
	listen := func() *hearsayv1.ProbeReply {
		reply = nil
		c.spy = func(from *testNode, out Outbound, _ int) {
			if out.Envelope.ProbeReply != nil {
				reply = out.Envelope.ProbeReply.Clone()
			}
		}
		c.step(helper)
		c.run(300*time.Millisecond, func() bool { return reply != nil })
		return reply
	}
	ask := func() { // c.ask takes what the helper sends, so it is given by hand
		env := asker.header()
		env.ProbeRequest = &hearsayv1.ProbeRequest{Target: subject.key, Sequence: 55, TimeoutMicros: 50_000}
		helper.Handle(c.now, Inbound{Source: asker.at, Network: "udp", Version: 1, Envelope: &env})
	}
	ask()
	if got := listen(); got == nil || got.Result != hearsayv1.ProbeResultAck || got.Generation != subject.nonce || got.Sequence != 55 {
		t.Fatalf("about one that lives: %+v", got)
	}
	c.crash(subject)
	start := c.now
	ask()
	if got := listen(); got == nil || got.Result != hearsayv1.ProbeResultNack || c.now.Sub(start) != 50*time.Millisecond {
		t.Fatalf("about one that does not: %+v after %v", got, c.now.Sub(start))
	}
	stranger := asker.header()
	stranger.Generation++
	stranger.ProbeRequest = &hearsayv1.ProbeRequest{Target: subject.key, Sequence: 55, TimeoutMicros: 50_000}
	helper.Handle(c.now, Inbound{Source: asker.at, Network: "udp", Version: 1, Envelope: &stranger})
	if len(helper.prober.relays) != 0 {
		t.Fatal("it helps strangers")
	}
}

func TestAnAckCountsOnlyFromWhomItIsFor(t *testing.T) {
	for name, crashed := range map[string]bool{"shown to another": false, "another is there": true} {
		t.Run(name, func(t *testing.T) {
			c := formed(t, 85, 4, nil)
			n := c.nodes[0]
			c.within(5*time.Second, "a probe is in flight", func() bool { return len(n.prober.flights) == 1 })
			f := n.prober.flights[0]
			var subject, other *testNode
			for _, node := range c.nodes[1:] {
				if node.key == f.subject {
					subject = node
				} else {
					other = node
				}
			}
			subject.down = crashed
			forged := other.header()
			forged.Ack = f.tries[0].sequence + 1
			c.ask(n, other.at, forged)
			if n.prober.flights[0].hard != hearsayv1.EvidenceUnspecified {
				t.Fatal("a sequence that was never sent is evidence")
			}
			stray := other.header()
			stray.Ack = f.tries[0].sequence
			c.ask(n, subject.at, stray)
			c.within(2*time.Second, "the probe ends", func() bool {
				return len(n.prober.flights) == 0 || n.prober.flights[0].subject != subject.key
			})
			want := hearsayv1.EvidenceUnspecified
			if crashed {
				want = hearsayv1.EvidenceWrongIdentity
			}
			if got := n.table.Lookup(subject.key).AccusedBy(n.key); got != want {
				t.Errorf("accused with %v, want %v", got, want)
			}
		})
	}
}

func TestAPortThatIsClosedIsEvidence(t *testing.T) {
	for notice, want := range map[Notice]hearsayv1.Evidence{
		NoticeUnreachable:   hearsayv1.EvidenceUnreachable,
		NoticeWrongIdentity: hearsayv1.EvidenceWrongIdentity,
	} {
		c := formed(t, 86, 2, nil)
		n, subject := c.nodes[0], c.nodes[1]
		c.crash(subject)
		c.within(5*time.Second, "a probe is in flight", func() bool { return len(n.prober.flights) == 1 })
		deadline := n.prober.flights[0].deadline
		n.Handle(c.now, Inbound{Source: subject.at, Network: "udp", Notice: notice})
		if f := n.prober.flights[0]; f.hard != want || f.deadline >= deadline {
			t.Errorf("notice %d: evidence %v, deadline %v earlier", notice, f.hard, deadline.Sub(f.deadline))
		}
		if n.Stats().NoticesHandled != 1 {
			t.Error("not counted")
		}
	}
}

func TestSeedsAreAskedAFewAtOnce(t *testing.T) {
	c := newCluster(t, 87)
	var seeds []netip.AddrPort
	for i := range 40 {
		seeds = append(seeds, addressOf(100+i))
	}
	asked := map[netip.AddrPort]bool{}
	perInterval := 0
	c.spy = func(_ *testNode, out Outbound, _ int) { perInterval++; asked[out.Target] = true }
	c.start(c.config(1), seeds...)
	for range 40 {
		c.run(150*time.Millisecond, nil) // the shortest time before one is asked again
		if perInterval > 20 {
			t.Fatalf("%d questions within one gossip interval", perInterval)
		}
		perInterval = 0
	}
	if len(asked) != 40 {
		t.Fatalf("%d of 40 seeds were asked", len(asked))
	}
}
