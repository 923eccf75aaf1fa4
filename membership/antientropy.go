package membership

import (
	"net/netip"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Rules of repair.
const (
	// settleIntervals is for how many gossip intervals this table must have
	// been still before a root that differs counts, while no rumour waits.
	settleIntervals = 2
	// patiencePeriods is for how many periods roots may differ whatever
	// rumours are under way.
	patiencePeriods = 5
	// maxQuestions is how many of its questions a node remembers, and how many
	// tokens.
	maxQuestions = 64
	maxTokens    = 16
)

// questionKind is what a question asks for.
type questionKind uint8

const (
	questionNone questionKind = iota
	questionSum
	questionTags
	questionWant
	questionState
)

// question is one that was sent. It is kept to recognise answers, which
// need no rumour and come from a proven address, and not to go on from: each
// message of an exchange stands for itself.
type question struct {
	sequence   uint32
	kind       questionKind
	key        uint64
	address    netip.AddrPort
	challenged bool
}

// repair finds and mends differences between tables (anti-entropy). Every
// envelope carries the root of its sender's table; where two differ for longer
// than rumours need, they compare bucket by bucket and send each other what
// the other lacks. Each step merges or sends and nothing else, so lost,
// repeated and stale messages do no harm.
type repair struct {
	// changed is the time of the table's last change.
	changed Instant
	// differs is since when a root was seen to differ, seen when it last was.
	differs, seen Instant
	// next is the earliest time of the next Sum: one a period.
	next Instant

	questions [maxQuestions]question
	at        int
	tokens    [maxTokens]heldToken
	tokenAt   int

	sumAnswer  SumAnswer
	tagsAnswer TagsAnswer
	entries    []*Entry
}

// heldToken is a token that another node gave, for its bulk answers to here.
type heldToken struct {
	address netip.AddrPort
	bytes   [tokenBytes]byte
	since   Instant
}

func newRepair() repair { return repair{differs: Never} }

// expect returns the sequence for a question, and remembers it.
func (r *repair) expect(random *randomness, kind questionKind, key uint64, address netip.AddrPort) uint32 {
	sequence := random.sequence()
	r.questions[r.at] = question{sequence: sequence, kind: kind, key: key, address: address}
	r.at = (r.at + 1) % maxQuestions
	return sequence
}

// find returns the question that an envelope from address answers, or nil.
func (r *repair) find(ack uint32, address netip.AddrPort) *question {
	for i := range r.questions {
		if e := &r.questions[i]; e.sequence == ack && e.address == address && ack != 0 {
			return e
		}
	}
	return nil
}

// answers tells whether an envelope from address answers a question.
func (r *repair) answers(ack uint32, address netip.AddrPort) bool { return r.find(ack, address) != nil }

// holdToken remembers a token for an address.
func (r *repair) holdToken(now Instant, address netip.AddrPort, token []byte) {
	if len(token) != tokenBytes {
		return
	}
	slot := &r.tokens[r.tokenAt]
	for i := range r.tokens {
		if r.tokens[i].address == address {
			slot = &r.tokens[i]
		}
	}
	if slot == &r.tokens[r.tokenAt] {
		r.tokenAt = (r.tokenAt + 1) % maxTokens
	}
	*slot = heldToken{address: address, since: now}
	copy(slot.bytes[:], token)
}

// tokenFor returns a token for an address that may still be taken there.
func (r *repair) tokenFor(now Instant, address netip.AddrPort) []byte {
	for i := range r.tokens {
		if t := &r.tokens[i]; t.address == address && now.Sub(t.since) < tokenLife {
			return t.bytes[:]
		}
	}
	return nil
}

// compareRoots looks at the root in a header, last of all, when everything that
// came with it is merged.
func (c *Coordinator) compareRoots(from *correspondent) {
	root := from.envelope.Root
	if root == 0 || !from.current || !from.entry.Live() || from.entry.Key() == c.key {
		return
	}
	switch c.stage {
	case stageJoining:
		c.joinedAt(root)
		return
	case stageUp, stageLeaving, stageObserving:
	default:
		return
	}
	if c.entrance.young {
		c.compareYoung(from)
	}
	if root == c.table.Root() || from.inExchange(&c.repair) {
		return
	}
	r := &c.repair
	if r.differs == Never || c.now.Sub(r.seen) > 2*c.cfg.Period {
		r.differs = c.now
	}
	r.seen = c.now
	still := c.newsLen() == 0 && c.now >= r.changed.Add(settleIntervals*c.cfg.GossipInterval)
	if c.now >= r.next && (still || c.now >= r.differs.Add(patiencePeriods*c.cfg.Period)) {
		c.sendSum(c.reply(from))
	}
}

// inExchange tells whether an envelope asks, so that its sender sees by the
// answer how the roots differ, or belongs to an exchange that is under way. One
// question is enough for both.
func (from *correspondent) inExchange(r *repair) bool {
	env := from.envelope
	return env.Probe != 0 || env.Sum != nil || env.Tags != nil || env.Want != nil || r.answers(env.Ack, from.in.Source)
}

// sendSum asks a peer to compare tables. It returns the sequence of the
// question.
func (c *Coordinator) sendSum(to destination) uint32 {
	r := &c.repair
	r.differs, r.next = Never, c.now.Add(c.cfg.Period)
	c.stats.SumsSent++
	d := c.open(to)
	d.envelope.Sequence = r.expect(&c.random, questionSum, 0, to.address)
	c.table.AppendSum(&d.sum, c.random.salt(), c.cfg.DatagramBudget)
	d.envelope.Sum = &d.sum
	d.token = append(d.token, r.tokenFor(c.now, to.address)...)
	d.envelope.Token = d.token
	c.post(d)
	return d.envelope.Sequence
}

// challenge asks the sender of a question to prove its address. It is shorter
// than the shortest question.
func (c *Coordinator) challenge(from *correspondent) {
	c.stats.Challenges++
	d := c.open(c.reply(from))
	d.envelope.Root, d.envelope.Incarnation = 0, 0
	d.envelope.Ack = from.envelope.Sequence
	d.token = c.tokens.appendToken(d.token, c.now, from.in.Source)
	d.envelope.Challenge = d.token
	c.postTo(from, d)
}

// takeChallenge repeats a question with the token that it needs.
func (c *Coordinator) takeChallenge(from *correspondent) {
	asked := c.repair.find(from.envelope.Ack, from.in.Source)
	if asked == nil || asked.challenged || len(from.envelope.Challenge) != tokenBytes {
		return
	}
	asked.challenged = true
	kind, key := asked.kind, asked.key
	c.repair.holdToken(c.now, from.in.Source, from.envelope.Challenge)
	switch kind {
	case questionSum:
		sequence := c.sendSum(c.reply(from))
		c.entrance.repeated(from.envelope.Ack, sequence)
	case questionState:
		c.askState(c.reply(from), func(l *lack) bool { return l.source == from.envelope.Sender })
	case questionWant:
		c.post(c.wanting(c.reply(from), key, c.repair.tokenFor(c.now, from.in.Source)))
	}
}

// answerSum compares the sender's sums with this table's. If there is nothing
// to say it says so, for a joiner waits.
func (c *Coordinator) answerSum(from *correspondent) {
	env := from.envelope
	if env.Sequence == 0 {
		return
	}
	if !c.proven(from) {
		c.challenge(from)
		return
	}
	c.stats.SumsAnswered++
	answer := &c.repair.sumAnswer
	size := c.bulkBytes() - headerBytes
	if err := c.table.AnswerSum(env.Sum, size, c.cfg.AnswerDatagrams, answer); err != nil {
		c.stats.EnvelopesRefused++
		return
	}
	to := c.reply(from)
	for i := range answer.Tags {
		d := c.open(to)
		d.envelope.Ack = env.Sequence
		d.envelope.Sequence = c.repair.expect(&c.random, questionTags, 0, to.address)
		d.tags = hearsayv1.Tags{
			Salt: answer.Tags[i].Salt, Buckets: answer.Tags[i].Buckets,
			Covered: append(d.tags.Covered[:0], answer.Tags[i].Covered...),
			Tags:    append(d.tags.Tags[:0], answer.Tags[i].Tags...),
		}
		d.envelope.Tags = &d.tags
		c.post(d)
	}
	if len(answer.Tags) == 0 && len(answer.Records) == 0 {
		d := c.open(to)
		d.envelope.Ack = env.Sequence
		c.post(d)
		return
	}
	c.sendRecords(to, env.Sequence, answer.Records)
}

// takeTags sends what the other side lacks and asks for what this one does.
func (c *Coordinator) takeTags(from *correspondent) {
	env := from.envelope
	asked := c.repair.find(env.Ack, from.in.Source)
	if asked == nil || asked.kind != questionSum || env.Sequence == 0 {
		return
	}
	from.proof = proofGiven
	c.entrance.answered(c, from)
	answer := &c.repair.tagsAnswer
	size := c.cfg.DatagramBudget - headerBytes
	room := (c.bulkBytes() - headerBytes) * c.cfg.AnswerDatagrams
	if err := c.table.AnswerTags(env.Tags, size, room, answer); err != nil {
		c.stats.EnvelopesRefused++
		return
	}
	to := c.reply(from)
	if len(answer.Want) > 0 {
		d := c.open(to)
		d.envelope.Ack = env.Sequence
		d.envelope.Sequence = c.repair.expect(&c.random, questionTags, 0, to.address)
		d.want = hearsayv1.Want{Keys: d.want.Keys[:0], Salt: env.Tags.Salt, Tags: append(d.want.Tags[:0], answer.Want...)}
		d.envelope.Want = &d.want
		c.post(d)
		c.entrance.continues(d.envelope.Sequence)
	}
	c.sendRecords(to, env.Sequence, answer.Records)
}

// answerWant sends the records that are asked for.
func (c *Coordinator) answerWant(from *correspondent) {
	env := from.envelope
	if env.Sequence == 0 {
		return
	}
	if !c.proven(from) {
		c.challenge(from)
		return
	}
	room := c.cfg.AnswerDatagrams * (c.bulkBytes() - headerBytes)
	c.repair.entries = c.table.AnswerWant(env.Want, room, c.repair.entries[:0])
	c.sendRecords(c.reply(from), env.Sequence, c.repair.entries)
	clear(c.repair.entries)
	if len(env.Want.States) > 0 {
		c.answerState(from)
	}
}

// maxBulkBytes bounds the envelopes of an answer where the transport takes
// larger ones than a datagram.
const maxBulkBytes = 16 << 10

// bulkBytes is the size of the envelopes in which answers go out.
func (c *Coordinator) bulkBytes() int {
	return max(c.cfg.DatagramBudget, min(c.cfg.MaxEnvelopeBytes, maxBulkBytes))
}

// headerBytes is what an envelope spends on anything but the content of an
// answer, at most: header 35, ack and sequence 10, tags and lengths.
const headerBytes = 64

// sendRecords sends records as an answer, in as few datagrams as hold them and
// no more than an answer may take.
func (c *Coordinator) sendRecords(to destination, ack uint32, entries []*Entry) {
	for sent := 0; len(entries) > 0 && sent < c.cfg.AnswerDatagrams; sent++ {
		d := c.open(to)
		d.envelope.Ack = ack
		d.measure(c.bulkBytes())
		for len(entries) > 0 {
			rec := entries[0].record()
			if !d.addRecord(&rec) {
				break
			}
			entries = entries[1:]
		}
		if d.empty() {
			return
		}
		c.stats.RecordsAnswered += uint64(len(d.records))
		c.post(d)
	}
}

// patience is how long a joiner waits for the rest of an answer, or for one at
// all, before it turns to another member.
func (c *Coordinator) patience() time.Duration { return c.cfg.GossipInterval / 2 }
