package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/state/replica"
)

// life is one run of a node's process, and its service.
type life struct {
	node  *Node
	ended bool
	// queued: it is among those that have something to handle.
	queued bool
	// handlers each handle the next thing of theirs, and tell whether there was
	// one; inboxes are those of events.
	handlers []func() bool
	inboxes  []*inbox
	// handled counts what was handled at one instant.
	handled   int
	handledAt time.Duration
	rand      *rand.Rand
}

// inbox is what a handler of events has yet to handle.
type inbox struct{ events []hearsay.Event }

// begin makes the life that starts now.
func (n *Node) begin() *life {
	if n.node.Lives() > 1 {
		n.metadata = n.newMetadata()
	}
	n.life = &life{node: n}
	return n.life
}

// Started runs Main.
func (l *life) Started() error {
	if err := l.node.node.Open(l.node.metadata); err != nil {
		return fmt.Errorf("Config of %s: %w", l.node.ID(), err)
	}
	if main := l.node.cluster.options.Main; main != nil {
		if err := main(l.node); err != nil {
			return fmt.Errorf("Main of %s: %w", l.node.ID(), err)
		}
	}
	return nil
}

// Published keeps an event until the step is over.
func (l *life) Published(event hearsay.Event) {
	for _, in := range l.inboxes {
		in.events = append(in.events, event)
	}
	l.queue()
}

// Fed has changes of state handled when the step is over.
func (l *life) Fed() { l.queue() }

// queue has the handlers asked when the step is over.
func (l *life) queue() {
	if !l.queued && len(l.handlers) > 0 {
		l.queued = true
		c := l.node.cluster
		c.told = append(c.told, l)
	}
}

// Ended ends the timers, and the handlers once they have handled what was told;
// those of who has crashed handle nothing more.
func (l *life) Ended() {
	l.ended = true
	l.node.life = nil
	if l.node.node.Ended() == sim.EndingCrash {
		l.handlers, l.inboxes = nil, nil
	}
}

// maxHandled bounds what a service handles at one instant: more is one that answers
// itself for ever.
const maxHandled = 100_000

// handle has each handler handle what there is, in the order in which they were
// added.
func (l *life) handle() {
	l.queued = false
	c := l.node.cluster
	if now := c.Now(); now != l.handledAt {
		l.handled, l.handledAt = 0, now
	}
	for i := 0; i < len(l.handlers); i++ { // handlers may be added, and end with a crash
		for i < len(l.handlers) && c.err == nil && l.handlers[i]() {
			if l.handled++; l.handled > maxHandled {
				c.fail(c.broken("progress", fmt.Errorf("handlers of %v cause each other's work for ever at one instant", l.node)))
			}
		}
	}
}

// OnEvent has the service told of what happens from now on, as Node.Events of
// hearsay does: the first event is a full TopologyUpdated, and whoever starts with
// it and applies the following ones has the view at any time. It is never Lagged.
// Events are handled when the step of the node that told them is over, and none
// after a crash.
func (n *Node) OnEvent(handle func(hearsay.Event)) {
	l := n.life
	if l == nil {
		return
	}
	full := gossiper.FullUpdate(hearsay.TopologyUpdated{View: n.View()})
	in := &inbox{[]hearsay.Event{full}}
	l.inboxes = append(l.inboxes, in)
	l.handlers = append(l.handlers, func() bool {
		if len(in.events) == 0 {
			return false
		}
		event := in.events[0]
		in.events = in.events[1:]
		handle(event)
		return true
	})
	l.queue()
}

// OnChange has the service of a node told of what changes in a replica that is open
// on it, as a loop over its Changes is: first all that is there already, and of what
// changes several times at one instant the latest.
//
//	sim.OnChange(n, shards.Replica, func(c appv1.ShardsChange) { … })
func OnChange[M any, F ~uint32](n *Node, r *replica.Replica[M, F], handle func(replica.Change[M, F])) {
	l := n.life
	if l == nil {
		return
	}
	next, _ := r.Follow() // until the replica ends, with the life
	l.handlers = append(l.handlers, func() bool {
		change, ok := next()
		if ok {
			handle(change)
		}
		return ok
	})
	l.queue()
}
