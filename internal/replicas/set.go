package replicas

import (
	"errors"
	"fmt"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
)

// ErrOpen: the node has a replica of that type of state already.
var ErrOpen = errors.New("hearsay: the state is open already")

// Replica is a generated replica, of any type of state.
type Replica interface {
	// TypeName and TypeID name the type of state.
	TypeName() string
	// TypeID is the number on the wire.
	TypeID() uint32
	// Attach makes host keep the state from now on, and returns what was written
	// before.
	Attach(host replica.Host) ([]state.Change, error)
	// Feed tells what has changed.
	Feed([]replica.Update)
	// Close tells that nothing will.
	Close()
}

// Coordinator is the protocol, as far as replicas need it; *membership.Coordinator
// is one.
type Coordinator interface {
	// WriteState changes the node's own state.
	WriteState(now membership.Instant, changes []state.Change) error
	// StateChanges returns what has changed since the last call.
	StateChanges() []membership.StateChange
	// OwnState is what the node itself says.
	OwnState() *state.Copy
	// View is what users are shown, and Table all that is known.
	View() *membership.View
	// Table has the members' state, too.
	Table() *membership.Table
}

// Set are the replicas that are open on one node. It belongs to whoever drives
// the node's coordinator.
type Set struct {
	coordinator Coordinator
	open        map[uint32]Replica
	updates     []replica.Update
}

// New returns an empty set. A coordinator has one at most, since each change is
// told once.
func New(coordinator Coordinator) *Set { return &Set{coordinator: coordinator} }

// Open attaches a replica to host, feeds it what is known of its type, and tells
// the others what was written before. An error is ErrOpen, or of the replica or
// the protocol; it leaves the set as it was, and the replica unusable.
func (s *Set) Open(now membership.Instant, r Replica, host replica.Host) error {
	if _, open := s.open[r.TypeID()]; open {
		return fmt.Errorf("%w: %s", ErrOpen, r.TypeName())
	}
	s.Feed() // what the others have yet to hear must not reach this one twice
	written, err := r.Attach(host)
	if err != nil {
		return fmt.Errorf("hearsay: %s: %w", r.TypeName(), err)
	}
	r.Feed(s.known(host.Self(), r.TypeID()))
	if s.open == nil {
		s.open = map[uint32]Replica{}
	}
	s.open[r.TypeID()] = r
	if err := s.coordinator.WriteState(now, written); err != nil {
		delete(s.open, r.TypeID())
		r.Close() // or loops over its changes would wait for the node's end, and longer
		return fmt.Errorf("hearsay: %s: %w", r.TypeName(), err)
	}
	return nil
}

// Len returns how many replicas are open.
func (s *Set) Len() int { return len(s.open) }

// known returns what is known of a type of state.
func (s *Set) known(self string, typeID uint32) []replica.Update {
	var updates []replica.Update
	add := func(id string, held *state.Copy) {
		if held == nil {
			return
		}
		for ch := range held.All() {
			if ch.Type == typeID {
				updates = append(updates, replica.Update{Member: id, Change: ch})
			}
		}
	}
	add(self, s.coordinator.OwnState())
	shown := s.coordinator.View()
	for _, entries := range [][]*membership.Entry{s.coordinator.Table().Peers(), s.coordinator.Table().Gone()} {
		for _, e := range entries {
			add(e.ID(), e.State())
			// The view, and not the table, is what events go on from.
			if m, _ := shown.Get(e.ID()); !m.Status.Live() {
				updates = append(updates, replica.Update{Kind: replica.Died, Member: e.ID()})
			}
		}
	}
	return updates
}

// Feed tells the replicas what members have said since the last call.
func (s *Set) Feed() {
	changes := s.coordinator.StateChanges()
	for len(changes) > 0 {
		first := &changes[0]
		if first.Reset {
			s.feedAll(replica.Update{Kind: replica.Reset, Member: first.ID})
			changes = changes[1:]
			continue
		}
		kind := first.Change.Type
		s.updates = s.updates[:0]
		for len(changes) > 0 && !changes[0].Reset && changes[0].Change.Type == kind {
			s.updates = append(s.updates, replica.Update{Member: changes[0].ID, Change: changes[0].Change})
			changes = changes[1:]
		}
		if r := s.open[kind]; r != nil {
			r.Feed(s.updates)
		}
		clear(s.updates)
	}
}

// FeedStatus tells the replicas who has died and who lives, by the coordinator's
// events.
func (s *Set) FeedStatus(events []membership.Event) {
	for _, event := range events {
		e, ok := event.(membership.MemberStatusChanged)
		if !ok {
			continue
		}
		kind := replica.Lives
		switch was, lives := e.From.Live(), e.Member.Status.Live(); {
		case lives && !was, s.coordinator.Table().LookupID(e.Member.ID) == nil:
		case was && !lives:
			kind = replica.Died
		default:
			continue
		}
		s.feedAll(replica.Update{Kind: kind, Member: e.Member.ID})
	}
}

func (s *Set) feedAll(update replica.Update) {
	for _, r := range s.open { // they know nothing of each other
		r.Feed([]replica.Update{update})
	}
}

// Close ends all replicas: what was read can be read on.
func (s *Set) Close() {
	for _, r := range s.open {
		r.Close()
	}
}
