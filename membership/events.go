package membership

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// display turns the table into what users see. It looks at the table once per
// gossip interval, and at once where it has been still: a verdict that was
// refuted in between never shows, and a hundred changes are one update.
type display struct {
	view *View
	// dirty: the table has changed since it was looked at, at version.
	dirty            bool
	version, forgets uint64
	// next is when the table may be looked at again, and nextLoss when for the
	// loss of a member: an interval after there were events. That one more
	// accuses whom all see as a suspect does not keep its death waiting.
	next, nextLoss Instant
	// lost: somebody has died or left since the table was looked at.
	lost bool

	// told is the view of the last TopologyUpdated, full whether there was
	// one, unsaid are the ids that may differ from it, and tellAt is the
	// earliest time of the next.
	told   *View
	full   bool
	unsaid unsaidIDs
	tellAt Instant
	// changed begins with those that are shown otherwise although the table has
	// not changed them; derive adds what it has.
	changed []listed

	// wards are those whose death is not shown yet.
	wards wardList

	events, spare       []Event
	forgotten, forgiven []netip.AddrPort
}

// maxEvents bounds the events that a driver may leave lying there; beyond it
// the oldest are lost.
const maxEvents = 1 << 16

// keptEvents is of how many events, members that have changed or envelopes the
// memory is kept when they are done with.
const keptEvents = 256

// emptied returns a slice without elements, in the memory of one that is done
// with unless that is much.
func emptied[T any](used []T) []T {
	clear(used)
	if cap(used) > keptEvents {
		return nil
	}
	return used[:0]
}

func newDisplay(self string) display {
	empty := &View{Self: self}
	return display{view: empty, told: empty, wards: newWardList()}
}

// review has a member shown anew.
func (s *display) review(e *Entry) {
	s.changed = append(s.changed, unlisted(e.profile))
	s.dirty = true
}

// add appends an event.
func (s *display) add(e Event) {
	if len(s.events) >= maxEvents {
		s.events = s.events[1:]
	}
	s.events = append(s.events, e)
}

func (s *display) takeEvents() []Event {
	taken := s.events
	s.events, s.spare = emptied(s.spare), taken // what the driver had last time
	return taken
}

func (s *display) takeForgotten() []netip.AddrPort {
	taken := s.forgotten
	s.forgotten, s.forgiven = emptied(s.forgiven), taken
	return taken
}

// display shows what has changed, as far as it is due, and returns when it must
// be called again.
func (c *Coordinator) display(wall time.Time) Instant {
	s := &c.shown
	next := min(c.stepWards(), c.stepDamping(), c.stepQuarantine())
	c.showBlocked(wall)
	if s.dirty {
		due := s.next
		if s.lost {
			due = s.nextLoss
		}
		if c.now >= due || c.stage == stageStopped {
			told := len(s.events)
			c.derive(wall)
			s.dirty, s.lost = false, false
			s.next = c.now.Add(c.cfg.GossipInterval)
			if len(s.events) > told {
				s.nextLoss = s.next
			}
		} else {
			next = min(next, due)
		}
	}
	if len(s.unsaid.ids) > 0 || !c.quarantine.told {
		if c.now < s.tellAt && c.stage != stageStopped {
			next = min(next, s.tellAt)
		} else {
			s.tellAt = c.now.Add(c.cfg.TopologyInterval)
			c.tell()
		}
	}
	return min(next, c.stepConsensus(wall))
}

// derive makes the next view of what has changed in the table, and the events
// of its members.
func (c *Coordinator) derive(wall time.Time) {
	s, t := &c.shown, c.table
	changed := s.changed
	for i := range changed {
		if e := t.LookupID(changed[i].id); e != nil {
			changed[i] = c.shownMember(e)
		}
	}
	for e := range t.ChangedSince(s.version) {
		changed = append(changed, c.shownMember(e))
	}
	if forgets := t.Forgets(); forgets != s.forgets {
		s.forgets = forgets
		changed = t.forgottenIn(s.view, changed)
	}
	s.version = t.Version()
	changed = slices.DeleteFunc(changed, s.view.has)
	slices.SortFunc(changed, func(a, b listed) int { return strings.Compare(a.id, b.id) })
	changed = slices.CompactFunc(changed, func(a, b listed) bool { return a.id == b.id })
	hash := c.shownHash()
	if len(changed) > 0 || hash != s.view.Hash {
		for i := range changed {
			c.noteChange(changed[i], wall)
		}
		next := s.view.with(changed)
		next.Version, next.Hash = s.view.Version+1, hash
		next.Self, next.ObservedAt, next.Blocked = c.cfg.ID, wall, s.view.Blocked
		s.view = next
	}
	s.changed = emptied(changed)
}

