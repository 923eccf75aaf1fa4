package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/internal/replicas"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
)

// Service is what runs on a node beside the protocol, for one of its lives.
type Service interface {
	// Started is called when the node has begun to join. Its error is a mistake
	// of the scenario.
	Started() error
	// Published gets what the node tells its users, in the middle of a step: it
	// must neither call the node nor end it.
	Published(membership.Event)
	// Fed is called when the replicas of the node were fed, under the same rule.
	Fed()
	// Ended is called when the life is over, whatever ended it.
	Ended()
}

// serve starts the node's service.
func (n *Node) serve() error {
	if n.service == nil {
		return nil
	}
	return n.service.Started()
}

// retire ends what has stood on the node's protocol.
func (n *Node) retire() {
	n.replicas.Close()
	if n.service != nil {
		n.service.Ended()
	}
	n.replicas, n.service = nil, nil
}

// attended is a coordinator whose replicas are fed, and whose writes are noted.
type attended struct {
	*membership.Coordinator
	node *Node
}

// Events feeds the replicas before the events are published, as nodes do that
// run.
func (a attended) Events() []membership.Event {
	events := a.Coordinator.Events()
	if r := a.node.replicas; r.Len() > 0 {
		r.Feed()
		r.FeedStatus(events)
		a.node.fed()
	}
	return events
}

// fed has the service know that its replicas were fed.
func (n *Node) fed() {
	if n.service != nil {
		n.service.Fed()
	}
}

// WriteState changes the node's own state, and has the checkers know.
func (a attended) WriteState(now membership.Instant, changes []state.Change) error {
	n := a.node
	if err := a.Coordinator.WriteState(now, changes); err != nil || len(changes) == 0 {
		return err
	}
	if n.written == nil {
		n.written = make(map[state.Slot]string)
	}
	for _, ch := range changes {
		if ch.Deleted {
			delete(n.written, ch.Slot)
		} else {
			n.written[ch.Slot] = string(ch.Value)
		}
	}
	n.cluster.log.begin(n.cluster.now, n.id).word("writes").number("slots", uint64(len(changes))).
		number("version", n.coordinator.OwnState().Latest()).end()
	return nil
}

// Open opens a replica on this life of the node.
func (n *Node) Open(r replicas.Replica) error {
	if !n.Running() {
		return fmt.Errorf("sim: %s does not run: %w", n.id, hearsay.ErrClosed)
	}
	n.cluster.wake(n)
	err := n.replicas.Open(n.local(), r, host{n, n.lives})
	n.fed()
	return err
}

// host is one life of a node, as replicas see it.
type host struct {
	node *Node
	life int
}

// Self is the node's id.
func (h host) Self() string { return h.node.id }

// Write makes changes of the node's own state, while the life lasts.
func (h host) Write(changes []state.Change) error {
	n := h.node
	if !n.Running() || n.lives != h.life {
		return hearsay.ErrClosed
	}
	n.cluster.wake(n)
	err := attended{n.coordinator, n}.WriteState(n.local(), changes)
	n.replicas.Feed()
	n.fed()
	if errors.Is(err, membership.ErrStopped) {
		return hearsay.ErrClosed
	}
	return err
}

// Settle says what the node is from its next life on: where it runs, and whether
// it is an observer.
func (n *Node) Settle(zone string, observer bool) { n.zone, n.observer = zone, observer }

// View returns what the node shows its users, or has shown last; nil if it has
// never run.
func (n *Node) View() *membership.View {
	if n.Running() {
		return n.gossiper.View()
	}
	return n.lastView
}

// PausedTo returns when the node's process goes on, on the cluster's clock; 0 if
// it is not paused.
func (n *Node) PausedTo() time.Duration { return time.Duration(n.pausedTo) }

// Wall returns what the node's wall clock shows.
func (n *Node) Wall() time.Time { return n.clock.wall(n.cluster.now) }

// Sent returns what the node has sent in all its lives.
func (n *Node) Sent() (packets, bytes uint64) { return n.sent.Packets, n.sent.Bytes }

// Stream returns a stream of randomness for a purpose of the caller's, one for
// each life of the node.
func (n *Node) Stream(purpose string) Random {
	return stream(n.cluster.options.Seed, purpose, n.index<<24|n.lives)
}

// Later has something done after a time. It is no fault, and not logged.
func (c *Cluster) Later(d time.Duration, do func() error) { c.After(d, deed(do)) }

// deed is an entry of the timeline that nobody is told of.
type deed func() error

// Apply does it.
func (d deed) Apply(*Cluster) error { return d() }

// String is for its error alone.
func (deed) String() string { return "service" }

func (deed) routine() {}
