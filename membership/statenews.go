package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// newsMark is what of one member's state is news: everything above since. The
// mark moves on while writes keep coming, or the news would grow for ever: what
// is above fresh was written after the last move, and each time the rest has
// been sent as often as news is sent, it is news no more.
type newsMark struct {
	since, fresh uint64
	sends        int
}

// stateNews queues a member's state above a version for the peers. source is the
// key of the peer that told it; 0 is this node.
func (c *Coordinator) stateNews(owner, above, source uint64) {
	b := &c.states
	e := c.table.Lookup(owner)
	if c.cfg.Observer || e == nil || !e.Live() || above >= e.StateVersion() {
		return
	}
	c.quickenGossip(&c.clock.write)
	name := rumourName{subject: owner}
	m := b.marks[owner]
	if m == nil || !b.news.has(name) {
		if m == nil {
			m = &newsMark{}
			b.marks[owner] = m
		}
		*m = newsMark{since: above, fresh: max(above, e.StateVersion())}
	}
	m.since = min(m.since, above)
	b.news.add(name, source, false)
	c.eager.pending = true
}

// newsLen returns how many rumours wait, of members and of their state.
func (c *Coordinator) newsLen() int { return c.rumours.len() + c.states.news.len() }

// newsLimits returns how often news of state is sent now, and how often if there
// were less of it.
func (c *Coordinator) newsLimits() (limit, full int) {
	full = rumourSends(c.table.LiveCount())
	if c.states.news.len() >= crowdSize {
		return min(full, crowdSends), full
	}
	return full, full
}

// stateShare is the replicated state's share of an envelope.
type stateShare Coordinator

// fill adds news, that of the member least told about first.
func (s *stateShare) fill(d *draft) {
	c := (*Coordinator)(s)
	b := &c.states
	for misses := 0; misses < maxMisses; {
		r := b.news.take()
		if r == nil {
			return
		}
		e, m := c.table.Lookup(r.name.subject), b.marks[r.name.subject]
		switch {
		case e == nil || e.state == nil || !e.Live() || m == nil || m.since >= e.state.Latest():
			b.news.drop(r.name)
			delete(b.marks, r.name.subject)
		case r.source != 0 && r.source == d.to.key || e.Key() == d.to.key:
			// Who told it, or wrote it, knows it.
		default:
			if !e.state.News(m.since, d.room-stateEndBytes, &b.delta) {
				misses++
				continue
			}
			b.delta.Latest = max(b.delta.Latest, e.stateVersion)
			d.addState(&b.delta)
			if b.delta.To < b.delta.Latest && e.StateHeld() == b.delta.Latest {
				d.states[len(d.states)-1].End = hearsayv1.StateEndCut
			}
			r.sent = true
			m.told(b.news.limit, e.StateVersion())
		}
	}
}

// told counts a send.
func (m *newsMark) told(limit int, latest uint64) {
	if m.sends++; m.sends >= limit {
		m.since, m.fresh, m.sends = m.fresh, max(m.fresh, latest), 0
	}
}

// sweepMarks forgets the marks of what is news no more.
func (c *Coordinator) sweepMarks() {
	b := &c.states
	if len(b.marks) <= 2*b.news.len()+64 {
		return
	}
	for owner := range b.marks { // the order leaves no trace
		if !b.news.has(rumourName{subject: owner}) {
			delete(b.marks, owner)
		}
	}
}

// takeState merges the state in an envelope.
func (c *Coordinator) takeState(from *correspondent) {
	env := from.envelope
	asked := env.Ack != 0 && c.repair.answers(env.Ack, from.in.Source)
	if asked {
		from.proof = proofGiven
	}
	again := false
	for i := range env.State {
		again = c.takeDelta(from, &env.State[i], asked) || again
	}
	if again {
		c.askAgain(from)
	}
}

// takeDelta merges one delta. It tells whether its sender has more that was
// asked for.
func (c *Coordinator) takeDelta(from *correspondent, delta *hearsayv1.StateDelta, asked bool) bool {
	b := &c.states
	e := c.table.Lookup(delta.Owner)
	g := Generation(delta.Generation)
	switch {
	case e == nil || g > e.Generation():
		// Its record comes first.
		if delta.Owner != c.key && len(c.behind) < maxStale {
			c.behind = append(c.behind, delta.Owner)
		}
		c.stats.StateIgnored++
		return false
	case g < e.Generation() || !e.Live():
		c.stats.StateIgnored++
		return false
	case e == c.table.Self():
		c.outdoState(max(delta.To, delta.Latest), delta.Floor)
		return false
	}
	decodeState(&b.delta, delta)
	state := c.table.stateOf(e)
	before, announced := state.Held(), e.StateVersion()
	applied, result := state.Apply(&b.delta, b.scratch[:0])
	b.scratch = applied
	c.stats.StateDeltas++
	c.stats.StateChanged += uint64(len(applied))
	c.stats.StateRefused += uint64(result.Refused)
	c.noteChanges(e.id, applied)
	c.table.stateMoved(e, max(delta.To, delta.Latest))
	risen := e.StateVersion() > announced
	if len(applied) > 0 || risen || state.Held() != before {
		c.repair.changed = c.now
		if !asked {
			c.stateNews(e.key, min(before, state.Held()), from.envelope.Sender)
		}
	}
	switch {
	case !e.lacksState():
		c.dropLack(e, from.envelope.Sender)
	case asked:
		return c.lackAnswered(e, from.envelope.Sender, result.Advanced, delta.End)
	default:
		c.lackNews(e, from.envelope.Sender, delta.End == hearsayv1.StateEndCut)
	}
	return false
}
