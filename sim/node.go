package sim

import (
	"iter"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Node is the place of one process: an id, an address, and the life that runs
// there, if one does. Its methods are those of hearsay.Node where they have the
// same name, less those that wait: a service that asks for an interface of them
// runs on either.
type Node struct {
	cluster *Cluster
	node    *sim.Node
	config  hearsay.Config
	// life is the one that runs, if one does; metadata are those of the last.
	life     *life
	metadata *hearsay.MetadataReplica
}

func newNode(c *Cluster, node *sim.Node, cfg hearsay.Config) *Node {
	n := &Node{cluster: c, node: node, config: cfg}
	n.metadata = n.newMetadata()
	node.Settle(cfg.Zone, cfg.Observer)
	return n
}

// ID returns the node's id.
func (n *Node) ID() string { return n.node.ID() }

// Index returns the node's place in Cluster.Nodes.
func (n *Node) Index() int { return n.node.Index() }

// String returns the node's id; nil, which stands for every node, is "all".
func (n *Node) String() string {
	if n == nil {
		return "all"
	}
	return n.ID()
}

// address returns where the node listens; that of nil stands for any.
func (n *Node) address() netip.AddrPort {
	if n == nil {
		return netip.AddrPort{}
	}
	return n.node.Address()
}

// Running tells whether the node's process runs, paused or not.
func (n *Node) Running() bool { return n.node.Running() }

// Joined tells whether the node has joined in this life.
func (n *Node) Joined() bool { return n.node.Joined() }

// Observer tells whether the node is one that sees the members and is none.
func (n *Node) Observer() bool { return n.config.Observer }

// Isolated tells whether nobody answers the node, so that it shows all others as
// dead.
func (n *Node) Isolated() bool { return n.Running() && n.node.Isolated() }

// Generation returns the generation that the node runs under; 0 if it does not
// run, or does not know yet.
func (n *Node) Generation() uint64 { return n.node.Generation() }

// View returns the state of the cluster as this node sees it; after its end, as it
// saw it last.
func (n *Node) View() *hearsay.View {
	if view := n.node.View(); view != nil {
		return view
	}
	return &hearsay.View{Self: n.ID()}
}

// Members ranges over the live members of the view, sorted by id, the node itself
// included.
func (n *Node) Members() iter.Seq[hearsay.Member] { return n.View().Members() }

// Sent returns how many envelopes the node has sent in all its lives, and how many
// bytes were in them.
func (n *Node) Sent() (packets, bytes uint64) { return n.node.Sent() }

// Now returns what the node's wall clock shows. Runs begin with the year 2000.
func (n *Node) Now() time.Time { return n.node.Wall() }

// Rand returns a stream of randomness for the node's service, a new one for each
// life, made of the run's seed.
func (n *Node) Rand() *rand.Rand {
	l := n.life
	if l == nil {
		return n.node.Stream("service")
	}
	if l.rand == nil {
		l.rand = n.node.Stream("service")
	}
	return l.rand
}
