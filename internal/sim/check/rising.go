package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// rising: no part of a stored record ever falls, and what was forgotten does
// not come back but above its end.
type rising struct {
	lives  map[*sim.Node]*lifeRecords
	roll   roll
	owners texts
}

// lifeRecords is what one life of a node has stored.
type lifeRecords struct {
	life    int
	version uint64
	// seen is by the number that the member has on the roll.
	seen []place
}

func newRising() *rising {
	return &rising{lives: make(map[*sim.Node]*lifeRecords), roll: make(roll), owners: make(texts)}
}

// Name is sim.Checker's.
func (*rising) Name() string { return "records rise" }

// Node looks at what has changed.
func (r *rising) Node(_ *sim.Cluster, n *sim.Node) error {
	table := n.Coordinator().Table()
	known := r.lives[n]
	if known == nil || known.life != n.Lives() {
		known = &lifeRecords{life: n.Lives()}
		r.lives[n] = known
	}
	if table.Version() < known.version {
		return fmt.Errorf("the table's version fell from %d to %d", known.version, table.Version())
	}
	for e := range table.ChangedSince(known.version) {
		now, before := placeOf(e, r.owners), entry(r.roll, &known.seen, e.ID())
		if !now.holds(*before) {
			return fmt.Errorf("the record of %s fell from %v to %v", e.ID(), *before, now)
		}
		*before = now
	}
	known.version = table.Version()
	return nil
}
