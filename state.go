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
		failed = n.attachNow(now, r)
	})
	if err != nil {
		<-n.done
		return n.err
	}
	return failed
}

// attachNow is attach on the driver's goroutine.
func (n *Node) attachNow(now membership.Instant, r Replica) error {
	if _, open := n.replicas[r.TypeID()]; open {
		return fmt.Errorf("%w: %s", ErrOpen, r.TypeName())
	}
	n.feed() // what the others have yet to hear must not reach this one twice
	written, err := r.Attach((*stateHost)(n))
	if err != nil {
		return fmt.Errorf("hearsay: %s: %w", r.TypeName(), err)
	}
	r.Feed(n.known(r.TypeID()))
	if n.replicas == nil {
		n.replicas = map[uint32]Replica{}
	}
	n.replicas[r.TypeID()] = r
	if err := n.coordinator.WriteState(now, written); err != nil {
		delete(n.replicas, r.TypeID())
		r.Close() // or loops over its changes would wait for the node's end, and longer
		return fmt.Errorf("hearsay: %s: %w", r.TypeName(), err)
	}
	return nil
}

// known returns what is known of a type of state.
func (n *Node) known(typeID uint32) []replica.Update {
	var updates []replica.Update
	add := func(id string, held *state.Copy) {
		if held == nil {
			return
		}
		for ch := range held.All() {
			if ch.Type == typeID {
				updates = append(updates, replica.Update{Member: id, Change: ch})
			}
		}
	}
	add(n.ID(), n.coordinator.OwnState())
	shown := n.coordinator.View()
	for _, entries := range [][]*membership.Entry{n.coordinator.Table().Peers(), n.coordinator.Table().Gone()} {
		for _, e := range entries {
			add(e.ID(), e.State())
			// The view, and not the table, is what events go on from.
			if m, _ := shown.Get(e.ID()); !m.Status.Live() {
				updates = append(updates, replica.Update{Kind: replica.Died, Member: e.ID()})
			}
		}
	}
	return updates
}

// feed tells the replicas what has changed.
func (n *Node) feed() {
	changes := n.coordinator.StateChanges()
	for len(changes) > 0 {
		first := &changes[0]
		if first.Reset {
			n.feedAll(replica.Update{Kind: replica.Reset, Member: first.ID})
			changes = changes[1:]
			continue
		}
		kind := first.Change.Type
		n.updates = n.updates[:0]
		for len(changes) > 0 && !changes[0].Reset && changes[0].Change.Type == kind {
			n.updates = append(n.updates, replica.Update{Member: changes[0].ID, Change: changes[0].Change})
			changes = changes[1:]
		}
		if r := n.replicas[kind]; r != nil {
			r.Feed(n.updates)
		}
		clear(n.updates)
	}
}

// feedStatus tells the replicas who has died and who lives.
func (n *Node) feedStatus(events []Event) {
	for _, event := range events {
		e, ok := event.(MemberStatusChanged)
		if !ok {
			continue
		}
		kind := replica.Lives
		switch was, lives := e.From.Live(), e.Member.Status.Live(); {
		case lives && !was, n.coordinator.Table().LookupID(e.Member.ID) == nil:
		case was && !lives:
			kind = replica.Died
		default:
			continue
		}
		n.feedAll(replica.Update{Kind: kind, Member: e.Member.ID})
	}
}

func (n *Node) feedAll(update replica.Update) {
	for _, r := range n.replicas { // they know nothing of each other
		r.Feed([]replica.Update{update})
	}
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
