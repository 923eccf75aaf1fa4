package gossiper

import (
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Coordinator is the protocol that a gossiper drives, as far as the gossiper
// needs to know it; *membership.Coordinator is one. All its methods are called
// from one goroutine.
type Coordinator interface {
	// Handle takes one thing that arrived. It keeps nothing of it but strings.
	Handle(now membership.Instant, in membership.Inbound)
	// Tick does what is due and returns the next deadline, which is after now.
	Tick(now membership.Instant, wall time.Time) membership.Instant
	// Outbound returns what is to be sent, in order; it stays valid until the
	// next Handle or Tick.
	Outbound() []membership.Outbound
	// Events returns what happened since the last call, in order; the slice
	// stays valid until the next call.
	Events() []membership.Event
	// Forgotten returns the addresses of peers given up since the last call.
	Forgotten() []netip.AddrPort
	// View returns the current view, the same pointer until it changes.
	View() *membership.View
	// Stopped tells whether the coordinator has ended for good.
	Stopped() bool
}

// Publisher takes the events that a gossiper tells. Publish is called on the
// driver's goroutine, between two pieces of protocol work, so it must return at
// once; *eventstream.Stream[membership.Event] does.
type Publisher interface {
	Publish(event membership.Event)
}

// Ticker is the part of a *time.Ticker that the loop uses.
type Ticker interface {
	// C returns the channel of ticks. Their value is not looked at.
	C() <-chan time.Time
	// Reset makes the next tick come after d, and drops one that is waiting.
	Reset(d time.Duration)
	// Stop ends the ticks.
	Stop()
}
