package hearsay

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Health is what the application on a member reports of itself.
type Health = membership.Health

// The states of health, from none reported to worst.
const (
	HealthUnreported = membership.HealthUnreported
	HealthHealthy    = membership.HealthHealthy
	// HealthDegraded: it works, but not as it should.
	HealthDegraded = membership.HealthDegraded
	// HealthUnhealthy: it should not be used.
	HealthUnhealthy = membership.HealthUnhealthy
)

// SetHealth reports how the node's application is; what is no state of health
// counts as HealthUnreported. All members and observers see it in their views
// (Member.Health) and are told of it (MemberHealthChanged). It costs nobody its
// place: an unhealthy member is a member, and whoever chooses among members may
// pass it over.
//
// The report is part of the node's Metadata, and shown while the node is live. It
// returns ErrObserver on an observer, and an error that is ErrClosed after the
// node's end.
func (n *Node) SetHealth(health Health) error {
	if health > HealthUnhealthy {
		health = HealthUnreported
	}
	return n.metadata.SetHealth(hearsayv1.NodeHealth(health))
}
