package hearsay

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

// watched is the coordinator as the driver calls it, with the node looking on.
type watched struct {
	*membership.Coordinator
	node *Node
}

// Tick lets the coordinator work and takes note of what it has become.
func (w *watched) Tick(now membership.Instant, wall time.Time) membership.Instant {
	n := w.node
	n.learnAddress(now)
	next := w.Coordinator.Tick(now, wall)
	if generation := w.Generation(); generation != n.generation.Load() {
		n.generation.Store(generation)
		n.file.changed(generation)
	}
	stats := w.Coordinator.Stats()
	n.mu.Lock()
	n.stats = stats
	n.mu.Unlock()
	return next
}

// Events hands on what happened. It is the last question of a step, when the
// view is stored already: whoever waits until the node has joined must find it
// in the view.
func (w *watched) Events() []Event {
	if n := w.node; !n.hasJoined && w.Joined() && n.isShown() {
		n.hasJoined = true
		close(n.joined)
	}
	events := w.Coordinator.Events()
	if n := w.node; len(n.replicas) > 0 {
		n.feed()
		n.feedStatus(events)
	}
	return events
}

// isShown tells whether the view is one of a node that has joined.
func (n *Node) isShown() bool {
	if n.cfg.Observer {
		return n.View().Len() > 0
	}
	self, ok := n.View().Get(n.ID())
	return ok && self.Status != StatusJoining
}

// publisher is the node as the driver tells it events.
type publisher Node

// Publish passes an event on.
func (p *publisher) Publish(event Event) {
	if e, ok := event.(Superseded); ok {
		p.superseded = &e
	}
	p.events.Publish(event)
}

// end takes the node down when its loop has ended. It runs once, on the loop's
// goroutine, so that no other has to wait for that.
func (n *Node) end() {
	cause := n.gossiper.Err()
	switch {
	case n.superseded != nil:
		cause = fmt.Errorf("%w: generation %d at %v", ErrSuperseded, n.superseded.Generation, n.superseded.Address)
	case errors.Is(cause, gossiper.ErrCoordinatorStopped):
		cause = ErrLeft
	}
	if errors.Is(cause, ErrLeft) {
		n.linger()
	}
	n.stopRunning()
	closing := n.transport.Close()
	n.events.Close()
	for _, r := range n.replicas {
		r.Close()
	}
	n.helpers.Wait()
	if closing != nil {
		n.log.Warn("the transport did not close cleanly", "node", n.cfg.NodeID, "error", closing)
	}
	n.err = &endError{cause: cause}
	close(n.done)
}

// lingerTime is how long a transport gets to bring the last words of a leaving
// node out: a handshake and a few round trips on a long path.
const lingerTime = 200 * time.Millisecond

// linger waits until what was sent last is on its way, which a transport may
// queue and does not tell. Close and the end of Leave's context cut it short.
func (n *Node) linger() {
	if n.gossiper.Stats().Sent == 0 {
		return // to nobody
	}
	select {
	case <-time.After(lingerTime):
	case <-n.hurry:
	}
}

// learnAddress takes the address that a seed sees, once, if nothing better is
// known than one of this host's interfaces. It runs on the driver's goroutine.
func (n *Node) learnAddress(now membership.Instant) {
	if n.origin != fromInterface {
		return
	}
	observed := n.coordinator.Observed()
	if !isAdvertisable(observed) || observed.Port() == 0 {
		return
	}
	if observed.Addr().IsLoopback() && !n.address.Addr().IsLoopback() {
		return // a seed on this very host; others need more than that
	}
	n.origin = fromPeer
	if observed == n.address {
		return
	}
	cfg := n.cfg.coordinator(n.transport.Info(), observed)
	if err := n.coordinator.SetEndpoints(now, cfg.Endpoints); err != nil {
		n.log.Warn("others see another address than the one advertised", "node", n.cfg.NodeID,
			"advertised", n.address, "observed", observed, "error", err)
		return
	}
	n.log.Info("advertising the address that others see", "node", n.cfg.NodeID, "before", n.address, "now", observed)
	n.address = observed
}
