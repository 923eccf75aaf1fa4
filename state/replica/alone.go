package replica

import (
	"math"

	"github.com/hearsay-gossip/hearsay/state"
)

// Version counts the writes of this node's copy: what DeltaSince begins at. Other
// types of state of the same node count too.
func (r *Replica[M, F]) Version() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.local != nil {
		return r.local.Latest()
	}
	if m := r.members[r.self]; m != nil {
		return m.version
	}
	return 0
}

// DeltaSince returns what has changed in this node's copy since a version, for
// another replica's Apply. It is for replicas without a node: nodes tell each
// other by themselves.
func (r *Replica[M, F]) DeltaSince(version uint64) (state.Delta, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var d state.Delta
	if r.local == nil {
		return d, ErrAttached
	}
	r.local.News(version, math.MaxInt32, &d)
	return d, nil
}

// Apply merges a delta of a member's copy into what is known of it, and returns
// what has changed. Deltas may come in any order, and any number of times. It is
// for replicas without a node.
func (r *Replica[M, F]) Apply(member string, d *state.Delta) ([]Change[M, F], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.local == nil {
		return nil, ErrAttached
	}
	if member == r.self {
		return nil, nil // nobody writes it but this node
	}
	held := r.others[member]
	if held == nil {
		held = state.NewCopy(state.Config{})
		r.others[member] = held
	}
	applied, _ := held.Apply(d, nil)
	var changes []Change[M, F]
	for i := range applied {
		if applied[i].Type == r.id {
			r.changed(member, applied[i])
			changes = append(changes, r.typed(member, &applied[i]))
		}
	}
	return changes, nil
}

// Held returns up to which version a member's copy is known whole: what to ask
// its DeltaSince for. It is for replicas without a node.
func (r *Replica[M, F]) Held(member string) uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if held := r.others[member]; held != nil {
		return held.Held()
	}
	return 0
}

// Snapshot returns the copies of all members, by id.
func (r *Replica[M, F]) Snapshot() map[string]*M {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make(map[string]*M, len(r.members))
	for id, m := range r.members {
		all[id] = r.typ.Clone(m.message)
	}
	return all
}
