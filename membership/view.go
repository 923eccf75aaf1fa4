package membership

import (
	"iter"
	"net/netip"
	"slices"
	"time"
)

// Status is how a member is shown: the verdict on it if there is one, else
// Suspect if it stands accused, else what it says of itself.
type Status uint8

// The statuses, in the order in which a life passes through them.
const (
	// StatusUnknown: not known, or no longer.
	StatusUnknown Status = iota
	// StatusJoining: it is merging the table of a member.
	StatusJoining
	// StatusUp: it takes part in full.
	StatusUp
	// StatusSuspect: it stands accused, by Member.Accusers, and may refute.
	StatusSuspect
	// StatusLeaving: it is on its way out, by its own will, and still answers.
	StatusLeaving
	// StatusDead: it was found not to answer. It may refute, or come back.
	StatusDead
	// StatusRemoved: it left, or was removed by hand; only a new generation of
	// it can return.
	StatusRemoved
)

var statusNames = [...]string{"unknown", "joining", "up", "suspect", "leaving", "dead", "removed"}

// String returns the status in lower case.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Live tells whether a member of this status takes part in the cluster:
// everything but Dead, Removed and Unknown.
func (s Status) Live() bool { return s >= StatusJoining && s <= StatusLeaving }

// Endpoint is one address at which a member listens.
type Endpoint struct {
	// Network is the word of the transport: "udp", "quic".
	Network string         `json:"network"`
	Address netip.AddrPort `json:"address"`
	// Scope names where the address can be reached from; empty is everywhere.
	Scope string `json:"scope,omitempty"`
}

// Member is one entry of a view: a value, whose slices are shared and must not
// be changed.
type Member struct {
	// ID is the node's name, and Generation the life of its process: a counter in
	// the upper 32 bits, which a restart raises, and a random number in the lower.
	ID         string `json:"id"`
	Generation uint64 `json:"generation,string"`
	// Status is how the node whose view it is sees the member.
	Status Status `json:"status"`
	// Incarnation counts the member's refutations, and Version its changes of
	// what it says of itself, both within its generation.
	Incarnation uint32 `json:"incarnation"`
	Version     uint32 `json:"version"`
	// Endpoints are where the member listens, the one that it prefers first, and
	// Zone is where it runs, by its own word.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	Zone      string     `json:"zone,omitempty"`
	// Health is what the application on the member reports of itself, in its
	// Metadata; HealthUnreported while the member is not live.
	Health Health `json:"health,omitempty"`
	// WireMin and WireMax are the wire versions that the member understands.
	WireMin uint8 `json:"wire_min,omitempty"`
	WireMax uint8 `json:"wire_max,omitempty"`
	// Accusers are the ids of those who accuse it now, sorted; an accuser that
	// is not known by name appears as its key in hexadecimal.
	Accusers []string `json:"accusers,omitempty"`
}

// Equal tells whether m and o agree in everything.
func (m Member) Equal(o Member) bool {
	return m.ID == o.ID && m.Generation == o.Generation && m.Status == o.Status &&
		m.Incarnation == o.Incarnation && m.Version == o.Version &&
		m.Zone == o.Zone && m.Health == o.Health && m.WireMin == o.WireMin && m.WireMax == o.WireMax &&
		slices.Equal(m.Endpoints, o.Endpoints) && slices.Equal(m.Accusers, o.Accusers)
}

// View is one state of the table as users see it. It is immutable and may be
// kept and read by any goroutine.
type View struct {
	// Version counts the views of one node. It rises with each change of a member.
	Version uint64
	// Hash is the sum of the hashes of the live members' ids, generations and
	// owner parts. Two nodes with equal hashes have equal live members, but for
	// their health and accusers.
	Hash uint64
	// Self is the id of the node whose view it is.
	Self string
	// ObservedAt is the driver's wall-clock time of the last change.
	ObservedAt time.Time
	// Blocked are the quarantines that are in force, sorted by what they keep
	// out. They are listed at once, and the members that they concern hidden soon
	// after. The slice is shared and must not be changed.
	Blocked []Blocked

	live, gone memberList
}

// Len returns the number of live members, the node itself included.
func (v *View) Len() int { return v.live.count }

// Members ranges over the live members, sorted by id, the node itself
// included. Suspects are live.
func (v *View) Members() iter.Seq[Member] { return v.live.values() }

// Gone ranges over those who are known and not live, sorted by id: the dead,
// while they may return, and those who left, for a while.
func (v *View) Gone() iter.Seq[Member] { return v.gone.values() }

// Get returns the member of that id, live or gone.
func (v *View) Get(id string) (Member, bool) {
	m, ok := v.find(id)
	if !ok {
		return Member{}, false
	}
	return m.member(), true
}

func (v *View) find(id string) (listed, bool) {
	m, ok := v.live.find(id)
	if !ok {
		m, ok = v.gone.find(id)
	}
	return m, ok
}

// Equal tells whether two views agree in everything, the time of observation
// included.
func (v *View) Equal(o *View) bool {
	return v.Version == o.Version && v.Hash == o.Hash && v.Self == o.Self &&
		v.ObservedAt.Equal(o.ObservedAt) && slices.EqualFunc(v.Blocked, o.Blocked, Blocked.equal) &&
		v.live.equal(&o.live) && v.gone.equal(&o.gone)
}
