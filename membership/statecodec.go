package membership

import (
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
)

// stateEndBytes is what the mark takes with which an answer ends.
const stateEndBytes = 2

// addState appends a delta that fits the room, as Delta.Size says. Keys and
// values are shared, not copied, where their type allows.
func (d *draft) addState(delta *state.Delta) {
	d.room -= delta.Size() + stateEndBytes
	k := len(d.states)
	if k < cap(d.states) {
		d.states = d.states[:k+1]
	} else {
		d.states = append(d.states, hearsayv1.StateDelta{})
	}
	encodeState(&d.states[k], delta)
	d.envelope.State = d.states
}

// encodeState makes dst the delta as it travels. Values are shared.
func encodeState(dst *hearsayv1.StateDelta, delta *state.Delta) {
	kind := delta.Type()
	changes := dst.Changes[:0]
	for i := range delta.Changes {
		ch := &delta.Changes[i]
		k := len(changes)
		if k < cap(changes) {
			changes = changes[:k+1]
		} else {
			changes = append(changes, hearsayv1.Change{})
		}
		key := append(changes[k].Key[:0], ch.Key...)
		changes[k] = hearsayv1.Change{
			Field: ch.Field, Key: key, Version: ch.Version,
			ContentKind: hearsayv1.ChangeContentValue, Value: ch.Value,
			Priority: uint32(ch.Priority), DropAfter: ch.DropAfter, Offset: ch.Offset, Whole: ch.Whole,
		}
		if ch.Deleted {
			changes[k].ContentKind, changes[k].Value, changes[k].Deleted = hearsayv1.ChangeContentDeleted, nil, true
		}
		if ch.Type != kind {
			changes[k].Type = ch.Type
		}
	}
	*dst = hearsayv1.StateDelta{
		Owner: delta.Owner, Generation: delta.Generation, Type: kind,
		From: delta.From, To: delta.To, Floor: delta.Floor, Latest: delta.Latest, Changes: changes,
	}
}

// decodeState makes dst the delta that arrived. Values are shared with it.
func decodeState(dst *state.Delta, delta *hearsayv1.StateDelta) {
	*dst = state.Delta{
		Owner: delta.Owner, Generation: delta.Generation,
		From: delta.From, To: delta.To, Floor: delta.Floor, Latest: delta.Latest, Changes: dst.Changes[:0],
	}
	for i := range delta.Changes {
		ch := &delta.Changes[i]
		kind := ch.Type
		if kind == 0 {
			kind = delta.Type
		}
		dst.Changes = append(dst.Changes, state.Change{
			Slot:    state.Slot{Type: kind, Field: ch.Field, Key: string(ch.Key)},
			Version: ch.Version, Value: ch.Value, Deleted: ch.ContentKind == hearsayv1.ChangeContentDeleted,
			Priority: state.Priority(ch.Priority), DropAfter: ch.DropAfter, Offset: ch.Offset, Whole: ch.Whole,
		})
	}
}

// stateRequest returns what a StateWant asks for.
func stateRequest(w *hearsayv1.StateWant) state.Request {
	return state.Request{
		From: w.From, Floor: w.Floor, Until: w.Until,
		PartVersion: w.PartVersion, PartOffset: w.PartOffset, Continuing: w.Continuing,
	}
}
