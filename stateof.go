package hearsay

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/state"
)

// HeldState is what a node holds of one type of a member's state.
type HeldState struct {
	// TypeID stands for the type's name in its schema: state.TypeID(name).
	TypeID uint32 `json:"type_id"`
	// Slots counts the fields and entries of maps that are set.
	Slots int `json:"slots"`
	// Message is an encoded message of the type, as protobuf encodes it.
	Message []byte `json:"message"`
}

// StateOf returns all that this node holds, and relays, of what a member says of
// itself, whether it knows the schemas or not: by type, in order of their numbers.
// It is for looking at; programs read state by replicas (Open), which also follow
// what a schema says of the dead. Of a member that is not known there is none. The
// slices are the caller's. After the node's end the error is ErrClosed.
func (n *Node) StateOf(member string) ([]HeldState, error) {
	values := make(map[uint32][][]byte)
	err := n.gossiper.Do(context.Background(), func(membership.Instant) {
		if held := n.copyOf(member); held != nil {
			for ch := range held.All() {
				values[ch.Type] = append(values[ch.Type], ch.Value) // never written to
			}
		}
	})
	if err != nil {
		<-n.done
		return nil, n.err
	}
	var all []HeldState
	for _, typeID := range slices.Sorted(maps.Keys(values)) {
		all = append(all, HeldState{typeID, len(values[typeID]), bytes.Join(values[typeID], nil)})
	}
	return all, nil
}

// copyOf returns a member's state on the driver's goroutine, nil if there is none.
func (n *Node) copyOf(member string) *state.Copy {
	if member == n.ID() {
		return n.coordinator.OwnState()
	}
	if e := n.coordinator.Table().LookupID(member); e != nil {
		return e.State()
	}
	return nil
}
