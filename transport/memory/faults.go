package memory

import (
	"fmt"
	"net/netip"
)

// SetLink replaces the link from one node to another for what is sent from now
// on. A zero address stands for any; the most exact setting holds: both
// addresses, then the sender's, then the receiver's, then neither, then
// NetworkConfig.Link.
func (n *Network) SetLink(from, to netip.AddrPort, link Link) error {
	if err := link.Validate(); err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topology.links[direction{from, to}] = link
	return nil
}

// ResetLink undoes the SetLink of the same two addresses.
func (n *Network) ResetLink(from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.topology.links, direction{from, to})
}

// Cut stops what is sent from one node to another, in this direction only. A
// zero address stands for any. What is under way still arrives.
func (n *Network) Cut(from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topology.cuts[direction{from, to}] = struct{}{}
}

// Mend undoes the Cut of the same two addresses.
func (n *Network) Mend(from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.topology.cuts, direction{from, to})
}

// Partition splits the network into groups that do not hear each other; nodes
// in none of them are one more group. It replaces an earlier partition, and
// leaves cuts alone. What is under way still arrives.
func (n *Network) Partition(groups ...[]netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topology.group = make(map[netip.AddrPort]int)
	for i, group := range groups {
		for _, address := range group {
			n.topology.group[address] = i + 1
		}
	}
}

// Heal ends the partition and mends every cut.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topology.group = nil
	clear(n.topology.cuts)
}

// Hold keeps what is sent from one node to another until Release, as a router
// does that pauses. A zero address stands for any. What is held counts against
// its sender's queue.
func (n *Network) Hold(from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topology.holds[direction{from, to}] = struct{}{}
}

// Release undoes the Hold of the same two addresses. What no other Hold keeps
// is due when it would have been, or at the next Advance if that has passed,
// in the order of sending.
func (n *Network) Release(from, to netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.topology.holds, direction{from, to})
	kept := n.held[:0]
	for _, e := range n.held {
		if n.topology.held(e.packet.direction) {
			kept = append(kept, e)
			continue
		}
		e.due = max(e.due, n.now)
		n.arrivals.push(e)
	}
	clear(n.held[len(kept):])
	n.held = kept
}