// has tells whether a view shows a member just so.
func (v *View) has(m listed) bool {
	shown, ok := v.find(m.id)
	if !ok {
		return m.status == StatusUnknown
	}
	return shown.equal(m)
}

// shownMember returns a member as it is shown; unlisted if it is not.
func (c *Coordinator) shownMember(e *Entry) listed {
	return c.table.list(e, c.shownAs(e))
}

// shownAs returns the status under which a member is shown: a ward's is the one
// that it had, and Unknown that of one that is not shown.
func (c *Coordinator) shownAs(e *Entry) Status {
	if e.Key() != c.key && c.quarantine.member(e) {
		return StatusUnknown
	}
	if c.isolation.on && e.Key() != c.key && e.Shown() != StatusRemoved {
		return StatusDead
	}
	if !e.Live() && c.shown.wards.find(e.Key()) != nil {
		if m, ok := c.shown.view.Get(e.ID()); ok && m.Status.Live() {
			return m.Status
		}
	}
	return c.damped(e)
}

// shownHash is the hash of the members that are shown as live.
func (c *Coordinator) shownHash() uint64 {
	if len(c.quarantine.list) > 0 { // by hand, and for a time: it may cost more
		var hash uint64
		for e := range c.table.All() {
			if c.shownAs(e).Live() {
				hash += c.viewTerm(e)
			}
		}
		return hash
	}
	if self := c.table.Self(); c.isolation.on && self != nil {
		return c.viewTerm(self)
	}
	hash := c.table.ViewHash() - c.heldBack()
	for _, w := range c.shown.wards.list {
		if e := c.table.Lookup(w.key); e != nil && !e.Live() {
			hash += c.viewTerm(e)
		}
	}
	return hash
}

// viewTerm is what a member adds to the view's hash.
func (c *Coordinator) viewTerm(e *Entry) uint64 {
	return viewHash(c.table.seed, e.ID(), e.Generation(), e.Owner())
}

// noteChange notes what follows from a member that is shown otherwise.
func (c *Coordinator) noteChange(change listed, wall time.Time) {
	s, m := &c.shown, change.member()
	s.unsaid.note(m.ID)
	was, _ := s.view.Get(m.ID)
	if was.Status.Live() && m.ID != c.cfg.ID {
		for _, endpoint := range was.Endpoints {
			if !m.Status.Live() || !slices.Contains(m.Endpoints, endpoint) {
				s.forgotten = append(s.forgotten, endpoint.Address)
			}
		}
	}
	c.noteDamped(was.Status, &m)
	if was.Status != m.Status {
		s.add(MemberStatusChanged{Member: m, From: was.Status, At: wall})
	}
	if was.Health != m.Health && m.Status.Live() {
		s.add(MemberHealthChanged{Member: m, From: was.Health, At: wall})
	}
}

// tell makes one TopologyUpdated of all that has changed since the last.
func (c *Coordinator) tell() {
	s := &c.shown
	update := TopologyUpdated{View: s.view, Full: !s.full, Blocked: c.blockedNames()}
	c.quarantine.told = true
	for _, id := range s.unsaid.sort() {
		now, _ := s.view.Get(id)
		was, _ := s.told.Get(id)
		if now.Equal(was) {
			continue
		}
		if now.Status == StatusUnknown {
			now.ID = id
		}
		update.Changed = append(update.Changed, now)
		switch {
		case now.Status.Live() && !was.Status.Live():
			update.Joined = append(update.Joined, now)
		case now.Status == StatusDead && was.Status != StatusDead:
			update.Dead = append(update.Dead, now)
		case now.Status == StatusRemoved && was.Status != StatusRemoved, now.Status == StatusUnknown && was.Status.Live():
			update.Left = append(update.Left, now)
		}
	}
	s.unsaid.clear()
	s.told, s.full = s.view, true
	s.add(update)
}
