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
	if r := w.node.replicas; r.Len() > 0 {
		r.Feed()
		r.FeedStatus(events)
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
	switch e := event.(type) {
	case Superseded:
		p.superseded = &e
	case Isolated:
		p.isolated.Store(!e.Over)
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
	n.stopRunning()
	closing := n.transport.Close()
	n.events.Close()
	n.replicas.Close()
	n.helpers.Wait()
	if closing != nil {
		n.log.Warn("the transport did not close cleanly", "node", n.cfg.NodeID, "error", closing)
	}
	n.err = &endError{cause: cause}
	close(n.done)
}
