// Package check has what must hold in every run of package sim. The rules are
// written out here once more, from the protocol's description and without its
// code, so that a mistake in one is not a mistake in both.
package check

import "github.com/hearsay-gossip/hearsay/internal/sim"

// All returns every checker, new for one run.
func All() []sim.Checker {
	accused := newAccused()
	return []sim.Checker{
		newRising(),
		newOwners(),
		Sums{},
		newDelivered(),
		accused,
		newWitness(accused),
		newAging(),
		Own{},
		&datagrams{},
		newEventOrder(),
		newViews(),
		Bounds{},
		NoFalseDeath{},
		Observers{},
		Quarantine{},
		newConsensus(),
		newWrites(),
	}
}
