package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// NoFalseDeath: where nothing is lost and no fault was aimed at any node that
// runs, nobody is shown Dead who runs and can be heard. A node that says that it
// reaches nobody shows all as Dead, and condemns none: on a small side of a split
// it may not have met the few who are with it.
type NoFalseDeath struct{}

// Name is sim.Checker's.
func (NoFalseDeath) Name() string { return "no false death" }

// Node has nothing to look at.
func (NoFalseDeath) Node(*sim.Cluster, *sim.Node) error { return nil }

// Event looks at deaths.
func (NoFalseDeath) Event(c *sim.Cluster, n *sim.Node, event membership.Event) error {
	e, ok := event.(membership.MemberStatusChanged)
	if !ok || e.Member.Status != membership.StatusDead || c.Disturbed() {
		return nil
	}
	subject := c.LifeOf(e.Member)
	if subject == nil || subject == n || n.Isolated() || c.Severed(n, subject) {
		return nil
	}
	return fmt.Errorf("%s is shown Dead at generation %x, incarnation %d, and runs", e.Member.ID, e.Member.Generation, e.Member.Incarnation)
}
