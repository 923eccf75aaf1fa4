// Package state replicates what members say of themselves, field by field,
// without knowing their types. Generated replicas stand on it, and nodes and
// tools that lack the generated code merge and relay with it all the same.
//
// A Copy is one member's state as one node holds it. Its owner writes to it; all
// others apply the deltas that reach them, from whomever they come:
//
//	owner := state.NewCopy(state.Config{})
//	name := state.Slot{Type: 7, Field: 1}
//	owner.Write([]state.Change{{Slot: name, Value: []byte("a")}}, nil)
//
//	var delta state.Delta
//	cursor := owner.Begin(state.Request{})
//	for owner.Fill(&cursor, 1000, 1000, &delta) {
//		other.Apply(&delta, nil)
//	}
//
// # Versions
//
// A copy is a set of slots: the fields of a message, and of fields that are maps
// each entry. Every write counts one counter up and gives the slot its value as
// a version; of two contents of a slot the one of the greater version holds. So
// deltas may be lost, repeated and reordered. An overwritten content is gone:
// what is to be sent is bounded by the number of slots, not by that of writes.
//
// A change applies whenever it comes. What a node can tell others that it holds
// is another matter: the contiguous version. A delta names the range of versions
// of which it has all changes, and only where that range begins at or below what
// is held does the contiguous version rise to its end. Gaps are asked for.
//
// # Deletions
//
// A removed slot leaves a tombstone, or the removal could not travel. The owner
// collects tombstones that are old (Collect) and raises the floor: below it
// nothing says any more what was removed. Whoever holds less than the floor
// cannot be brought up to date by what has changed since. It receives the copy
// whole, in pieces, and drops whatever no piece has confirmed.
//
// # Limits
//
// A copy has a limit in bytes. The owner's writes fail beyond it; what is
// received is refused, and then not counted as held.
//
// The package is pure: no clock, no lock, no randomness. Equal calls give equal
// copies, down to the bytes of their deltas. Nothing in it is safe for
// concurrent use, but contents once handed out are never written again.
package state
