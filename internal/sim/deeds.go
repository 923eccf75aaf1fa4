package sim

import (
	"fmt"
	"time"
)

// What faults do to one node. Nothing happens to a node that does not run.

// Leave begins a graceful exit.
func (n *Node) Leave() error {
	if !n.Running() {
		return nil
	}
	n.cluster.truth.leaving(n)
	n.cluster.wake(n)
	if err := n.coordinator.Leave(n.local()); err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	return nil
}

// Stall stops the whole process for a time: nothing runs, not even its timers,
// and then everything is late.
func (n *Node) Stall(d time.Duration) {
	if n.Running() {
		n.Impair()
		n.pausedTo = max(n.pausedTo, n.cluster.now.Add(d))
	}
}

// Block makes the node's input and output wait while its timers run: what it
// sends is held, and what arrives is not polled.
func (n *Node) Block() {
	if n.Running() {
		n.Impair()
		n.blocked = true
	}
}

// Unblock ends Block: what was held goes out, and what has arrived is read.
func (n *Node) Unblock() {
	if n.Running() && n.blocked {
		n.blocked = false
		n.port.release()
		n.cluster.wake(n)
	}
}

// Slow makes the node take this long for each envelope; 0 is at once.
func (n *Node) Slow(cost time.Duration) {
	if n.Running() {
		if cost > 0 {
			n.Impair()
		}
		n.cost = cost
		n.cluster.wake(n)
	}
}

// JumpClock moves the node's monotonic clock forward at once.
func (n *Node) JumpClock(by time.Duration) {
	if n.Running() {
		n.clock.jump(n.cluster.now, max(by, 0))
		n.cluster.wake(n)
	}
}

// SetClockRate makes the node's clock run at another speed: local seconds per
// second, more than 0.
func (n *Node) SetClockRate(rate float64) {
	if n.Running() && rate > 0 {
		n.clock.setRate(n.cluster.now, rate)
		n.cluster.wake(n)
	}
}

// ShiftWall moves the node's wall clock, in either direction.
func (n *Node) ShiftWall(by time.Duration) { n.clock.wallShift += by }

// Tick steps the node although nothing is due.
func (n *Node) Tick() {
	if n.Running() {
		n.cluster.wake(n)
	}
}

// Move gives the node another address. A running node keeps its life and tells
// the others; one that does not run will start there.
func (n *Node) Move() error {
	if n.Running() {
		n.close()
	}
	n.moves++
	n.address = address(n.index, n.moves)
	if n.index < n.cluster.options.Seeds {
		n.cluster.seedMoved()
	}
	if !n.Running() {
		return nil
	}
	n.port.dialler = dialler{flying: n.port.dialler.flying}
	if err := n.open(); err != nil {
		return err
	}
	n.cluster.wake(n)
	if err := n.coordinator.SetEndpoints(n.local(), n.endpoints()); err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	n.cluster.truth.updated(n)
	return nil
}

// Update changes something that the node says of itself: its zone.
func (n *Node) Update(zone string) error {
	if !n.Running() {
		return nil
	}
	n.cluster.wake(n)
	if err := n.coordinator.SetZone(n.local(), zone); err != nil {
		return fmt.Errorf("sim: %s: %w", n.id, err)
	}
	n.cluster.truth.updated(n)
	return nil
}

// Joined tells whether the node has joined.
func (n *Node) Joined() bool { return n.Running() && n.coordinator.Joined() }

// Generation returns the generation under which the node runs, 0 if it has
// none.
func (n *Node) Generation() uint64 {
	if !n.Running() {
		return 0
	}
	return n.coordinator.Generation()
}

// SwapAddress exchanges the addresses of two nodes that do not run.
func (n *Node) SwapAddress(with *Node) error {
	if n.Running() || with.Running() {
		return fmt.Errorf("sim: %s or %s runs: addresses are exchanged between lives", n.id, with.id)
	}
	n.address, with.address = with.address, n.address
	if min(n.index, with.index) < n.cluster.options.Seeds {
		n.cluster.seedMoved()
	}
	return nil
}

// Calm ends whatever was done to the node: it is neither stalled nor blocked
// nor slow from now on, and its clock keeps time.
func (n *Node) Calm() {
	if !n.Running() {
		return
	}
	n.pausedTo = 0
	n.Unblock()
	n.Slow(0)
	n.SetClockRate(1)
}
