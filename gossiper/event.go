package gossiper

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/hearsay-gossip/hearsay/eventstream"
	"github.com/hearsay-gossip/hearsay/membership"
)

// SendFailed tells that an envelope could not be sent, or that the transport
// learned afterwards that it cannot have arrived. There is one for each: a
// target that is down gives one for every attempt to reach it, at the protocol's
// pace. It says nothing about the member, which the failure detector judges on
// its own.
type SendFailed struct {
	// Target is where the envelope was to go.
	Target netip.AddrPort
	// Err is a *transport.SendError when Send refused, and a *NoticeError when
	// the failure came back later.
	Err error
}

// Lagged tells a subscriber that it was too slow, and how many events it missed
// at this point. The next topology update is full.
type Lagged struct {
	// Missed is how many events were lost here, 1 or more.
	Missed uint64
}

// GossipEvent marks an event.
func (SendFailed) GossipEvent() {}
func (Lagged) GossipEvent()     {}

// NewStream returns the stream of a node's events, which starts with view.
// Every subscription begins with a full membership.TopologyUpdated, and gets
// another one after a Lagged.
func NewStream(view *membership.View) *eventstream.Stream[membership.Event] {
	stream := eventstream.New(eventstream.Config[membership.Event]{
		Retain: func(e membership.Event) bool {
			_, ok := e.(membership.TopologyUpdated)
			return ok
		},
		Full: func(e membership.Event) membership.Event {
			return FullUpdate(e.(membership.TopologyUpdated))
		},
		Lagged: func(missed uint64) membership.Event { return Lagged{Missed: missed} },
	})
	stream.Publish(membership.TopologyUpdated{View: view})
	return stream
}

// FullUpdate returns an update that says the same as update to someone who
// knows nothing: all members of its view have changed, and the live ones have
// joined.
func FullUpdate(update membership.TopologyUpdated) membership.TopologyUpdated {
	full := membership.TopologyUpdated{View: update.View, Full: true, Blocked: update.Blocked}
	for m := range update.View.Members() {
		full.Changed = append(full.Changed, m)
		full.Joined = append(full.Joined, m)
	}
	for m := range update.View.Gone() {
		full.Changed = append(full.Changed, m)
		if m.Status == membership.StatusDead {
			full.Dead = append(full.Dead, m)
		} else {
			full.Left = append(full.Left, m)
		}
	}
	slices.SortFunc(full.Changed, func(a, b membership.Member) int { return cmp.Compare(a.ID, b.ID) })
	return full
}
