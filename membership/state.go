package membership

import (
	"errors"

	"github.com/hearsay-gossip/hearsay/state"
)

// MaxStateBudget is the largest budget of replicated state, in bytes.
const MaxStateBudget = 32 << 20

// stateBook is what a coordinator knows of replicated state besides the copies
// in its table: what is news, what is lacking, and what has changed.
type stateBook struct {
	// own is the node's own copy; it is there before the node has a record.
	own    *state.Copy
	graves []grave

	news  rumourQueue
	marks map[uint64]*newsMark
	lacks []lack

	// watched: somebody asks for changes.
	watched bool
	changes []StateChange
	spare   []StateChange

	delta   state.Delta
	scratch []state.Change
}

func newStateBook(cfg *Config, key uint64) stateBook {
	return stateBook{
		own:  state.NewCopy(state.Config{Owner: key, Limit: cfg.StateBudget}),
		news: newRumourQueue(), marks: make(map[uint64]*newsMark),
	}
}

// StateChange tells that a slot of a member's replicated state has another
// content here, or none.
type StateChange struct {
	// ID is the member.
	ID string
	// Change is the slot and its content now; its value must not be changed.
	Change state.Change
	// Reset: all that was known of the member's state is void, and there is no
	// Change: it began a new life, or was forgotten.
	Reset bool
}

// WriteState changes the node's own replicated state, all changes or none, and
// has the others told. What is written before the node has joined is told when
// it has. An error has changed nothing: of package state, or ErrStopped.
func (c *Coordinator) WriteState(now Instant, changes []state.Change) error {
	c.begin(now)
	if c.stage == stageStopped {
		return ErrStopped
	}
	if c.cfg.Observer && len(changes) > 0 {
		return ErrObserver
	}
	b := &c.states
	before := b.own.Latest()
	applied, err := b.own.Write(changes, b.scratch[:0])
	if errors.Is(err, state.ErrExhausted) && c.renew(0) {
		before = 0
		applied, err = b.own.Write(changes, b.scratch[:0])
	}
	b.scratch = applied
	c.noteChanges(c.cfg.ID, applied)
	if b.own.Latest() != before {
		c.ownStateMoved(before)
	}
	return err
}

// ownStateMoved tells of what the node's own copy has above a version.
func (c *Coordinator) ownStateMoved(before uint64) {
	if self := c.table.Self(); self != nil && self.Live() {
		c.table.stateMoved(self, 0)
		c.repair.changed = c.now
		c.stateNews(c.key, before, 0)
	}
}

// OwnState returns the node's own copy, to look at.
func (c *Coordinator) OwnState() *state.Copy { return c.states.own }

// StateOf returns what is held of a member's replicated state, to look at; nil
// where that is nothing.
func (c *Coordinator) StateOf(id string) *state.Copy {
	if id == c.cfg.ID {
		return c.states.own
	}
	if e := c.table.LookupID(id); e != nil {
		return e.state
	}
	return nil
}

// StateChanges returns how the members' replicated state has changed since the
// last call, in order, and forgets it. The first call returns nothing and begins
// the recording; who calls it must go on. The slice is valid until the next call.
func (c *Coordinator) StateChanges() []StateChange {
	b := &c.states
	b.watched = true
	c.noteDropped()
	clear(b.spare)
	taken := b.changes
	b.changes, b.spare = b.spare[:0], taken
	return taken
}

// noteChanges has what has changed shown, as far as views show it, and records it
// for whoever watches.
func (c *Coordinator) noteChanges(id string, changes []state.Change) {
	c.noteHealth(id, changes)
	if !c.states.watched {
		return
	}
	c.noteDropped()
	for _, ch := range changes {
		c.states.changes = append(c.states.changes, StateChange{ID: id, Change: ch})
	}
}

// noteDropped records whose state was dropped.
func (c *Coordinator) noteDropped() {
	for _, dropped := range c.table.stateless {
		if c.states.watched && dropped.key != c.key {
			c.states.changes = append(c.states.changes, StateChange{ID: dropped.id, Reset: true})
		}
	}
	clear(c.table.stateless)
	c.table.stateless = c.table.stateless[:0]
}

// bindState gives the node's record, which has just begun a life, the node's own
// state.
func (c *Coordinator) bindState() {
	self, own := c.table.Self(), c.states.own
	if own.Generation() != uint64(self.Generation()) {
		own.Renew(uint64(self.Generation()))
		c.states.graves = c.states.graves[:0]
	}
	if own.Latest() < self.StateVersion() {
		own.Raise(self.StateVersion(), 0)
	}
	self.state = own
	c.ownStateMoved(0)
}

// outdoState answers the claim that this node has written more, or collected more
// tombstones, than it knows.
func (c *Coordinator) outdoState(version, floor uint64) {
	own := c.states.own
	before := own.Latest()
	if version <= before && floor <= own.Floor() {
		return
	}
	if !own.Raise(version, floor) {
		c.renew(0)
		return
	}
	c.ownStateMoved(before)
}

// grave remembers up to which version tombstones are how old.
type grave struct {
	version uint64
	at      Instant
}

// graveSteps is in how many steps the life of a tombstone is counted.
const graveSteps = 16

// stepTombstones collects the tombstones whose time is over, and prunes what the
// dead leave behind.
func (c *Coordinator) stepTombstones() {
	c.noteDropped() // or where nobody watches they would gather
	b := &c.states
	last := len(b.graves) - 1
	if _, tombstones := b.own.Len(); tombstones > 0 &&
		(last < 0 || c.now.Sub(b.graves[last].at) >= c.cfg.TombstoneLife/graveSteps) {
		b.graves = append(b.graves, grave{b.own.Latest(), c.now})
	}
	for len(b.graves) > 0 && c.now.Sub(b.graves[0].at) >= c.cfg.TombstoneLife {
		before := b.own.Latest()
		if b.own.Collect(b.graves[0].version) {
			c.ownStateMoved(before)
		}
		b.graves = append(b.graves[:0], b.graves[1:]...)
	}
	for _, e := range c.table.Gone() {
		if e.state != nil {
			b.scratch, _ = e.state.Prune(c.now.Sub(e.since), b.scratch[:0])
			c.noteChanges(e.id, b.scratch)
		}
	}
}
