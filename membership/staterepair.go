package membership

import (
	"slices"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
)

// lack is a member of whose state this node knows that there is more.
type lack struct {
	owner uint64
	// teller is the peer that told of it last, or sent some of it; source is who
	// was asked last.
	teller, source uint64
	next           Instant
	tries          int
	// asked is when somebody was asked last.
	asked Instant
	// served: the source has just sent some of it. Its answer ends at cut, and
	// there is more; the zero Mark if that is not known.
	served bool
	cut    state.Mark
	// large: it is news that fits no datagram, and whoever has it all tells the
	// others; since is what was held before.
	large bool
	since uint64
}

const (
	// stateAnswerShare is how many times as many envelopes an answer with state
	// may take as any other.
	stateAnswerShare = 4
	// maxStateQuestions bounds the envelopes with questions in one step.
	maxStateQuestions = 8
	// maxStateWants bounds the members that one envelope asks about.
	maxStateWants = 128
	// promptTries is how many peers in a row that have no more are followed by
	// the next one at once.
	promptTries = 4
	// maxLackDoublings bounds the growth of the time between questions.
	maxLackDoublings = 4
)

// findLack returns the place of a member among those lacking.
func (b *stateBook) findLack(owner uint64) (int, bool) {
	return slices.BinarySearchFunc(b.lacks, owner, func(l lack, owner uint64) int {
		switch {
		case l.owner < owner:
			return -1
		case l.owner > owner:
			return 1
		}
		return 0
	})
}

// noteLack remembers that there is more of a member's state, and who said so;
// that one is asked after a while.
func (c *Coordinator) noteLack(e *Entry, teller uint64, wait time.Duration) *lack {
	b := &c.states
	at, known := b.findLack(e.key)
	if !known {
		b.lacks = slices.Insert(b.lacks, at, lack{owner: e.key, teller: teller, next: c.now.Add(wait), since: e.StateHeld()})
		return &b.lacks[at]
	}
	l := &b.lacks[at]
	if !l.served {
		l.teller = teller
		if l.tries == 0 {
			l.next = min(l.next, c.now.Add(wait))
		}
	}
	return l
}

// ask has the teller asked at once, however long others have been asked in vain;
// unless somebody sends already, or was asked just now.
func (l *lack) ask(c *Coordinator) {
	if !l.served && (l.asked == 0 || c.now.Sub(l.asked) >= c.patience()) {
		l.tries, l.next = 0, c.now
	}
}

// lackNews notes that a peer's news of a member's state is not all that there is.
// A gap is mostly closed by other rumours. What is too much for a datagram is not;
// but whoever has all of it says so, and is asked, and then the asker says so. So
// each peer serves a few others, and the owner not everyone.
func (c *Coordinator) lackNews(e *Entry, source uint64, hasAll bool) {
	l := c.noteLack(e, source, c.patience())
	if hasAll {
		l.large = true
		l.ask(c)
	}
}

// dropLack notes that all of a member's state is here now.
func (c *Coordinator) dropLack(e *Entry, source uint64) {
	at, known := c.states.findLack(e.key)
	if !known {
		return
	}
	l := c.states.lacks[at]
	c.states.lacks = slices.Delete(c.states.lacks, at, at+1)
	if l.large {
		c.stateNews(e.key, l.since, source)
	}
}

// lackAnswered notes that a peer sends what is lacking. It is not to be asked
// again before its answer has ended or stalled; when it has no more, others are
// asked. lackAnswered tells whether the peer is to be asked for more at once.
//
// Datagrams overtake each other: the end of an answer counts when all before it
// has come, or after a while.
func (c *Coordinator) lackAnswered(e *Entry, source uint64, advanced bool, end hearsayv1.StateEnd) bool {
	b := &c.states
	at, known := b.findLack(e.key)
	if !known {
		return false
	}
	l := &b.lacks[at]
	if advanced {
		l.teller, l.served, l.tries, l.next = source, true, 0, c.now.Add(c.prober.rtt.timeout())
	}
	switch end {
	case hearsayv1.StateEndAll:
		l.asked = 0 // if somebody tells that he has all of it, he is asked at once
		if b.delta.Latest <= b.delta.To && l.tries < promptTries {
			l.tries, l.next = max(l.tries, 2), c.now // who lacks it too will have it soon
		}
		return false
	case hearsayv1.StateEndCut:
		if l.cut = b.delta.End(); !e.state.Reached(l.cut) {
			l.next = c.now.Add(c.prober.rtt.timeout() / 2)
		}
	}
	return l.cut != state.Mark{} && e.state.Reached(l.cut)
}

