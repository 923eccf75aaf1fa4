package sim

import "github.com/hearsay-gossip/hearsay/membership"

// shownView is what a node has published of its view: equal values, equal
// members.
type shownView struct {
	hash uint64
	live int
}

// publishedView sees what a node tells its users.
func (c *Cluster) publishedView(n *Node, update membership.TopologyUpdated) {
	if len(update.Dead) > 0 {
		n.obituaries++
	}
	c.forgetView(n)
	n.shows = shownView{update.View.Hash, update.View.Len()}
	c.views[n.shows]++
	c.noteViews()
}

// forgetView is called when a node shows another view, or none.
func (c *Cluster) forgetView(n *Node) {
	if n.shows == (shownView{}) {
		return
	}
	if c.views[n.shows]--; c.views[n.shows] == 0 {
		delete(c.views, n.shows)
	}
	n.shows = shownView{}
}

// noteViews ends the marks that wait for equal views, if they are.
func (c *Cluster) noteViews() {
	t := &c.truth
	if len(t.unseen) == 0 || len(c.views) != 1 {
		return
	}
	for view, nodes := range c.views {
		if nodes != c.running || view.live != c.Members() {
			return
		}
	}
	for _, mark := range t.unseen {
		mark.Shown = c.now
	}
	t.unseen = t.unseen[:0]
}

// MostObituaries returns how many topology updates told of deaths, at the
// healthy node where they were most.
func (c *Cluster) MostObituaries() int {
	most := 0
	for _, n := range c.nodes {
		if !n.impaired {
			most = max(most, n.obituaries)
		}
	}
	return most
}

// Crowding returns the most entries that a table had for each live member, once
// its node had joined.
func (c *Cluster) Crowding() float64 { return c.truth.crowding }

// Ousted returns how often a node stopped because another process had its id,
// and how often one was removed by others.
func (c *Cluster) Ousted() (superseded, evicted uint64) {
	return c.truth.events.superseded, c.truth.events.evicted
}
