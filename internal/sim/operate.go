package sim

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
)

// What operators and applications ask of one node. Nothing happens to a node
// that does not run.

// blocks is whom a node keeps out, since when and until when by its own clock.
type blocks map[*Node]span

type span struct{ from, until membership.Instant }

// Quarantine has the node keep another out, by its id, for a time.
func (n *Node) Quarantine(other *Node, d time.Duration) error {
	if !n.Running() {
		return nil
	}
	n.cluster.wake(n)
	if err := n.coordinator.Quarantine(n.local(), membership.Block{ID: other.id}, d); err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	if n.blocks == nil {
		n.blocks = make(blocks)
	}
	n.blocks[other] = span{n.local(), n.local().Add(d)}
	return nil
}

// KeepsOut tells whether the node has kept another out for some time, and still
// does.
func (n *Node) KeepsOut(other *Node, since time.Duration) bool {
	block, ok := n.blocks[other]
	return ok && n.Running() && block.from.Add(since) <= n.local() && n.local() < block.until
}

// KeepsAnyOut tells whether the node was told to keep anyone out in this life.
func (n *Node) KeepsAnyOut() bool { return len(n.blocks) > 0 }

// AwaitConverged has the node find out whether all live members see what it
// sees.
func (n *Node) AwaitConverged() {
	if n.Running() {
		n.cluster.wake(n)
		n.awaits, n.converged = true, 0
		n.coordinator.AwaitConverged(n.local(), true)
	}
}

// Awaits tells whether the node was told to find that out, and when it last said
// that they do: 0 if it has not said so since.
func (n *Node) Awaits() (awaits bool, converged time.Duration) {
	return n.awaits, time.Duration(n.converged)
}

// Write changes the node's replicated state. What does not fit is not written,
// and no mistake.
func (n *Node) Write(changes ...state.Change) error {
	if !n.Running() || n.observer {
		return nil
	}
	n.cluster.wake(n)
	err := attended{n.coordinator, n}.WriteState(n.local(), changes)
	if err != nil && !errors.Is(err, state.ErrBudget) {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	return nil
}

// Written returns what this life of the node has written and not removed, by
// slot. It must not be changed.
func (n *Node) Written() map[state.Slot]string { return n.written }
