package sim

import (
	"github.com/hearsay-gossip/hearsay"
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Open attaches a generated replica to this life of a node, and returns it, as
// hearsay.Open does with a node that runs. From then on what is set in it reaches
// all members, and it shows what they have set.
//
//	services, err := sim.Open(n, appv1.NewServiceState())
//
// A node opens each type of state once in a life, hearsay.ErrOpen else. When the
// life ends, setters return an error that is hearsay.ErrClosed, and what was read
// can be read on; the next life begins with nothing, and opens it again, in Main.
//
// A loop over the replica's Changes waits, and on one goroutine what waits never
// returns: OnChange calls the service instead.
func Open[R hearsay.Replica](n *Node, r R) (R, error) {
	if err := n.node.Open(r); err != nil {
		var none R
		return none, err
	}
	return r, nil
}

// Metadata is what every member may say of itself, as this node sees and writes
// it: roles, labels, health and the version of its application. Each life has its
// own.
func (n *Node) Metadata() *hearsay.MetadataReplica { return n.metadata }

// newMetadata returns what the node's configuration says of it.
func (n *Node) newMetadata() *hearsay.MetadataReplica {
	r := hearsayv1.NewMetadata()
	_ = r.Update(func(m *hearsay.Metadata) { // the configuration was held to the rules
		m.Roles, m.Labels, m.Version = n.config.Roles, n.config.Labels, n.config.AppVersion
	})
	return r
}

// SetHealth reports how the node's application is, which all see in their views
// (Member.Health) and are told of (MemberHealthChanged). The error is
// hearsay.ErrClosed where the node does not run, and hearsay.ErrObserver on an
// observer.
func (n *Node) SetHealth(health hearsay.Health) error {
	if health > hearsay.HealthUnhealthy {
		health = hearsay.HealthUnreported
	}
	return n.metadata.SetHealth(hearsayv1.NodeHealth(health))
}
