package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestWhoIsAccusedHearsItFirst(t *testing.T) {
	c := formed(t, 91, 5, nil)
	n, accused, other := c.nodes[0], c.nodes[1], c.nodes[2]
	n.accuse(n.table.Lookup(accused.key), hearsayv1.EvidenceNack)
	n.Outbound()
	for i := range 3 { // news, which would fill the envelope
		n.rumour(rumourName{subject: c.nodes[2+i].key}, 0, false)
	}
	probe := func(from *testNode) hearsayv1.Envelope {
		env := from.header()
		env.Probe, env.Sequence = n.key, 7
		answers := c.ask(n, from.at, env)
		if len(answers) != 1 {
			t.Fatalf("answers %+v", answers)
		}
		return answers[0]
	}
	if ack := probe(accused); len(ack.Accusations) == 0 || ack.Accusations[0].Subject != accused.key {
		t.Fatalf("the accused is told %+v", ack)
	}
	if _, err := n.table.Condemn(c.now, accused.key, n.table.Lookup(accused.key).Generation(), 0, hearsayv1.VerdictDead); err != nil {
		t.Fatal(err)
	}
	if ack := probe(accused); ack.Delta == nil || ack.Delta.Records[0].ID != accused.cfg.ID || ack.Delta.Records[0].Verdict != hearsayv1.VerdictDead {
		t.Fatalf("the condemned is told %+v", ack)
	}
	n.accuse(n.table.Lookup(other.key), hearsayv1.EvidenceNack)
	if ack := probe(c.nodes[3]); len(ack.Accusations) == 0 {
		t.Fatalf("the others are not told at all: %+v", ack)
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	c := newCluster(t, 92)
	c.grow(100)
	c.within(5*time.Second, "all Up", func() bool { return c.allSee(100, StatusUp) })
	n, asker := c.nodes[0], c.nodes[1]
	sum := asker.header()
	sum.Sequence, sum.Sum = 5, &hearsayv1.Sum{Salt: 7, Buckets: make([]uint32, 256)}
	answers := c.ask(n, asker.at, sum)
	records := 0
	for _, answer := range answers {
		if answer.Size() > defaultBudget || answer.Ack != 5 {
			t.Fatalf("%d bytes, ack %d", answer.Size(), answer.Ack)
		}
		records += len(answer.Delta.Records)
	}
	if len(answers) != 4 || records < 40 {
		t.Fatalf("%d records in %d datagrams", records, len(answers))
	}
	want := asker.header()
	want.Sequence, want.Want = 6, &hearsayv1.Want{}
	for _, node := range c.nodes {
		want.Want.Keys = append(want.Want.Keys, node.key)
	}
	if answers := c.ask(n, asker.at, want); len(answers) != 4 {
		t.Fatalf("a Want is answered with %d datagrams", len(answers))
	}
}

func TestLargerEnvelopesCarryLargerAnswers(t *testing.T) {
	c := newCluster(t, 93)
	c.configure = func(cfg *Config) { cfg.MaxEnvelopeBytes = 1 << 20 }
	c.grow(1)
	n := c.nodes[0]
	for i := range 300 {
		rec := n.table.Self().record()
		rec.ID = addressOf(i).String()
		if _, err := n.table.Merge(c.now, &rec); err != nil {
			t.Fatal(err)
		}
	}
	env := hearsayv1.Envelope{
		Sender: 9, Generation: 1, Flags: uint32(hearsayv1.EnvelopeFlagNoRecord), Sequence: 5,
		Sum: &hearsayv1.Sum{Salt: 7, Buckets: make([]uint32, 256)},
	}
	env.Token = c.ask(n, addressOf(250), env)[0].Challenge
	records := 0
	for _, answer := range c.ask(n, addressOf(250), env) {
		if answer.Size() > maxBulkBytes {
			t.Fatalf("%d bytes", answer.Size())
		}
		records += len(answer.Delta.Records)
	}
	if records != 301 {
		t.Fatalf("%d records", records)
	}
}

func TestWhatWasAskedForIsNoRumour(t *testing.T) {
	c := formed(t, 94, 40, nil)
	late := c.start(c.config(60), addressOf(3))
	most := 0
	c.within(5*time.Second, "joined", func() bool {
		most = max(most, late.rumours.len())
		return late.Joined()
	})
	if most > 2 {
		t.Fatalf("the joiner has %d rumours to tell", most)
	}
	if late.table.LiveCount() != 41 {
		t.Fatalf("it knows %d", late.table.LiveCount())
	}
}

func TestAnIdentityMustBelongToItsKey(t *testing.T) {
	c := formed(t, 95, 3, nil)
	n, other := c.nodes[0], c.nodes[1]
	env := other.header()
	for identity, refused := range map[string]uint64{other.cfg.ID: 0, "node-002": 1, "nobody": 1, "": 0} {
		before := n.Stats().EnvelopesRefused
		n.Handle(c.now, Inbound{Source: other.at, Network: "udp", Identity: identity, Version: 1, Envelope: &env})
		if got := n.Stats().EnvelopesRefused - before; got != refused {
			t.Errorf("identity %q: %d refused, want %d", identity, got, refused)
		}
	}
	stranger := hearsayv1.Envelope{Sender: 4, Generation: 1}
	n.Handle(c.now, Inbound{Source: other.at, Network: "udp", Identity: "new", Version: 1, Envelope: &stranger})
	nobody := hearsayv1.Envelope{Generation: 1}
	n.Handle(c.now, Inbound{Source: other.at, Network: "udp", Version: 1, Envelope: &nobody})
	if got := n.Stats().EnvelopesRefused; got != 4 {
		t.Errorf("%d refused in all", got)
	}
}

func TestAnAccusationThatIsAheadIsAskedAbout(t *testing.T) {
	c := formed(t, 96, 3, nil)
	n, teller, subject := c.nodes[0], c.nodes[1], c.nodes[2]
	env := teller.header()
	env.Accusations = []hearsayv1.Accusation{{
		Subject: subject.key, Generation: subject.Generation(), Incarnation: 5, Accuser: teller.key, Evidence: hearsayv1.EvidenceNack,
	}}
	answers := c.ask(n, teller.at, env)
	if len(answers) != 1 || answers[0].Want == nil || answers[0].Want.Keys[0] != subject.key {
		t.Fatalf("answers %+v", answers)
	}
	if answers := c.ask(n, teller.at, env); len(answers) != 0 {
		t.Fatal("asked twice in one period")
	}
}
