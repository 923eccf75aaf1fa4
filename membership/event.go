package membership

import (
	"net/netip"
	"time"
)

// Event is one thing worth telling about the cluster. The types of this
// package that implement it are TopologyUpdated, MemberStatusChanged,
// MemberHealthChanged, Superseded, Evicted, Isolated, Detoured, Converged and
// SeedSilent; a driver may add its own. Events are values; what they point to is
// immutable.
type Event interface {
	// GossipEvent marks an event; it does nothing.
	GossipEvent()
}

// TopologyUpdated tells that the view has changed. Changes coalesce over
// Config.TopologyInterval, so a burst is one update. Whoever starts with a full
// update and applies each following one by the member's id holds the view that
// the update carries.
type TopologyUpdated struct {
	// View is the state after the update.
	View *View
	// Full: Changed holds all members, and what was known before is void.
	Full bool
	// Changed are the members that are new or differ in anything from the
	// previous update, as they are now, sorted by id. A member that left the
	// view altogether appears with StatusUnknown.
	Changed []Member
	// Joined, Left and Dead are those of Changed that became live, that left
	// or were removed, and that were found dead.
	Joined, Left, Dead []Member
	// Blocked are the peers that the operator keeps out at this time.
	Blocked []string
}

// MemberStatusChanged tells that a member is shown with another status. For
// one member they come in a legal order: what was refuted before it could be
// shown is never told.
type MemberStatusChanged struct {
	// Member is the member after the change. One that was gone and is forgotten
	// has nothing but its ID, and StatusUnknown.
	Member Member
	// From is the status shown before; StatusUnknown for a new member.
	From Status
	// At is the driver's wall-clock time.
	At time.Time
}

// MemberHealthChanged tells that a live member reports another health. Of one
// that becomes live, and that was HealthUnreported until then, it comes after the
// MemberStatusChanged.
type MemberHealthChanged struct {
	// Member is the member after the change, From its health before.
	Member Member
	From   Health
	// At is the driver's wall-clock time.
	At time.Time
}

// Converged tells that all live members have shown that their tables are, or
// were a moment ago, as this node's is: they have seen what its view shows. It
// comes once for each table of which they have, sooner or later where nothing
// changes, and as soon as can be where somebody waits for it (AwaitConverged).
type Converged struct {
	// Version is that of this node's view.
	Version uint64
	// Hash is that of every member's view, unless it hides members by its
	// operator's word, and Members is how many are live.
	Hash    uint64
	Members int
	// At is the driver's wall-clock time.
	At time.Time
}

// Superseded tells that another process has taken this node's id with a
// greater generation, and answers. The coordinator has stopped.
type Superseded struct {
	// Generation is the other process's, and Address where it answered.
	Generation uint64
	Address    netip.AddrPort
}

// Evicted tells that this node was removed by somebody else; it goes on under
// a new generation.
type Evicted struct {
	// Old and New are this node's generations, before and after.
	Old, New uint64
}

// Isolated tells that nobody has answered this node for so long that it cannot
// tell whether all others died or it is itself cut off. It accuses nobody, and
// shows all others as Dead, without telling anyone, until one of them answers:
// then it is told again with Over set.
type Isolated struct {
	// Over: somebody answers again.
	Over bool
}

// Detoured tells that a member, where this node listens by several networks, does
// not answer by the one that this node prefers, and does by another: some port is
// closed. It is told again with Over set when the member answers as it should, and
// not if the member goes first.
type Detoured struct {
	// Member is its id.
	Member string
	// Network is the one by which it does not answer, or does again, and By the one
	// by which it is reached meanwhile; empty if it is over.
	Network, By string
	Over        bool
}

// SeedSilent tells, once for each address, that a seed does not answer. The
// node keeps asking.
type SeedSilent struct {
	Address netip.AddrPort
}

// GossipEvent marks an event.
func (TopologyUpdated) GossipEvent()     {}
func (MemberStatusChanged) GossipEvent() {}
func (MemberHealthChanged) GossipEvent() {}
func (Superseded) GossipEvent()          {}
func (Evicted) GossipEvent()             {}
func (Isolated) GossipEvent()            {}
func (Detoured) GossipEvent()            {}
func (SeedSilent) GossipEvent()          {}
func (Converged) GossipEvent()           {}
