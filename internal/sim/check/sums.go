package check

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Sums: the sums that a table keeps step by step are those of its records.
type Sums struct{}

// Name is sim.Checker's.
func (Sums) Name() string { return "sums" }

// Node adds up.
func (Sums) Node(_ *sim.Cluster, n *sim.Node) error {
	if !n.TableChanged() {
		return nil
	}
	return addUp(n.Coordinator().Table())
}

// summed is what of a table is looked at.
type summed interface {
	Root() uint64
	ViewHash() uint64
	Buckets() [256]uint64
	Recount() (root, view uint64, buckets [256]uint64)
}

func addUp(table summed) error {
	root, view, buckets := table.Recount()
	switch {
	case root != table.Root():
		return fmt.Errorf("the root is %x and should be %x", table.Root(), root)
	case view != table.ViewHash():
		return fmt.Errorf("the view's hash is %x and should be %x", table.ViewHash(), view)
	case buckets != table.Buckets():
		return fmt.Errorf("the sum of a bucket is wrong: %x, should be %x", table.Buckets(), buckets)
	}
	return nil
}
