package sim

import "net/netip"

// Split cuts the network into sides that do not hear each other; nodes in none
// of them are one more side. It replaces an earlier split.
func (c *Cluster) Split(sides ...[]*Node) {
	t := &c.truth
	t.side = make([]int, len(c.nodes))
	for i, side := range sides {
		for _, n := range side {
			t.side[n.index] = i + 1
		}
	}
	t.split = true
	c.partition()
}

// Heal ends the split and mends every cut.
func (c *Cluster) Heal() {
	c.network.Heal()
	if c.truth.split {
		c.truth.split, c.truth.splitEnd = false, c.now
	}
}

// partition tells the network of the split. It is called again when a node
// moves: the side of a split is the node's, not its address's.
func (c *Cluster) partition() {
	t := &c.truth
	if !t.split {
		return
	}
	for len(t.side) < len(c.nodes) {
		t.side = append(t.side, 0)
	}
	var groups [][]netip.AddrPort
	for _, n := range c.nodes {
		side := t.side[n.index]
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
