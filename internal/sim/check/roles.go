package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Observers: an observer is in no table.
type Observers struct{}

// Name is sim.Checker's.
func (Observers) Name() string { return "observers are no members" }

// Node looks for observers in the node's table.
func (Observers) Node(c *sim.Cluster, n *sim.Node) error {
	if c.Members() == c.Running() || !n.TableChanged() {
		return nil
	}
	for _, o := range c.Nodes() {
		if o.Observer() && n.Coordinator().Table().LookupID(o.ID()) != nil {
			return fmt.Errorf("the observer %s has a record", o.ID())
		}
	}
	return nil
}

// blockGrace is how long a member that is kept out may still be in a view: these
// follow at the next gossip interval.
const blockGrace = time.Second

// Quarantine: who keeps a member out sends it nothing, and does not show it.
type Quarantine struct{}

// Name is sim.Checker's.
func (Quarantine) Name() string { return "quarantine" }

// Node looks for whom the node keeps out in its view.
func (Quarantine) Node(c *sim.Cluster, n *sim.Node) error {
	if !n.KeepsAnyOut() {
		return nil
	}
	for _, other := range c.Nodes() {
		if !n.KeepsOut(other, blockGrace) {
			continue
		}
		if m, shown := n.Coordinator().View().Get(other.ID()); shown {
			return fmt.Errorf("%s is kept out and shown %v", other.ID(), m.Status)
		}
	}
	return nil
}

// Handed looks at where a datagram is to go. What a transport has held since
// before may still leave, and so may what goes to an address of which the node
// does not know who is there.
func (Quarantine) Handed(c *sim.Cluster, n *sim.Node, out transport.Outbound) error {
	if !n.KeepsAnyOut() {
		return nil
	}
	for _, other := range c.Nodes() {
		if other.Address() == out.Target && n.KeepsOut(other, 0) && listens(n, other) {
			return fmt.Errorf("%s is kept out and sent something", other.ID())
		}
	}
	return nil
}

// listens tells whether a node knows that another is at its address.
func listens(n, other *sim.Node) bool {
	e := n.Coordinator().Table().LookupID(other.ID())
	return e != nil && slices.ContainsFunc(e.Endpoints(), func(at membership.Endpoint) bool { return at.Address == other.Address() })
}

// consensus: who tells that all see what it sees is right: every other live
// member has had, or has told, the table that the node has.
type consensus struct {
	tables map[*sim.Node]*pastTables
}

// pastTables are what one life of a node has had in its table: the roots that it
// told, and the hashes of views.
type pastTables struct {
	life        int
	roots, view map[uint64]struct{}
}

func newConsensus() *consensus { return &consensus{tables: make(map[*sim.Node]*pastTables)} }

// Name is sim.Checker's.
func (*consensus) Name() string { return "converged" }

func (k *consensus) of(n *sim.Node) *pastTables {
	past := k.tables[n]
	if past == nil || past.life != n.Lives() {
		past = &pastTables{life: n.Lives(), roots: make(map[uint64]struct{}), view: make(map[uint64]struct{})}
		k.tables[n] = past
	}
	return past
}

// Node remembers the node's table.
func (k *consensus) Node(c *sim.Cluster, n *sim.Node) error {
	if c.Options().Checking == sim.CheckEveryStep && n.TableChanged() {
		k.of(n).view[n.Coordinator().Table().ViewHash()] = struct{}{}
	}
	return nil
}

// Sent remembers what the node tells of its table.
func (k *consensus) Sent(_ *sim.Cluster, n *sim.Node, out transport.Outbound, _ []byte) error {
	k.of(n).roots[out.Envelope.Root] = struct{}{}
	return nil
}

// Event holds the word of one against what the others had.
func (k *consensus) Event(c *sim.Cluster, n *sim.Node, event membership.Event) error {
	told, ok := event.(membership.Converged)
	if !ok || c.Options().Checking != sim.CheckEveryStep {
		return nil
	}
	table := n.Coordinator().Table()
	if told.Hash != table.ViewHash() || told.Members != table.LiveCount() {
		return fmt.Errorf("all see %d members, %x, it says, and itself it has %d, %x", told.Members, told.Hash, table.LiveCount(), table.ViewHash())
	}
	for _, other := range c.Nodes() {
		e := table.LookupID(other.ID())
		if other == n || !other.Running() || e == nil || !e.Live() || uint64(e.Generation()) != other.Generation() {
			continue
		}
		past := k.of(other)
		_, had := past.view[told.Hash]
		if _, said := past.roots[table.Root()]; !said && !had {
			return fmt.Errorf("all see %x, it says, and %s never had it", told.Hash, other.ID())
		}
	}
	return nil
}
