package check

import (
	"fmt"
	"hash/maphash"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/state"
)

// writes: what a node has written stands in its own state until it removes it,
// and what others hold of it is what it wrote, at the version at which it did.
type writes struct {
	seed maphash.Seed
	said map[saying]uint64
	// looked is the own version up to which a node's state was looked at, and
	// turn says of whom the node's copy is looked at next: with thousands of
	// slots on hundreds of nodes one copy at a time is enough.
	looked map[*sim.Node]uint64
	turn   map[*sim.Node]int
	copies map[[2]*sim.Node]progress
}

// progress is how far a copy was when it was looked at last.
type progress struct {
	generation, held, latest uint64
	bytes                    int
}

// saying names what one life of a node wrote at one of its versions.
type saying struct {
	owner      uint64
	generation uint64
	version    uint64
}

func newWrites() *writes {
	return &writes{
		seed: maphash.MakeSeed(), said: make(map[saying]uint64), looked: make(map[*sim.Node]uint64),
		turn: make(map[*sim.Node]int), copies: make(map[[2]*sim.Node]progress),
	}
}

// Name is sim.Checker's.
func (*writes) Name() string { return "writes" }

// Started forgets what an earlier life had.
func (w *writes) Started(_ *sim.Cluster, n *sim.Node) error {
	delete(w.looked, n)
	return nil
}

// content is what is compared of a change.
func (w *writes) content(ch *state.Change) uint64 {
	return maphash.Comparable(w.seed, struct {
		slot  state.Slot
		value string
	}{ch.Slot, string(ch.Value)})
}

// Node looks at the node's own state, if it wrote, and at one copy.
func (w *writes) Node(c *sim.Cluster, n *sim.Node) error {
	if own := n.Coordinator().OwnState(); own.Latest() != w.looked[n] {
		w.looked[n] = own.Latest()
		if err := w.own(n, own); err != nil {
			return err
		}
	}
	owner := c.Nodes()[w.turn[n]%len(c.Nodes())]
	w.turn[n]++
	held := n.Coordinator().StateOf(owner.ID())
	if owner == n || held == nil {
		return nil
	}
	now := progress{held.Generation(), held.Held(), held.Latest(), held.Bytes()}
	pair := [2]*sim.Node{n, owner}
	if w.copies[pair] == now {
		return nil
	}
	w.copies[pair] = now
	return w.held(owner, held)
}

// own holds a node's state against what it has written, and remembers the
// versions.
func (w *writes) own(n *sim.Node, own *state.Copy) error {
	written := n.Written()
	for slot, want := range written {
		if ch, ok := own.Get(slot); !ok || string(ch.Value) != want {
			return fmt.Errorf("wrote %d bytes into field %d, key %q, and has %d of them", len(want), slot.Field, slot.Key, len(ch.Value))
		}
	}
	if contents, _ := own.Len(); contents != len(written) {
		return fmt.Errorf("has %d slots and wrote %d", contents, len(written))
	}
	for ch := range own.All() {
		w.said[saying{own.Owner(), own.Generation(), ch.Version}] = w.content(&ch)
	}
	return nil
}

// held looks at what a node holds of another.
func (w *writes) held(owner *sim.Node, held *state.Copy) error {
	for ch := range held.All() {
		said, known := w.said[saying{held.Owner(), held.Generation(), ch.Version}]
		// Own versions are seen once per look: one that was written over since is
		// not known.
		if known && said != w.content(&ch) {
			return fmt.Errorf("holds field %d, key %q, of %s at version %d, which is not what was written", ch.Field, ch.Key, owner.ID(), ch.Version)
		}
	}
	if owner.Generation() == held.Generation() && held.Latest() > owner.Coordinator().OwnState().Latest() {
		return fmt.Errorf("knows version %d of %s, which has written %d", held.Latest(), owner.ID(), owner.Coordinator().OwnState().Latest())
	}
	return nil
}
