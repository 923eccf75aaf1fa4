package hearsay

import (
	"context"
	"errors"
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
)

// Replica is what generated replicas of state are; users need not know more of
// it.
type Replica interface {
	// TypeName and TypeID name the type of state, in a schema and on the wire.
	TypeName() string
	// TypeID is the number on the wire.
	TypeID() uint32
	// Attach, Feed and Close are called by the node.
	Attach(replica.Host) ([]state.Change, error)
	// Feed tells what has changed.
	Feed([]replica.Update)
	// Close tells that nothing will.
	Close()
}

// Open attaches a generated replica to a node, and returns it. From then on what
// is set in it reaches all members, and it shows what they have set. What was set
// before is told too.
//
//	services, err := hearsay.Open(node, appv1.NewServiceState())
//
// A node opens each type of state once, ErrOpen else, and at any time; what is
// known of a type is kept for those who open it later. An error leaves the replica
// unusable. When the node ends, setters return an error that is ErrClosed.
func Open[R Replica](node *Node, r R) (R, error) {
	if err := node.attach(r); err != nil {
		var none R
		return none, err
	}
	return r, nil
}

// attach makes the node feed a replica.
func (n *Node) attach(r Replica) error {
	var failed error
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		failed = n.replicas.Open(now, r, (*stateHost)(n))
	})
	if err != nil {
		<-n.done
		return n.err
	}
	return failed
}

// stateHost is the node as replicas see it.
type stateHost Node

// Self is the node's id.
func (h *stateHost) Self() string { return (*Node)(h).ID() }

// Write makes changes of the node's own state.
func (h *stateHost) Write(changes []state.Change) error {
	n := (*Node)(h)
	var failed error
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		failed = n.coordinator.WriteState(now, changes)
	})
	if err != nil || errors.Is(failed, membership.ErrStopped) {
		<-n.done
		return n.err
	}
	return failed
}

// Metadata is what every member may say of itself: roles, labels, health and the
// version of its application. Config says it at the start, the setters of the
// replica at any time:
//
//	node.Metadata().PutLabels("shard", "7")
//	for id, m := range node.Metadata().All() { … }
func (n *Node) Metadata() *MetadataReplica { return n.metadata }

// metadata returns the replica that says what cfg does, and all that is wrong
// with that, joined.
func (c Config) metadata() (*MetadataReplica, error) {
	r := hearsayv1.NewMetadata()
	var problems []error
	check := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", field, err))
		}
	}
	check("Roles", r.SetRoles(c.Roles))
	check("Labels", r.Update(func(m *Metadata) { m.Labels = c.Labels }))
	check("AppVersion", r.SetVersion(c.AppVersion))
	return r, errors.Join(problems...)
}
