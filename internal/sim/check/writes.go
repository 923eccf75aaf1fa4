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
	// looks has an element for each node, by its index.
	looks []looks
}

// looks is how far a node was when it was looked at last.
type looks struct {
	// own is the version of its own state, of this life.
	own uint64
	// turn says of whom its copy is looked at next: with thousands of slots on
	// hundreds of nodes one copy at a time is enough.
	turn int
	// copies has an element for each other node, by its index.
	copies []progress
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
	return &writes{seed: maphash.MakeSeed(), said: make(map[saying]uint64)}
}

// Name is sim.Checker's.
func (*writes) Name() string { return "writes" }

// Started forgets what an earlier life had.
func (w *writes) Started(_ *sim.Cluster, n *sim.Node) error {
	w.of(n).own = 0
	return nil
}

// of returns how far a node was when it was looked at last.
func (w *writes) of(n *sim.Node) *looks {
	for len(w.looks) <= n.Index() {
		w.looks = append(w.looks, looks{})
	}
	return &w.looks[n.Index()]
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
	last := w.of(n)
	if own := n.Coordinator().OwnState(); own.Latest() != last.own {
		last.own = own.Latest()
		if err := w.own(n, own); err != nil {
			return err
		}
	}
	nodes := c.Nodes()
	owner := nodes[last.turn%len(nodes)]
	last.turn++
	if owner == n {
		return nil
	}
	held := n.Coordinator().StateOf(owner.ID())
	if held == nil {
		return nil
	}
	for len(last.copies) < len(nodes) {
		last.copies = append(last.copies, progress{})
	}
	now := progress{held.Generation(), held.Held(), held.Latest(), held.Bytes()}
	if last.copies[owner.Index()] == now {
		return nil
	}
	last.copies[owner.Index()] = now
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
