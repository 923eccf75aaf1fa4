package fault

import (
	"fmt"
	"net/netip"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Split cuts the network into the named groups, and the rest.
type Split struct{ Sides []string }

// Apply cuts it.
func (f Split) Apply(c *sim.Cluster) error {
	var sides [][]*sim.Node
	for _, name := range f.Sides {
		nodes, err := c.Group(name)
		if err != nil {
			return err
		}
		sides = append(sides, nodes)
	}
	c.Split(sides...)
	return nil
}

// String names the groups.
func (f Split) String() string { return fmt.Sprintf("split off %v", f.Sides) }

// Heal ends splits and cuts, and measures how long the cluster takes to agree
// if Mark names the measurement.
type Heal struct{ Mark string }

// Apply heals.
func (f Heal) Apply(c *sim.Cluster) error {
	c.Heal()
	if f.Mark != "" {
		c.Mark(f.Mark)
	}
	return nil
}

// String says so.
func (f Heal) String() string { return "heal" }

// Link replaces what lies between any two nodes.
type Link struct{ Link memory.Link }

// Apply replaces it.
func (f Link) Apply(c *sim.Cluster) error {
	if f.Link.Loss > 0 {
		c.Disturb()
	}
	return c.Network().SetLink(netip.AddrPort{}, netip.AddrPort{}, f.Link)
}

// String says what the link does.
func (f Link) String() string { return fmt.Sprintf("link %+v", f.Link) }

// Links replaces what lies between nodes of a group and everybody else.
type Links struct {
	Who string
	// In and Out: what is sent to them, and by them.
	In, Out bool
	Link    memory.Link
}

// Apply replaces it. Nodes with a bad link are impaired.
func (f Links) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		n.Impair()
		if f.In {
			if err := c.Network().SetLink(netip.AddrPort{}, n.Address(), f.Link); err != nil {
				return err
			}
		}
		if f.Out {
			return c.Network().SetLink(n.Address(), netip.AddrPort{}, f.Link)
		}
		return nil
	})
}

// String says what the links do.
func (f Links) String() string {
	return fmt.Sprintf("links of %s (in %v, out %v): %+v", f.Who, f.In, f.Out, f.Link)
}

// Restore undoes Links.
type Restore struct{ Who string }

// Apply undoes it.
func (f Restore) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		c.Network().ResetLink(netip.AddrPort{}, n.Address())
		c.Network().ResetLink(n.Address(), netip.AddrPort{})
		return nil
	})
}

// String names the group.
func (f Restore) String() string { return "restore links of " + f.Who }

// Cut stops what nodes of one group send to nodes of another, in this
// direction only. It ends with Mend, or with Heal. The senders are impaired.
type Cut struct{ From, To string }

// Apply cuts.
func (f Cut) Apply(c *sim.Cluster) error {
	return pairs(c, f.From, f.To, func(a, b *sim.Node) {
		a.Impair()
		c.Network().Cut(a.Address(), b.Address())
	})
}

// String names both groups.
func (f Cut) String() string { return "cut " + f.From + " to " + f.To }

// Mend ends a Cut.
type Mend struct{ From, To string }

// Apply mends.
func (f Mend) Apply(c *sim.Cluster) error {
	return pairs(c, f.From, f.To, func(a, b *sim.Node) { c.Network().Mend(a.Address(), b.Address()) })
}

// String names both groups.
func (f Mend) String() string { return "mend " + f.From + " to " + f.To }

func pairs(c *sim.Cluster, from, to string, do func(a, b *sim.Node)) error {
	return each(c, from, func(a *sim.Node) error {
		return each(c, to, func(b *sim.Node) error {
			if a != b {
				do(a, b)
			}
			return nil
		})
	})
}

// Ring leaves of all links only those between neighbours in the order of the
// nodes, and those of the first node if Star says so.
type Ring struct{ Star bool }

// Apply cuts all others.
func (f Ring) Apply(c *sim.Cluster) error {
	nodes := c.Nodes()
	for i, a := range nodes {
		a.Impair()
		for j, b := range nodes {
			distance := (i - j + len(nodes)) % len(nodes)
			near := !f.Star && (distance == 1 || distance == len(nodes)-1)
			centre := f.Star && (i == 0 || j == 0)
			if i != j && !near && !centre {
				c.Network().Cut(a.Address(), b.Address())
			}
		}
	}
	return nil
}

// String says which.
func (f Ring) String() string {
	if f.Star {
		return "cut to a star"
	}
	return "cut to a ring"
}

// Hold keeps what nodes send until Release, as a router does that pauses.
type Hold struct{ Who string }

// Apply holds.
func (f Hold) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		n.Impair()
		c.Network().Hold(n.Address(), netip.AddrPort{})
		return nil
	})
}

// String names the group.
func (f Hold) String() string { return "hold what is sent by " + f.Who }

// Release ends a Hold: everything arrives at once.
type Release struct{ Who string }

// Apply releases.
func (f Release) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		c.Network().Release(n.Address(), netip.AddrPort{})
		return nil
	})
}

// String names the group.
func (f Release) String() string { return "release what was sent by " + f.Who }

// Record begins to keep datagrams for Replay.
type Record struct{}

// Apply begins.
func (Record) Apply(c *sim.Cluster) error { c.Record(); return nil }

// String says so.
func (Record) String() string { return "record datagrams" }

// Replay sends recorded datagrams again.
type Replay struct{ Count int }

// Apply sends them.
func (f Replay) Apply(c *sim.Cluster) error { c.Replay(f.Count); return nil }

// String says how many.
func (f Replay) String() string { return fmt.Sprintf("replay %d datagrams", f.Count) }
