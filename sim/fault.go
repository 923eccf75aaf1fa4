package sim

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// deed is a fault, as the event log has it.
type deed struct {
	text string
	do   func() error
}

func (d deed) Apply(*sim.Cluster) error { return d.do() }
func (d deed) String() string           { return d.text }

// do makes a deed happen now, unless the run has ended. Its error is one of the
// test's, and ends it.
func (c *Cluster) do(text string, do func() error) {
	if c.err == nil {
		c.fail(c.failed(c.sim.Do(deed{text, do})))
	}
}

// own refuses the nodes of another cluster, which may have the same addresses.
func (c *Cluster) own(nodes ...*Node) error {
	for _, n := range nodes {
		if n != nil && n.cluster != c {
			return fmt.Errorf("%v is a node of another cluster", n)
		}
	}
	return nil
}

// Split cuts the network into sides that do not hear each other; nodes in none of
// them are one more side. It replaces an earlier split. Naming a node on two sides
// is a mistake that ends the run.
func (c *Cluster) Split(sides ...[]*Node) {
	c.do("split "+words(sides), func() error {
		named := map[*Node]bool{}
		inner := make([][]*sim.Node, len(sides))
		for i, side := range sides {
			for _, n := range side {
				if n == nil || named[n] {
					return fmt.Errorf("side %d: %v is named twice, or nil: name each node once", i, n)
				}
				if err := c.own(n); err != nil {
					return err
				}
				named[n] = true
				inner[i] = append(inner[i], n.node)
			}
		}
		c.sim.Split(inner...)
		return nil
	})
}

// words names the nodes of sides.
func words(sides [][]*Node) string {
	texts := make([]string, len(sides))
	for i, side := range sides {
		names := make([]string, len(side))
		for j, n := range side {
			names[j] = n.String()
		}
		texts[i] = strings.Join(names, " ")
	}
	return strings.Join(texts, " | ")
}

// Cut stops what one node sends to another, in this direction only; Mend ends it,
// or Heal. nil is every node.
func (c *Cluster) Cut(from, to *Node) {
	c.do(fmt.Sprintf("cut %v to %v", from, to), func() error {
		if err := c.own(from, to); err != nil {
			return err
		}
		c.impair(from, to)
		c.sim.Network().Cut(from.address(), to.address())
		return nil
	})
}

// Mend ends the Cut of the same two nodes.
func (c *Cluster) Mend(from, to *Node) {
	c.do(fmt.Sprintf("mend %v to %v", from, to), func() error {
		if err := c.own(from, to); err != nil {
			return err
		}
		c.sim.Network().Mend(from.address(), to.address())
		return nil
	})
}

// direction is what a link was set for.
type direction struct{ from, to netip.AddrPort }

// SetLink replaces what lies between two nodes, in this direction; nil is every
// node, and the most exact setting holds: both nodes, then the sender's, then the
// receiver's. It holds for what is sent from now on, and until Heal. A link that
// cannot be is a mistake that ends the run.
func (c *Cluster) SetLink(from, to *Node, link Link) {
	c.do(fmt.Sprintf("link %v to %v: %+v", from, to, link), func() error {
		if err := c.own(from, to); err != nil {
			return err
		}
		if err := c.sim.Network().SetLink(from.address(), to.address(), link); err != nil {
			return err
		}
		c.links = append(c.links, direction{from.address(), to.address()})
		if !c.gentle(link) {
			c.impair(from, to)
		}
		return nil
	})
}

// Heal makes the network what it was in the beginning: it ends the split, mends
// every cut, and undoes every SetLink. What is under way still travels as it was
// sent.
func (c *Cluster) Heal() {
	c.do("heal", func() error {
		c.sim.Heal()
		for _, d := range c.links {
			c.sim.Network().ResetLink(d.from, d.to)
		}
		c.links = c.links[:0]
		return nil
	})
}

// gentle tells whether a link is one over which nobody may be taken for dead:
// nothing is lost, and a round trip is over before anyone wonders.
func (c *Cluster) gentle(link Link) bool {
	longest := link.Latency + link.Spread
	if link.Jitter == memory.JitterExponential {
		longest = link.Latency + 20*link.Spread
	}
	return link.Loss == 0 && longest <= c.sim.Options().Period/8
}

// impair has the rules of the protocol know that opinions of these nodes, or about
// them, may be wrong.
func (c *Cluster) impair(nodes ...*Node) {
	c.sim.Disturb()
	for _, n := range nodes {
		if n != nil {
			n.node.Impair()
		}
	}
}

// Crash kills the node's process without a word. As all that is done to a node, it
// does nothing if the node does not run.
func (n *Node) Crash() {
	n.cluster.do("crash "+n.ID(), func() error { n.node.Crash(); return nil })
}

// Start begins a new life of the node, which knows nothing of earlier ones but
// what a StateFile has kept (Options.Config), and runs Main. A node that runs is
// left alone.
func (n *Node) Start() {
	if n.Running() {
		return
	}
	n.cluster.do("start "+n.ID(), func() error {
		return n.node.Start(sim.Lifetime{Persisted: n.config.StateFile != ""})
	})
}

// Restart is Crash and Start at one instant.
func (n *Node) Restart() {
	n.Crash()
	n.Start()
}

// Leave begins a graceful exit. The node has ended, and no longer runs, when it
// has told the others, a moment later.
func (n *Node) Leave() {
	n.cluster.do("leave "+n.ID(), n.node.Leave)
}

// Pause stops the whole process for a time: neither protocol nor timers nor
// handlers run, and then everything is late, as with a long collection of garbage
// or a virtual machine that is moved.
func (n *Node) Pause(d time.Duration) {
	n.cluster.do(fmt.Sprintf("pause %s for %v", n.ID(), d), func() error {
		if d < 0 {
			return fmt.Errorf("%v is less than 0", d)
		}
		n.node.Stall(d)
		return nil
	})
}

// Block makes the node's input and output wait while its timers run, as where a
// network card or a full disk blocks: what it sends is held, and what arrives is
// not read. Unblock ends it.
func (n *Node) Block() {
	n.cluster.do("block "+n.ID(), func() error { n.node.Block(); return nil })
}

// Unblock ends Block: what was held is sent, and what has arrived is read.
func (n *Node) Unblock() {
	n.cluster.do("unblock "+n.ID(), func() error { n.node.Unblock(); return nil })
}
