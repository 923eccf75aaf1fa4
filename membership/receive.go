package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// correspondent is who sent an envelope, as far as this node knows.
type correspondent struct {
	in       *Inbound
	envelope *hearsayv1.Envelope
	// entry is what the table has of the sender's key; nil for a stranger.
	entry *Entry
	// current: the envelope comes from the life that the table knows.
	current bool
	// proof is whether the sender receives at its source address: not asked
	// yet, no, yes; spent is how many bytes it was sent while there is none.
	proof proof
	spent int
}

type proof uint8

const (
	proofUnknown proof = iota
	proofNone
	proofGiven
)

// receive takes an envelope: first what it tells, which only ever merges, then
// what it asks.
func (c *Coordinator) receive(in *Inbound) {
	from := correspondent{in: in, envelope: in.Envelope}
	if !c.acceptable(&from) {
		c.stats.EnvelopesRefused++
		return
	}
	c.stats.EnvelopesHandled++
	if from.envelope.Sender == c.key && !c.strayed(&from) {
		return
	}
	if c.stage == stageAsking {
		c.findSeed(&from)
	}
	if from.envelope.Delta != nil {
		c.takeRecords(&from)
	}
	if len(from.envelope.Accusations) > 0 {
		c.takeAccusations(&from)
	}
	if len(from.envelope.State) > 0 {
		c.takeState(&from)
	}
	c.identify(&from)
	c.takeAnswers(&from)
	c.takeRequests(&from)
	if len(c.stale) > 0 {
		c.answerStale(&from)
	}
	for _, key := range c.behind {
		c.askFor(&from, key)
	}
	c.behind = c.behind[:0]
	c.hearRoot(&from)
	c.compareRoots(&from)
	c.stats.PartsIgnored += uint64(len(from.envelope.App))
}

// acceptable tells whether an envelope can come from a correct node.
func (c *Coordinator) acceptable(from *correspondent) bool {
	env := from.envelope
	if env.Sender == 0 || !from.in.Source.IsValid() {
		return false
	}
	if id := from.in.Identity; id != "" {
		// The entry's id spares the hash: two ids of one key do not coexist.
		if e := c.table.Lookup(env.Sender); e == nil || e.ID() != id {
			return wire.Key(id) == env.Sender
		}
	}
	return true
}

// identify looks the sender up, after its own record in the envelope counts.
func (c *Coordinator) identify(from *correspondent) {
	env := from.envelope
	from.entry = c.table.Lookup(env.Sender)
	from.current = from.entry != nil && from.entry.CurrentLife(env.Generation)
	switch {
	case env.Flags&uint32(hearsayv1.EnvelopeFlagNoRecord) != 0:
	case !from.current || Incarnation(env.Incarnation) > from.entry.Incarnation():
		c.behind = append(c.behind, env.Sender)
	case from.entry.Live():
		c.prober.heard(env.Sender)
		c.entrance.heard = c.now
		c.reach()
	}
}

// takeAnswers handles the parts that answer something this node sent.
func (c *Coordinator) takeAnswers(from *correspondent) {
	env := from.envelope
	if env.JoinAck != nil {
		c.takeJoinAck(from)
	} else if len(env.Challenge) > 0 {
		c.takeChallenge(from)
	}
	if env.Ack != 0 {
		c.prober.ack(c, from)
		c.rivalAnswered(from)
	}
	if env.ProbeReply != nil {
		c.prober.reply(c, from)
	}
	if env.Tags != nil {
		c.takeTags(from)
	}
}

// takeRequests handles the parts that want an answer.
func (c *Coordinator) takeRequests(from *correspondent) {
	env := from.envelope
	switch {
	case env.Join != nil:
		c.answerJoin(from)
	case env.Probe != 0:
		c.answerProbe(from)
	case env.ProbeRequest != nil:
		c.prober.request(c, from)
	case env.Sum != nil:
		c.answerSum(from)
	case from.entry != nil && !from.entry.Live() && from.current && env.Ack == 0:
		c.tellVerdict(from)
	}
	if env.Want != nil {
		c.answerWant(from)
	}
}

// reply returns where the sender is answered: at the source of its envelope.
func (c *Coordinator) reply(from *correspondent) destination {
	to := destination{
		address: from.in.Source, network: from.in.Network, key: from.envelope.Sender, version: from.in.Version,
	}
	if from.entry != nil {
		to.id = from.entry.ID()
	}
	return to
}

// proven tells whether the sender is known to receive at the source of its
// envelope, which over UDP can be forged: its transport verified it, it is a
// member's own endpoint, or it repeated what was sent there.
func (c *Coordinator) proven(from *correspondent) bool {
	if from.proof == proofUnknown {
		from.proof = proofNone
		env := from.envelope
		if from.in.Identity != "" ||
			from.entry != nil && from.current && from.entry.ListensAt(from.in.Network, from.in.Source) ||
			len(env.Token) > 0 && c.tokens.valid(c.now, from.in.Source, env.Token) ||
			env.Ack != 0 && c.repair.answers(env.Ack, from.in.Source) {
			from.proof = proofGiven
		}
	}
	return from.proof == proofGiven
}

// answerProbe acknowledges a probe, also one that is meant for another node:
// the prober then sees who is at the address. To an unproven address the answer
// is no longer than the probe.
func (c *Coordinator) answerProbe(from *correspondent) {
	env := from.envelope
	if env.Sequence == 0 {
		return
	}
	d := c.open(c.reply(from))
	d.envelope.Ack = env.Sequence
	if c.proven(from) {
		c.fill(d)
	}
	c.postTo(from, d)
}

// tellVerdict tells a node that is dead here, and talks without asking, what is
// held against it; once a period, as it is not asked for.
func (c *Coordinator) tellVerdict(from *correspondent) {
	// Its key with all bits turned, as its own may be asked for besides.
	if !c.proven(from) || !c.mayAsk(from, ^from.envelope.Sender) {
		return
	}
	d := c.open(c.reply(from))
	d.measure(c.cfg.DatagramBudget)
	c.confront(d, from.entry)
	c.post(d)
}

// askFor asks the sender for the record of a key, at most once a period. Whoever
// has to prove its address first, before its Sum is answered, is asked when it
// has: a challenge and a question together would be longer than what it sent. What
// it may not be asked others may.
func (c *Coordinator) askFor(from *correspondent, key uint64) {
	switch {
	case from.envelope.Sum != nil && !c.proven(from):
	case c.allowance(from) < wantBytes:
		c.stats.AnswersWithheld++
	case c.mayAsk(from, key):
		c.postTo(from, c.wanting(c.reply(from), key, nil))
	}
}

// wantBytes is the size of an envelope that asks for the record of one key, without
// a token: sender, generation, incarnation, sequence, flags, and the key in its
// list.
const wantBytes = 9 + 5 + 5 + 5 + 2 + 2 + 10

// wanting makes an envelope that asks for the record of a key; token may be
// nil. Without the root it is shorter than the shortest probe.
func (c *Coordinator) wanting(to destination, key uint64, token []byte) *draft {
	d := c.open(to)
	d.envelope.Root = 0
	d.envelope.Sequence = c.repair.expect(&c.random, questionWant, key, to.address)
	d.want = hearsayv1.Want{Keys: append(d.want.Keys[:0], key), Tags: d.want.Tags[:0]}
	d.envelope.Want = &d.want
	d.token = append(d.token, token...)
	d.envelope.Token = d.token
	return d
}
