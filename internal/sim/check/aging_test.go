package check

import (
	"errors"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// block is a fault: a node hears nothing and goes on.
type block struct{}

func (block) Apply(c *sim.Cluster) error { c.Nodes()[1].Block(); return nil }
func (block) String() string             { return "block" }

// A blocked node of plain SWIM lets its suspicions age in silence and declares
// everybody dead; one that needs evidence does not.
func TestAgeingInSilenceIsSeen(t *testing.T) {
	for detector, ages := range map[membership.Detector]bool{
		membership.DetectorSWIM: true, membership.DetectorWitness: false,
	} {
		rule := newAging()
		rule.always = true
		c, err := sim.New(sim.Options{
			Nodes: 5, Seed: 1, Detector: detector.String(), Checkers: func() []sim.Checker { return []sim.Checker{rule} },
		})
		if err != nil {
			t.Fatal(err)
		}
		c.At(10*time.Second, block{})
		err = c.Run(30 * time.Second)
		var failure *sim.Failure
		if seen := errors.As(err, &failure); seen != ages || err != nil && !seen {
			t.Errorf("%v: got %v", detector, err)
		}
	}
}
