package fault

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/state"
)

// Quarantine has nodes keep out others for a time.
type Quarantine struct {
	At, Whom string
	For      time.Duration
}

// Apply has them do so.
func (f Quarantine) Apply(c *sim.Cluster) error {
	return each(c, f.At, func(n *sim.Node) error {
		return each(c, f.Whom, func(other *sim.Node) error {
			if n == other {
				return nil
			}
			n.Impair() // what it makes of whom it keeps out is its own doing
			return n.Quarantine(other, f.For)
		})
	})
}

// String names both groups.
func (f Quarantine) String() string {
	return fmt.Sprintf("%s keeps out %s for %v", f.At, f.Whom, f.For)
}

// AwaitConverged has nodes find out whether all see what they see.
type AwaitConverged struct{ Who string }

// Apply has them do so.
func (f AwaitConverged) Apply(c *sim.Cluster) error {
	return each(c, f.Who, func(n *sim.Node) error { n.AwaitConverged(); return nil })
}

// String names the group.
func (f AwaitConverged) String() string { return f.Who + " await convergence" }

// Scribble has one node of a group, drawn from Rand, write one to three random
// changes of its replicated state.
type Scribble struct {
	Who  string
	Rand *rand.Rand
}

// scribbleType is the type of what is written: no node knows it.
const scribbleType = 77

// Apply writes.
func (f Scribble) Apply(c *sim.Cluster) error {
	nodes, err := c.Group(f.Who)
	if err != nil {
		return err
	}
	n := nodes[f.Rand.IntN(len(nodes))]
	for range 1 + f.Rand.IntN(3) {
		if err := n.Write(f.change()); err != nil {
			return err
		}
	}
	return nil
}

// change draws a change: of a few fields and keys, so that most are written
// again, and mostly small.
func (f Scribble) change() state.Change {
	ch := state.Change{
		Slot:     state.Slot{Type: scribbleType, Field: 1 + f.Rand.Uint32N(3), Key: fmt.Sprint(f.Rand.IntN(8))},
		Priority: state.Priority(f.Rand.IntN(3)),
	}
	if ch.Deleted = f.Rand.IntN(4) == 0; ch.Deleted {
		return ch
	}
	length := f.Rand.IntN(200)
	if f.Rand.IntN(60) == 0 {
		length = 5000 // more than a datagram holds
	}
	ch.Value = []byte(fmt.Sprint(f.Rand.Uint64()) + strings.Repeat("v", length))
	return ch
}

// String names the group.
func (f Scribble) String() string { return "one of " + f.Who + " writes" }
