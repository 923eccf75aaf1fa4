package membership

import (
	"github.com/hearsay-gossip/hearsay/state"
)

// maxStateBytes bounds what a node holds of the replicated state of one member:
// twice the largest budget, since for a time it holds some of what was written
// before beside what is written now.
const maxStateBytes = 2 * MaxStateBudget

// droppedState tells that the state of one life of a node is held no more.
type droppedState struct {
	key uint64
	id  string
}

// dropState forgets a node's state.
func (t *Table) dropState(e *Entry) {
	e.state = nil
	t.stateless = append(t.stateless, droppedState{e.key, e.id})
}

// stateOf returns the copy of a node's state in its present life.
func (t *Table) stateOf(e *Entry) *state.Copy {
	if e.state == nil {
		e.state = state.NewCopy(state.Config{Owner: e.key, Generation: uint64(e.generation), Limit: maxStateBytes})
	}
	return e.state
}

// stateMoved keeps the sums when the copy of a node's state has changed, and
// takes note of the greatest version that was heard of.
func (t *Table) stateMoved(e *Entry, version uint64) {
	view := t.viewTerm(e)
	leaf := leafHash(view, e.incarnation, e.version, e.StateHeld())
	version = max(version, e.stateVersion, e.StateHeld())
	if version == e.stateVersion && (leaf == e.leaf || !e.Live()) {
		return
	}
	e.stateVersion = version
	if e.Live() {
		t.sums.remove(e.key, e.leaf, view)
		e.leaf = leaf
		t.sums.add(e.key, e.leaf, view)
	}
	t.touch(e)
}

// lacksState tells whether a live member has written state that is not held.
func (e *Entry) lacksState() bool { return e.Live() && e.StateHeld() < e.stateVersion }