// stateRecord compares a record that came with what is held of its state.
func (c *Coordinator) stateRecord(e *Entry, source uint64, asked bool) {
	if e == nil || e == c.table.Self() || !e.lacksState() {
		return
	}
	if !asked {
		c.noteLack(e, source, c.cfg.GossipInterval)
		return
	}
	// The peer answers, and its table differs in this.
	c.noteLack(e, source, 0).ask(c)
}

// revived has the state of a member completed that was taken for dead.
func (c *Coordinator) revived(e *Entry) {
	if e.state != nil && e.state.Revive() {
		c.table.stateMoved(e, 0)
	}
	if e != c.table.Self() && e.lacksState() {
		c.noteLack(e, e.key, c.cfg.GossipInterval)
	}
}

// askAgain asks a peer whose answer ended for want of room for the rest of it.
func (c *Coordinator) askAgain(from *correspondent) {
	if from.entry == nil {
		from.entry = c.table.Lookup(from.envelope.Sender)
	}
	c.askState(c.reply(from), func(l *lack) bool { return l.source == from.envelope.Sender })
}

// stepState asks for what is lacking, where that is due. It returns when it must
// be called again.
func (c *Coordinator) stepState() Instant {
	b := &c.states
	if len(b.lacks) == 0 {
		return Never
	}
	b.lacks = slices.DeleteFunc(b.lacks, func(l lack) bool {
		e := c.table.Lookup(l.owner)
		return e == nil || !e.lacksState()
	})
	var any uint64 // who is asked for what nobody else was willing to tell
	for range maxStateQuestions {
		due := slices.IndexFunc(b.lacks, func(l lack) bool { return l.next <= c.now })
		if due < 0 {
			break
		}
		if any == 0 {
			any = c.anyPeer()
		}
		l := &b.lacks[due]
		whom := l.whom(any)
		peer := c.member(whom)
		to, ok := destination{}, false
		if peer != nil {
			to, ok = c.toward(peer)
		}
		if !ok {
			l.postpone(c)
			continue
		}
		c.askState(to, func(l *lack) bool { return l.next <= c.now && l.whom(any) == whom })
	}
	next := Never
	for i := range b.lacks {
		next = min(next, b.lacks[i].next)
	}
	return next
}

// whom returns the key of the peer to ask next: who told of it, twice, for a
// question may be lost; then any two, and then its owner, and so on. Who told may
// have it by now, and most peers may lack it too; but the owner may be out of reach,
// or have everyone ask.
func (l *lack) whom(any uint64) uint64 {
	switch l.tries % 5 {
	case 2, 3:
		return any
	case 4:
		return l.owner
	}
	return l.teller
}

// anyPeer returns the key of a peer at random; 0 if there is none.
func (c *Coordinator) anyPeer() uint64 {
	for _, e := range c.pickPeers(1, nil) {
		return e.Key()
	}
	return 0
}

// postpone waits longer each time that somebody was asked in vain.
func (l *lack) postpone(c *Coordinator) {
	wait := c.prober.rtt.timeout()
	if l.tries > 0 {
		wait = max(wait, c.patience()<<min(l.tries-1, maxLackDoublings))
	}
	l.tries, l.served = l.tries+1, false
	l.next = c.now.Add(wait)
}

