package sim

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Publish is gossiper.Publisher's: it logs the event, holds it against the
// truth, and shows it to the checkers.
func (n *Node) Publish(event membership.Event) {
	c := n.cluster
	switch e := event.(type) {
	case membership.TopologyUpdated:
		c.truth.events.topology++
		c.publishedView(n, e)
		c.log.begin(c.now, n.id).word("topology").number("version", e.View.Version).
			number("live", uint64(e.View.Len())).hex("hash", e.View.Hash).number("changed", uint64(len(e.Changed))).end()
	case membership.MemberStatusChanged:
		c.truth.events.status++
		c.log.begin(c.now, n.id).word("sees").word(e.Member.ID).word(e.From.String()).word(e.Member.Status.String()).
			hex("generation", e.Member.Generation).number("incarnation", uint64(e.Member.Incarnation)).
			number("version", uint64(e.Member.Version)).end()
		c.truth.shown(n, e)
		if c.series != nil && e.Member.Status == membership.StatusDead {
			c.series.died(c.now, n, e.Member.ID)
		}
	case membership.Superseded:
		c.truth.events.superseded++
		c.log.begin(c.now, n.id).word("superseded").hex("generation", e.Generation).word(e.Address.String()).end()
	case membership.Evicted:
		c.truth.events.evicted++
		c.log.begin(c.now, n.id).word("evicted").hex("old", e.Old).hex("new", e.New).end()
	case membership.Isolated:
		n.isolated = !e.Over
		word := "isolated"
		if e.Over {
			word = "reached"
		}
		c.log.begin(c.now, n.id).word(word).end()
	case membership.Converged:
		n.converged = c.now
		c.log.begin(c.now, n.id).word("converged").number("version", e.Version).hex("hash", e.Hash).
			number("members", uint64(e.Members)).end()
	case membership.SeedSilent:
		c.log.begin(c.now, n.id).word("seed-silent").word(e.Address.String()).end()
	case gossiper.SendFailed:
		c.log.begin(c.now, n.id).word("send-failed").word(e.Target.String()).word(e.Err.Error()).end()
	default:
		c.log.begin(c.now, n.id).word(fmt.Sprintf("%T", event)).end()
	}
	c.checkers.event(c, n, event)
	if n.service != nil {
		n.service.Published(event)
	}
}

// byID returns the nodes of an id; two processes may have the same.
func (c *Cluster) byID(id string) []*Node { return c.ids[id] }

// noteTable sees what the last step changed in a node's table.
func (c *Cluster) noteTable(n *Node) {
	table := n.coordinator.Table()
	if !n.settled && n.coordinator.Joined() {
		n.settled = true
		c.truth.joins = append(c.truth.joins, n.Uptime())
		c.log.begin(c.now, n.id).word("joined").hex("generation", n.coordinator.Generation()).end()
	}
	if table.Version() == n.version && !n.fresh {
		return
	}
	n.version, n.changed = table.Version(), true
	if n.settled {
		c.truth.crowding = max(c.truth.crowding, float64(table.Len())/float64(max(table.LiveCount(), 1)))
	}
	if root := table.Root(); root != n.root || n.fresh {
		if !n.fresh {
			c.leaveRoot(n.root)
		}
		n.root, n.fresh = root, false
		c.roots[root]++
	}
	c.noteAgreement()
	c.truth.look(n, table)
}

// noteAgreement ends the marks that wait, if there is agreement.
func (c *Cluster) noteAgreement() {
	if len(c.truth.waiting) > 0 && c.Agreed() {
		c.truth.agreed()
	}
}

// forgetTable is called when a node's life ends.
func (c *Cluster) forgetTable(n *Node) {
	if !n.fresh {
		c.leaveRoot(n.root)
	}
}

func (c *Cluster) leaveRoot(root uint64) {
	if c.roots[root]--; c.roots[root] == 0 {
		delete(c.roots, root)
	}
}

// Agreed tells whether the tables of all running nodes are equal and hold all
// of them.
func (c *Cluster) Agreed() bool {
	if len(c.roots) != 1 {
		return false
	}
	for _, n := range c.nodes {
		if n.Running() {
			// Nodes that have not been stepped yet are not counted.
			return c.roots[n.root] == c.running && n.coordinator.Table().LiveCount() == c.Members()
		}
	}
	return false
}

// look sees whether a node has learned of the updates that are under way.
func (t *truth) look(n *Node, table *membership.Table) {
	done := 0
	for _, u := range t.pending {
		if _, missing := u.missing[n.index]; missing && u.seenIn(table) {
			delete(u.missing, n.index)
			u.Seen = append(u.Seen, t.cluster.now.Sub(u.At))
		}
		if len(u.missing) == 0 {
			done++
		}
	}
	if done == 0 {
		return
	}
	kept := t.pending[:0]
	for _, u := range t.pending {
		if len(u.missing) > 0 {
			kept = append(kept, u)
		}
	}
	t.pending = kept
}

// seenIn tells whether a table has the update, or something newer.
func (u *Update) seenIn(table *membership.Table) bool {
	e := table.LookupID(u.Node.id)
	if e == nil {
		return false
	}
	g := uint64(e.Generation())
	return g > u.Generation || g == u.Generation && e.Version() >= u.Version
}
