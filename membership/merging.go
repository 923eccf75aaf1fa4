package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// maxStale bounds the stale records of one envelope that are answered, and the
// newer ones that are asked for.
const maxStale = 16

// takeRecords merges the records of an envelope. What is new is passed on as a
// rumour, unless this node asked for it: what one node lacked, the others have.
func (c *Coordinator) takeRecords(from *correspondent) {
	env := from.envelope
	question := c.repair.find(env.Ack, from.in.Source)
	asked := question != nil
	// Whoever was sent tags wants the records behind those that it lacks, and
	// needs no other answer to the ones that it sends, unless they are about a
	// node that is not live here: there are no tags of those.
	wants := asked && question.kind == questionTags
	if asked {
		from.proof = proofGiven
		c.entrance.answered(c, from)
	}
	for i := range env.Delta.Records {
		rec := &env.Delta.Records[i]
		outcome, err := c.table.Merge(c.now, rec)
		switch {
		case err != nil:
			c.stats.RecordsRefused++
			continue
		case outcome == Unchanged:
			c.stats.RecordsKnown++
			if asked { // equal records, and yet they differ: one lacks state
				c.stateRecord(c.table.LookupID(rec.ID), env.Sender, true)
			} else if c.eager.crowd && c.rumours.len() > 0 {
				c.echo(rec.ID)
			}
			continue
		case outcome.Has(Contested):
			c.contested(rec)
			continue
		}
		if outcome.Has(Stale) && !(wants && c.listed(rec.ID)) && len(c.stale) < maxStale {
			c.stale = append(c.stale, rec.ID)
		}
		if outcome.Has(Changed) {
			c.stats.RecordsChanged++
			e := c.table.LookupID(rec.ID)
			c.changed(e)
			c.stateRecord(e, env.Sender, asked)
			if !asked && !outcome.Has(Announced) {
				c.rumour(rumourName{subject: e.Key()}, env.Sender, false)
			}
		}
	}
}

// listed tells whether a node has a tag: only the live have.
func (c *Coordinator) listed(id string) bool {
	e := c.table.LookupID(id)
	return e != nil && e.Live()
}

// echo notes that a peer told a record that this node knows.
func (c *Coordinator) echo(id string) {
	if e := c.table.LookupID(id); e != nil {
		c.rumours.echo(rumourName{subject: e.Key()})
	}
}

// changed follows a change of a member's record in all that hangs on it.
func (c *Coordinator) changed(e *Entry) {
	c.shown.dirty = true
	c.repair.changed = c.now
	if !e.Accused() || !e.Live() {
		c.detector.cleared(e.Key())
	}
	c.reviewWard(e)
	if e.Since() == c.now {
		c.circle.known = false
	}
	if !e.Live() {
		c.shown.lost = true
		c.condemned(e)
	}
	c.damping.changed(c.now, e, c.table.LiveCount())
	if e.Live() && e.newlyAccused() {
		// The record has caught up with what others hold against it.
		for i := range e.AccuserCount() {
			c.rumour(rumourName{e.Key(), e.accused.list[i].key}, 0, false)
		}
		c.suspected(e, false)
	}
	if e.Live() && e.Since() == c.now {
		c.revived(e)
		c.ring.add(e.Key())
	}
	if c.stage == stageUp && c.displaced(e) {
		c.probe(e.Key())
	}
}

// takeAccusations merges the accusations of an envelope.
func (c *Coordinator) takeAccusations(from *correspondent) {
	for i := range from.envelope.Accusations {
		a := &from.envelope.Accusations[i]
		if a.Subject == c.key {
			c.accusedSelf(a)
			continue
		}
		outcome, err := c.table.MergeAccusation(c.now, a)
		if err != nil {
			c.stats.RecordsRefused++
			continue
		}
		e := c.table.Lookup(a.Subject)
		if outcome.Has(Changed) {
			c.shown.dirty = true
			c.rumour(rumourName{a.Subject, a.Accuser}, from.envelope.Sender, false)
			if e.Accused() {
				// Not even one that bears this node's key is its own: it comes
				// from an earlier life, which saw what this one has not.
				c.suspected(e, false)
			}
		}
		if outcome.Has(Stale) && len(c.stale) < maxStale {
			c.stale = append(c.stale, e.ID())
		}
		if outcome.Has(Behind) && len(c.behind) < maxStale {
			c.behind = append(c.behind, a.Subject)
		}
	}
}

