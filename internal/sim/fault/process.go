package fault

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// each does something to every node of a group.
func each(c *sim.Cluster, who string, do func(*sim.Node) error) error {
	nodes, err := c.Group(who)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if err := do(n); err != nil {
			return err
		}
	}
	return nil
}

// Crash kills processes without a word.
type Crash struct{ Who string }

// Apply kills them.
func (f Crash) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error { n.Crash(); return nil })
}

// String names the group.
func (f Crash) String() string { return "crash " + f.Who }

// Start starts processes that do not run.
type Start struct {
	Who string
	// Persisted: what their last life wrote to disk is there.
	Persisted bool
	// Moved: they come up at new addresses.
	Moved bool
	// Alone: they have no seeds.
	Alone bool
}

// Apply starts them.
func (f Start) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		if n.Running() {
			return nil
		}
		if f.Moved {
			if err := n.Move(); err != nil {
				return err
			}
		}
		return n.Start(sim.Lifetime{Persisted: f.Persisted, Alone: f.Alone})
	})
}

// String names the group and how it starts.
func (f Start) String() string {
	text := "start " + f.Who
	if f.Persisted {
		text += " with persisted state"
	}
	if f.Moved {
		text += " at new addresses"
	}
	if f.Alone {
		text += " without seeds"
	}
	return text
}

// Restart kills processes and starts them again after a while.
type Restart struct {
	Who              string
	After            time.Duration
	Persisted, Moved bool
}

// Apply kills them and plans their start.
func (f Restart) Apply(c *sim.Cluster) error {
	if err := (Crash{f.Who}).Apply(c); err != nil {
		return err
	}
	c.After(f.After, Start{Who: f.Who, Persisted: f.Persisted, Moved: f.Moved})
	return nil
}

// String names the group.
func (f Restart) String() string { return fmt.Sprintf("restart %s after %v", f.Who, f.After) }

// Leave has nodes take their leave.
type Leave struct{ Who string }

// Apply begins it.
func (f Leave) Apply(c *sim.Cluster) error { return each(c, f.Who, (*sim.Node).Leave) }

// String names the group.
func (f Leave) String() string { return "leave " + f.Who }

// Stall stops whole processes for a time, timers and all.
type Stall struct {
	Who string
	For time.Duration
}

// Apply stalls them.
func (f Stall) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error { n.Stall(f.For); return nil })
}

// String names the group and the time.
func (f Stall) String() string { return fmt.Sprintf("stall %s for %v", f.Who, f.For) }

// Block makes input and output wait for a time while timers run: Lifeguard's
// anomaly.
type Block struct {
	Who string
	For time.Duration
}

// Apply blocks them and plans the end.
func (f Block) Apply(c *sim.Cluster) error {
	c.After(f.For, unblock{f.Who})
	return each(c, f.Who, func(n *sim.Node) error { n.Block(); return nil })
}

// String names the group and the time.
func (f Block) String() string { return fmt.Sprintf("block %s for %v", f.Who, f.For) }

type unblock struct{ who string }

func (f unblock) Apply(c *sim.Cluster) error {
	return each(c, f.who, func(n *sim.Node) error { n.Unblock(); return nil })
}

func (f unblock) String() string { return "unblock " + f.who }

// Slow makes nodes take a time for each envelope, 0 for none.
type Slow struct {
	Who  string
	Cost time.Duration
}

// Apply slows them.
func (f Slow) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error { n.Slow(f.Cost); return nil })
}

// String names the group and the time.
func (f Slow) String() string { return fmt.Sprintf("slow %s to %v an envelope", f.Who, f.Cost) }

// Clock changes the clocks of nodes: the monotonic one jumps forward by Jump
// and then runs at Rate (0: as before), the wall clock is shifted by Wall.
type Clock struct {
	Who        string
	Jump, Wall time.Duration
	Rate       float64
}

// Apply changes them.
func (f Clock) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error {
		n.JumpClock(f.Jump)
		n.SetClockRate(f.Rate)
		n.ShiftWall(f.Wall)
		return nil
	})
}

// String says what changes.
func (f Clock) String() string {
	return fmt.Sprintf("clock of %s jumps %v, rate %g, wall %v", f.Who, f.Jump, f.Rate, f.Wall)
}

// Tick steps nodes although nothing is due.
type Tick struct{ Who string }

// Apply steps them.
func (f Tick) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error { n.Tick(); return nil })
}

// String names the group.
func (f Tick) String() string { return "tick " + f.Who }

// Move gives nodes that run another address, and one life.
type Move struct{ Who string }

// Apply moves them.
func (f Move) Apply(c *sim.Cluster) error {
	nodes, err := c.Group(f.Who)
	if err != nil {
		return err
	}
	if len(nodes) > 1 {
		c.Disturb() // who moves together loses sight of each other
	}
	return each(c, f.Who, (*sim.Node).Move)
}

// String names the group.
func (f Move) String() string { return "move " + f.Who }

// Swap has two nodes that do not run exchange their addresses, for their next
// life.
type Swap struct{ A, B string }

// Apply exchanges them.
func (f Swap) Apply(c *sim.Cluster) error {
	a, err := c.Group(f.A)
	if err != nil {
		return err
	}
	b, err := c.Group(f.B)
	if err != nil {
		return err
	}
	if len(a) != 1 || len(b) != 1 {
		return fmt.Errorf("fault: Swap needs one node in each of %s and %s", f.A, f.B)
	}
	return a[0].SwapAddress(b[0])
}

// String names both.
func (f Swap) String() string { return "swap addresses of " + f.A + " and " + f.B }

// Twin starts another process under the id of a node.
type Twin struct{ Of string }

// Apply starts it.
func (f Twin) Apply(c *sim.Cluster) error {
	nodes, err := c.Group(f.Of)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		n.Impair()
		if err := c.AddNode(n.ID()).Start(sim.Lifetime{}); err != nil {
			return err
		}
	}
	return nil
}

// String names the group.
func (f Twin) String() string { return "start a second process as " + f.Of }

// Update changes what nodes say of themselves.
type Update struct{ Who string }

// Apply gives each a zone that it did not have.
func (f Update) Apply(c *sim.Cluster) error {
	zone := fmt.Sprintf("z%d", c.Now()/time.Millisecond)
	return each(c, f.Who, func(n *sim.Node) error { return n.Update(zone) })
}

// String names the group.
func (f Update) String() string { return "update " + f.Who }

// Calm ends all stalls, blocks and slowness, and releases what is held.
type Calm struct{}

// Apply calms every node.
func (Calm) Apply(c *sim.Cluster) error {
	return each(c, sim.GroupAll, func(n *sim.Node) error {
		n.Calm()
		c.Network().Release(n.Address(), netip.AddrPort{})
		return (Restore{Who: n.ID()}).Apply(c)
	})
}

// String says so.
func (Calm) String() string { return "calm" }
