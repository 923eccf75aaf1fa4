package sim

import (
	"net/netip"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// splitGrace is how long after a split the opinions formed in it may still
// show.
const splitGrace = 30 * time.Second

// split is a cut of the network into sides.
type split struct {
	// side is the one that each node is in, by index; those that came later are
	// with those in none, in side 0.
	side []int
	// end is when it was mended or gave way to another; Never while it lasts.
	end membership.Instant
}

// of returns the side that a node is in.
func (s *split) of(n *Node) int {
	if n.index < len(s.side) {
		return s.side[n.index]
	}
	return 0
}

// between tells whether two nodes are on different sides.
func (s *split) between(a, b *Node) bool { return s.of(a) != s.of(b) }

// split returns the split that there is, or nil.
func (t *truth) split() *split {
	if last := len(t.splits) - 1; last >= 0 && t.splits[last].end == membership.Never {
		return &t.splits[last]
	}
	return nil
}

// endSplit ends the split that there is, if there is one, and forgets those that
// ended long ago.
func (t *truth) endSplit() {
	now := t.cluster.now
	if s := t.split(); s != nil {
		s.end = now
	}
	t.splits = slices.DeleteFunc(t.splits, func(s split) bool { return now.Sub(s.end) > splitGrace })
}

// severed tells whether a split is, or was a moment ago, between two nodes.
func (t *truth) severed(a, b *Node) bool {
	return slices.ContainsFunc(t.splits, func(s split) bool {
		return s.between(a, b) && t.cluster.now.Sub(s.end) <= splitGrace
	})
}

// Severed tells whether a split is, or was a moment ago, between two nodes.
func (c *Cluster) Severed(a, b *Node) bool { return c.truth.severed(a, b) }

// Split cuts the network into sides that do not hear each other; nodes in none
// of them are one more side. It replaces an earlier split.
func (c *Cluster) Split(sides ...[]*Node) {
	c.truth.endSplit()
	s := split{side: make([]int, len(c.nodes)), end: membership.Never}
	for i, side := range sides {
		for _, n := range side {
			s.side[n.index] = i + 1
		}
	}
	c.truth.splits = append(c.truth.splits, s)
	c.partition()
}

// Heal ends the split and mends every cut.
func (c *Cluster) Heal() {
	c.network.Heal()
	c.truth.endSplit()
}

// partition tells the network of the split. It is called again when a node
// moves: the side of a split is the node's, not its address's.
func (c *Cluster) partition() {
	s := c.truth.split()
	if s == nil {
		return
	}
	var groups [][]netip.AddrPort
	for _, n := range c.nodes {
		side := s.of(n)
		if side == 0 {
			continue
		}
		for len(groups) < side {
			groups = append(groups, nil)
		}
		groups[side-1] = append(groups[side-1], n.address)
	}
	c.network.Partition(groups...)
}
