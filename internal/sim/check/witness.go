package check

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// charge is one life and incarnation that somebody accused.
type charge struct {
	subject     uint64
	generation  uint64
	incarnation uint32
}

// accused collects every accusation that was ever made, and looks at each:
// nobody accuses himself, and nobody without a reason.
type accused struct {
	charges  map[charge]hearsayv1.Evidence
	versions map[*sim.Node]uint64
	scratch  []hearsayv1.Accusation
}

func newAccused() *accused {
	return &accused{charges: make(map[charge]hearsayv1.Evidence), versions: make(map[*sim.Node]uint64)}
}

// Name is sim.Checker's.
func (*accused) Name() string { return "accusations" }

// Started forgets what an earlier life had.
func (a *accused) Started(_ *sim.Cluster, n *sim.Node) error {
	a.versions[n] = 0
	return nil
}

// Sent sees the accusations on their way.
func (a *accused) Sent(c *sim.Cluster, _ *sim.Node, out transport.Outbound, _ []byte) error {
	for i := range out.Envelope.Accusations {
		if err := a.note(c, &out.Envelope.Accusations[i]); err != nil {
			return err
		}
	}
	return nil
}

// Node sees those that a table has got.
func (a *accused) Node(c *sim.Cluster, n *sim.Node) error {
	table := n.Coordinator().Table()
	for e := range table.ChangedSince(a.versions[n]) {
		a.scratch = e.AppendAccusations(a.scratch[:0])
		for i := range a.scratch {
			if err := a.note(c, &a.scratch[i]); err != nil {
				return err
			}
		}
	}
	a.versions[n] = table.Version()
	return nil
}

func (a *accused) note(c *sim.Cluster, one *hearsayv1.Accusation) error {
	if one.Accuser == one.Subject {
		return fmt.Errorf("%x accuses itself", one.Subject)
	}
	if one.Evidence == hearsayv1.EvidenceUnspecified {
		return fmt.Errorf("%x accuses %x without a reason", one.Accuser, one.Subject)
	}
	if one.Evidence == hearsayv1.EvidenceSilence && needsWitness(c) {
		return fmt.Errorf("%x accuses %x on its own word alone", one.Accuser, one.Subject)
	}
	key := charge{one.Subject, one.Generation, one.Incarnation}
	a.charges[key] = max(a.charges[key], one.Evidence)
	return nil
}

// witness: who is Dead at a generation and incarnation was accused of it.
type witness struct {
	accused  *accused
	versions map[*sim.Node]uint64
}

func newWitness(a *accused) *witness {
	return &witness{accused: a, versions: make(map[*sim.Node]uint64)}
}

// Name is sim.Checker's.
func (*witness) Name() string { return "no death without a witness" }

// Started forgets what an earlier life had.
func (w *witness) Started(_ *sim.Cluster, n *sim.Node) error {
	w.versions[n] = 0
	return nil
}

// Node looks at the dead.
func (w *witness) Node(_ *sim.Cluster, n *sim.Node) error {
	table := n.Coordinator().Table()
	for e := range table.ChangedSince(w.versions[n]) {
		if e.Verdict() != hearsayv1.VerdictDead {
			continue
		}
		key := charge{e.Key(), uint64(e.Generation()), uint32(e.Incarnation())}
		if _, ok := w.accused.charges[key]; !ok {
			return fmt.Errorf("%s is dead at generation %x, incarnation %d, of which nobody accused it", e.ID(), key.generation, key.incarnation)
		}
	}
	w.versions[n] = table.Version()
	return nil
}

// needsWitness tells whether the detector is the one that accuses nobody
// without a witness.
func needsWitness(c *sim.Cluster) bool {
	detector, err := membership.ParseDetector(c.Options().Detector)
	return err == nil && detector == membership.DetectorWitness
}
