package membership

import (
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// entrance is a node's way in: seeds are asked until one answers; with the
// greatest generation that they know of its id the node begins a new life; then
// member after member is asked for what it knows, until one knows no more than
// this node does.
type entrance struct {
	// done: the node is Up, or was.
	done bool
	// known is the greatest counter of the node's id that an answer named, and
	// observed where the last one saw the node, and by which network.
	known    uint32
	observed Endpoint
	// gather is until when the answers of other seeds are awaited, where host,
	// who answered first, had no record itself; Never if nobody did.
	gather Instant
	host   destination

	// sequence is that of the question that is open, 0 if none is; messages is
	// how many came in answer to it, and next when to turn to another member.
	sequence uint32
	messages int
	next     Instant
	last     uint64
	// first is when the first records came, Never before that.
	first Instant

	// heard is when a live member was heard last.
	heard Instant

	// young: the node has come Up, at upSince, and still compares. calm counts
	// the members in a row whose root was this node's.
	young   bool
	upSince Instant
	calm    int
}

// A node that has just come Up goes on comparing roots, with one member after
// another and each half gossip interval, until calmRoots of them in a row were
// equal to its own, or youthPeriods are over: those who come together learn of
// each other from each other.
const (
	calmRoots    = 3
	youthPeriods = 5
)

func newEntrance() entrance { return entrance{gather: Never, first: Never} }

// joinAckBytes is at least the size of the largest envelope that answers a
// Join: header 35, ack 5, JoinAck 2 + 66 + 9 + 18 + 4, challenge 10.
const joinAckBytes = 152

// sendJoin introduces this node to a seed. The question is padded, so that no
// answer is longer than it.
func (c *Coordinator) sendJoin(s *seed) {
	d := c.open(destination{address: s.address, network: c.cfg.Endpoints[s.network].Network})
	d.envelope.Sequence = s.sequence
	padding := d.join.Padding[:0]
	d.join = hearsayv1.Join{ID: c.cfg.ID, Nonce: c.nonce}
	d.envelope.Join = &d.join
	if short := joinAckBytes - d.envelope.Size(); short > 0 {
		for len(padding) < short {
			padding = append(padding, 0)
		}
		d.join.Padding = padding
	}
	c.post(d)
}

// answerJoin tells a joiner what is known of its id, and gives it a token. A
// node that has no record itself answers too, or two that know only each other
// would wait for ever.
func (c *Coordinator) answerJoin(from *correspondent) {
	env := from.envelope
	if env.Sequence == 0 || checkID(env.Join.ID) != nil {
		return
	}
	c.stats.JoinsAnswered++
	source := from.in.Source.Addr()
	d := c.open(c.reply(from))
	d.envelope.Ack = env.Sequence
	d.joinAck = hearsayv1.JoinAck{
		ID: c.cfg.ID, KnownGeneration: uint64(c.table.KnownGeneration(env.Join.ID)),
		ObservedIP:   append(d.joinAck.ObservedIP[:0], source.AsSlice()...),
		ObservedPort: uint32(from.in.Source.Port()),
	}
	d.envelope.JoinAck = &d.joinAck
	d.token = c.tokens.appendToken(d.token, c.now, from.in.Source)
	d.envelope.Challenge = d.token
	c.postTo(from, d)
}

// takeJoinAck takes a seed's answer.
func (c *Coordinator) takeJoinAck(from *correspondent) {
	env := from.envelope
	s := c.seeds.bySequence(env.Ack)
	if s == nil || s.answered {
		return
	}
	s.heard(env.Sender)
	c.repair.holdToken(c.now, from.in.Source, env.Challenge)
	if ip, ok := netip.AddrFromSlice(env.JoinAck.ObservedIP); ok && env.JoinAck.ObservedPort <= 65535 {
		c.entrance.observed = Endpoint{
			Network: from.in.Network, Address: netip.AddrPortFrom(ip.Unmap(), uint16(env.JoinAck.ObservedPort)),
		}
	}
	known := Generation(env.JoinAck.KnownGeneration)
	if c.stage != stageAsking {
		c.knockAnswered(from, known)
		return
	}
	if known.Valid() {
		c.entrance.known = max(c.entrance.known, known.Counter())
	}
	host := c.reply(from)
	host.id = env.JoinAck.ID
	if env.Flags&uint32(hearsayv1.EnvelopeFlagNoRecord) == 0 || !c.seeds.pending() {
		c.enterThrough(host)
		return
	}
	if c.entrance.gather == Never {
		c.entrance.gather, c.entrance.host = c.now.Add(c.cfg.GossipInterval), host
	}
}

// enterThrough begins the node's life and asks the host for its table.
func (c *Coordinator) enterThrough(host destination) {
	c.stage = stageJoining
	if c.cfg.Observer {
		c.seeds.dropFound()
		c.joinSum(host)
		return
	}
	if !c.enter(max(c.entrance.known, c.cfg.MinCounter), hearsayv1.NodeStatusJoining) {
		c.stage = stageAsking
		return
	}
	c.seeds.dropFound()
	// The host hears of this node before its question, and so knows its
	// address; the others are told by rumour.
	d := c.open(host)
	d.measure(c.cfg.DatagramBudget)
	rec := c.table.Self().record()
	d.addRecord(&rec)
	c.post(d)
	c.joinSum(host)
}

// joinSum asks a member for what this node lacks.
func (c *Coordinator) joinSum(to destination) {
	n := &c.entrance
	n.last, n.messages = to.key, 0
	n.sequence = c.sendSum(to)
	n.next = c.now.Add(c.cfg.GossipInterval)
}

// repeated notes that a question was repeated under another sequence.
func (n *entrance) repeated(was, now uint32) {
	if n.sequence == was {
		n.sequence = now
	}
}

// continues notes that the exchange goes on with another question.
func (n *entrance) continues(sequence uint32) { n.sequence = sequence }

// answered notes that a part of an answer came. When it took all the room that
// an answer may take there is more to be had, at once and from another member.
func (n *entrance) answered(c *Coordinator, from *correspondent) {
	if c.stage != stageJoining || from.envelope.Ack != n.sequence {
		return
	}
	if n.first == Never {
		n.first = c.now
	}
	n.messages++
	n.next = c.now.Add(c.patience())
	if n.messages >= c.cfg.AnswerDatagrams {
		n.next = c.now
	}
}

// joinedAt ends the joining where a member's table, but for this node's record,
// equals this one.
func (c *Coordinator) joinedAt(root uint64) {
	if root == c.table.Root() || root == c.table.RootWithout(c.key) {
		c.settle()
	}
}

// compareYoung takes the root of a member that a young node asked for it.
func (c *Coordinator) compareYoung(from *correspondent) {
	n := &c.entrance
	if n.sequence == 0 || from.envelope.Ack != n.sequence {
		return
	}
	n.sequence = 0
	if from.envelope.Root == c.table.Root() {
		n.calm++
		n.young = n.calm < calmRoots
		return
	}
	n.calm = 0
	if from.envelope.Delta == nil { // an answer to a Sum was all there is
		n.sequence = c.sendSum(c.reply(from))
	}
}

// stepYouth asks the next member for its root.
func (c *Coordinator) stepYouth() Instant {
	n := &c.entrance
	if c.now >= n.upSince.Add(youthPeriods*c.cfg.Period) {
		n.young = false
		return Never
	}
	if c.now < n.next {
		return n.next
	}
	n.next = c.now.Add(c.patience())
	for _, e := range c.pickPeers(1, func(e *Entry) bool { return e.Key() == n.last && len(c.table.Peers()) > 1 }) {
		if to, ok := c.toward(e); ok {
			n.last, n.sequence = e.Key(), c.random.sequence()
			c.prober.send(c, to, n.sequence)
		}
	}
	return n.next
}

// stepEntrance does what is due of the joining.
func (c *Coordinator) stepEntrance() Instant {
	n := &c.entrance
	switch c.stage {
	case stageAsking:
		if c.now >= n.gather {
			n.gather = Never
			c.enterThrough(n.host)
			return c.stepEntrance()
		}
		return min(c.askSeeds(), n.gather)
	case stageJoining:
		limit := n.first.Add(patiencePeriods * c.cfg.Period)
		if c.now >= limit {
			c.settle()
			return Never
		}
		if c.now >= n.next {
			c.joinNext()
		}
		return min(limit, n.next)
	case stageUp:
		if n.young {
			return c.stepYouth()
		}
	case stageObserving:
		return c.stepWatch()
	}
	return Never
}

// joinNext asks another member, or while none is known the seeds again.
func (c *Coordinator) joinNext() {
	n := &c.entrance
	n.next = c.now.Add(c.cfg.GossipInterval)
	if len(c.states.lacks) > 0 {
		return // the tables differ by the state that is being asked for
	}
	peers := c.pickPeers(1, func(e *Entry) bool { return e.Key() == n.last && len(c.table.Peers()) > 1 })
	if len(peers) == 0 {
		c.askSeeds()
		return
	}
	if to, ok := c.toward(peers[0]); ok {
		c.joinSum(to)
	}
}
