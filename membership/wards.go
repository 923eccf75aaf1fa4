package membership

import (
	"slices"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// ward is a member that was declared dead elsewhere, without this node having
// seen the case: it comes from the other side of a split, in all likelihood.
// It stays in view and is told things until it refutes or its time is over; or
// healing a split would kill, for a moment, everybody whom the refutations must
// pass.
type ward struct {
	key         uint64
	generation  Generation
	incarnation Incarnation
	until       Instant
	// asked: its time is over, but for the answers of members that were asked
	// whether it has refuted.
	asked bool
}

// wardList holds the wards, of which a split of a large cluster makes
// thousands, without holes.
type wardList struct {
	list []ward
	// index finds a member's place in list.
	index map[uint64]int
	// due is not after the end of the time of any.
	due Instant
}

func newWardList() wardList { return wardList{index: make(map[uint64]int), due: Never} }

// find returns the ward of a key, or nil.
func (l *wardList) find(key uint64) *ward {
	if i, ok := l.index[key]; ok {
		return &l.list[i]
	}
	return nil
}

// put takes in a ward, in the place of what there was of its key.
func (l *wardList) put(w ward) {
	l.due = min(l.due, w.until)
	if known := l.find(w.key); known != nil {
		*known = w
		return
	}
	l.index[w.key] = len(l.list)
	l.list = append(l.list, w)
}

// drop takes out the ward of a key, if there is one. The last takes its place.
func (l *wardList) drop(key uint64) {
	i, ok := l.index[key]
	if !ok {
		return
	}
	last := len(l.list) - 1
	l.list[i] = l.list[last]
	l.index[l.list[i].key] = i
	l.list = l.list[:last]
	delete(l.index, key)
}

// condemns tells whether the ward is about the verdict that the entry bears.
func (w *ward) condemns(e *Entry) bool {
	return e.Verdict() == hearsayv1.VerdictDead && e.Generation() == w.generation && e.Incarnation() == w.incarnation
}

// condemned decides whether a member's death is shown at once. It is, if this
// node has held an accusation of that life and incarnation for as long as a
// suspicion lasts, but for a period.
func (c *Coordinator) condemned(e *Entry) {
	s := &c.shown
	if shown, ok := s.view.Get(e.ID()); !ok || !shown.Status.Live() || e.Verdict() == hearsayv1.VerdictRemoved {
		return
	}
	if e.Accused() && e.accused.noticed != 0 && c.now.Sub(e.accused.noticed) >= c.cfg.PauseTolerance-c.cfg.Period {
		return
	}
	if s.wards.find(e.Key()) != nil {
		return
	}
	s.wards.put(ward{
		key: e.Key(), generation: e.Generation(), incarnation: e.Incarnation(), until: c.now.Add(c.grace()),
	})
	c.remind(e)
}

// reviewWard ends the time of a ward whose record has changed: it has refuted,
// left, or is dead anew.
func (c *Coordinator) reviewWard(e *Entry) {
	if w := c.shown.wards.find(e.Key()); w != nil && !w.condemns(e) {
		c.shown.wards.drop(e.Key())
	}
}

// stepWards ends the time of wards that have had it, and returns when it must
// be called again. Before that other members are asked for their records: of the
// many refutations that a heal brings at once some rumour may miss this node.
func (c *Coordinator) stepWards() Instant {
	s := &c.shown
	if c.now < s.wards.due {
		return s.wards.due
	}
	l := &s.wards
	l.due = Never
	var doubtful []uint64
	for i := 0; i < len(l.list); {
		w := &l.list[i]
		if c.now >= w.until && !w.asked {
			w.asked, w.until = true, c.now.Add(c.cfg.GossipInterval)
			doubtful = append(doubtful, w.key)
		}
		if c.now < w.until {
			l.due = min(l.due, w.until)
			i++
			continue
		}
		key := w.key
		l.drop(key)
		if e := c.table.Lookup(key); e != nil {
			s.review(e)
		}
	}
	c.askAbout(doubtful)
	return l.due
}

// wardWitnesses is how many members are asked whether a ward has refuted. Where a
// fifth of all datagrams is lost, one question in three remains without an answer.
const wardWitnesses = 3

// askAbout asks some members at random for the records of keys, as many as a
// datagram holds. A node that has ended would not hear the answers.
func (c *Coordinator) askAbout(keys []uint64) {
	if len(keys) == 0 || c.stage == stageStopped {
		return
	}
	keys = keys[:min(len(keys), (c.cfg.DatagramBudget-headerBytes-wantHeadroom)/8)]
	for _, e := range c.pickPeers(wardWitnesses, func(e *Entry) bool { return !e.Live() || e.Accused() }) {
		if to, ok := c.toward(e); ok {
			d := c.wanting(to, keys[0], nil)
			d.want.Keys = append(d.want.Keys, keys[1:]...)
			c.post(d)
		}
	}
}

// unsaidIDs are the ids of members that may differ from what was told last.
type unsaidIDs struct {
	ids []string
	// sorted is how many of them, from the first on, are sorted and distinct.
	sorted int
}

// note takes in an id.
func (u *unsaidIDs) note(id string) {
	u.ids = append(u.ids, id)
	if len(u.ids) > 2*u.sorted+64 {
		u.sort()
	}
}

// sort returns the ids, sorted and distinct.
func (u *unsaidIDs) sort() []string {
	slices.Sort(u.ids)
	u.ids = slices.Compact(u.ids)
	u.sorted = len(u.ids)
	return u.ids
}

// clear forgets the ids.
func (u *unsaidIDs) clear() {
	u.ids, u.sorted = emptied(u.ids), 0
}