// askState asks a node for those that are lacking and of which which is true, as
// many as an envelope holds.
func (c *Coordinator) askState(to destination, which func(*lack) bool) {
	b := &c.states
	d := c.open(to)
	d.envelope.Sequence = c.repair.expect(&c.random, questionState, to.key, to.address)
	d.token = append(d.token, c.repair.tokenFor(c.now, to.address)...)
	d.envelope.Token = d.token
	d.want = hearsayv1.Want{Keys: d.want.Keys[:0], Tags: d.want.Tags[:0], States: d.want.States[:0]}
	d.envelope.Want = &d.want
	d.measure(c.cfg.DatagramBudget - elementOverhead)
	for i := range b.lacks {
		l := &b.lacks[i]
		e := c.table.Lookup(l.owner)
		if !which(l) || e == nil || len(d.want.States) == maxStateWants {
			continue
		}
		r := c.table.stateOf(e).Request()
		w := hearsayv1.StateWant{
			Owner: e.key, Generation: uint64(e.generation), From: r.From, Floor: r.Floor, Until: r.Until,
			PartVersion: r.PartVersion, PartOffset: r.PartOffset, Continuing: l.served, Latest: e.stateVersion,
		}
		if cost := w.Size() + elementOverhead; cost > d.room {
			break
		} else {
			d.room -= cost
		}
		d.want.States = append(d.want.States, w)
		l.source, l.asked, l.cut = to.key, c.now, state.Mark{}
		l.postpone(c)
	}
	if len(d.want.States) > 0 {
		c.stats.StateAsked++
		c.post(d)
	}
}

// answerState sends the state that a Want asks for, as much as an answer may
// hold. The asker is told where it ends, and why.
func (c *Coordinator) answerState(from *correspondent) {
	env := from.envelope
	a := stateAnswer{
		c: c, to: c.reply(from), ack: env.Sequence, left: stateAnswerShare * c.cfg.AnswerDatagrams,
		whole: c.bulkBytes() - headerBytes - stateEndBytes,
	}
	for i := range env.Want.States {
		w := &env.Want.States[i]
		e := c.table.Lookup(w.Owner)
		if e == nil || uint64(e.generation) != w.Generation {
			continue
		}
		if e == c.table.Self() {
			c.outdoState(w.Latest, w.Floor)
		}
		if !a.add(e, stateRequest(w)) {
			break
		}
	}
	a.flush()
}

// stateAnswer is an answer that is being put together.
type stateAnswer struct {
	c     *Coordinator
	to    destination
	ack   uint32
	left  int // envelopes
	whole int // the room of an envelope
	draft *draft
	// goesOn: of the last member in the draft there is more to come.
	goesOn bool
}

// add answers for one member. It tells whether there is room for more.
func (a *stateAnswer) add(e *Entry, r state.Request) bool {
	delta, held := &a.c.states.delta, a.c.table.stateOf(e)
	for cur := held.Begin(r); ; {
		if a.draft == nil && !a.open() {
			return false
		}
		filled := held.Fill(&cur, a.draft.room-stateEndBytes, a.whole, delta)
		if !filled && !cur.Done() {
			if !a.flush() {
				return false // a datagram without room for anything
			}
			continue
		}
		delta.Latest = max(delta.Latest, e.stateVersion)
		if a.draft.room < delta.Size()+stateEndBytes { // one that has nothing but that
			a.flush()
			continue
		}
		a.draft.addState(delta)
		if a.goesOn = !cur.Done(); a.goesOn {
			continue
		}
		a.end(hearsayv1.StateEndAll)
		if delta.To < held.Held() { // it was asked for no more
			a.end(hearsayv1.StateEndCut)
		}
		return true
	}
}

// end marks the last delta.
func (a *stateAnswer) end(end hearsayv1.StateEnd) { a.draft.states[len(a.draft.states)-1].End = end }

// open begins an envelope, if there may be another one.
func (a *stateAnswer) open() bool {
	if a.left == 0 {
		return false
	}
	a.left--
	a.draft = a.c.open(a.to)
	a.draft.envelope.Ack = a.ack
	a.draft.measure(a.c.bulkBytes())
	return true
}

// flush sends the envelope. It tells whether there was anything in it. In the last
// one, what would go on is cut.
func (a *stateAnswer) flush() bool {
	d := a.draft
	a.draft = nil
	if d == nil || d.empty() {
		return false
	}
	if a.goesOn && a.left == 0 {
		d.states[len(d.states)-1].End = hearsayv1.StateEndCut
	}
	a.c.stats.StateAnswered += uint64(len(d.states))
	a.c.post(d)
	return true
}