// accuse adds an accusation by this node of what the table holds of a member.
func (c *Coordinator) accuse(subject *Entry, evidence hearsayv1.Evidence) {
	if !c.hasRecord() {
		return // who is in no table is no witness
	}
	a := hearsayv1.Accusation{
		Subject: subject.Key(), Generation: uint64(subject.Generation()), Incarnation: uint32(subject.Incarnation()),
		Accuser: c.key, Evidence: evidence,
	}
	outcome, err := c.table.MergeAccusation(c.now, &a)
	if err != nil || !outcome.Has(Changed) {
		return
	}
	c.stats.Accusations++
	c.shown.dirty = true
	c.rumour(rumourName{subject.Key(), c.key}, 0, false)
	c.suspected(subject, true)
	c.remind(subject) // the first to be told
}

// remind tells a member what is held against it, that it may refute.
func (c *Coordinator) remind(e *Entry) {
	if to, ok := c.toward(e); ok {
		d := c.open(to)
		d.measure(c.cfg.DatagramBudget)
		c.confront(d, e)
		c.post(d)
	}
}

// suspected follows an accusation of a member as the table knows it.
func (c *Coordinator) suspected(e *Entry, own bool) {
	if e.accused.noticed == 0 {
		e.accused.noticed = c.now
	}
	c.damping.accused(c.now, e)
	c.detector.accused(e, own)
}

// declare raises the verdict on a member to Dead.
func (c *Coordinator) declare(subject *Entry) {
	if !c.hasRecord() {
		return
	}
	outcome, err := c.table.Condemn(c.now, subject.Key(), subject.Generation(), subject.Incarnation(), hearsayv1.VerdictDead)
	if err != nil || !outcome.Has(Changed) {
		return
	}
	c.stats.Declared++
	c.changed(subject)
	c.rumour(rumourName{subject: subject.Key()}, 0, false)
}

// Forget removes a member that is dead, by hand and for good: its life ends for
// all, and only a new one can return. It tells whether there was such a member;
// an observer has nobody to tell of it.
func (c *Coordinator) Forget(now Instant, id string) bool {
	c.begin(now)
	e := c.table.LookupID(id)
	if c.stage == stageStopped || e == nil || e.Live() || c.cfg.Observer {
		return false
	}
	outcome, err := c.table.Condemn(c.now, e.Key(), e.Generation(), e.Incarnation(), hearsayv1.VerdictRemoved)
	if err != nil || !outcome.Has(Changed) {
		return false
	}
	c.changed(e)
	c.rumour(rumourName{subject: e.Key()}, 0, false)
	return true
}

// answerStale answers records that lost with the winners, unless the sender is
// one of those whom a rumour of it is about to reach: then it is only a moment
// behind.
func (c *Coordinator) answerStale(from *correspondent) {
	d := c.open(c.reply(from))
	d.measure(min(c.cfg.DatagramBudget, c.allowance(from)))
	hears := from.current && from.entry.Live()
	var rec hearsayv1.NodeRecord
	for _, id := range c.stale {
		if e := c.table.LookupID(id); e != nil {
			if !hears || !c.rumours.has(rumourName{subject: e.Key()}) {
				rec = e.record()
				d.addRecord(&rec)
			}
		} else if c.table.Answer(id, &rec) {
			d.addRecord(&rec)
		}
	}
	clear(c.stale)
	c.stale = c.stale[:0]
	if !d.empty() {
		c.postTo(from, d)
	}
}

// accusationBy returns the accusation of a member by one accuser.
func (e *Entry) accusationBy(accuser uint64) (hearsayv1.Accusation, bool) {
	evidence := e.AccusedBy(accuser)
	return hearsayv1.Accusation{
		Subject: e.Key(), Generation: uint64(e.Generation()), Incarnation: uint32(e.Incarnation()),
		Accuser: accuser, Evidence: evidence,
	}, evidence != hearsayv1.EvidenceUnspecified
}
