package scenario

import (
	"errors"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// proofs are the scenarios that must fail, to show that the harness can.
func proofs() []Scenario {
	return []Scenario{
		{
			Name: "must-fail", Summary: "proves that runs can fail: a split never heals, and convergence is expected",
			Nodes: 8, Least: 2, MustFail: true,
			Plan: func(a Args) Plan {
				var p Plan
				p.Options.Groups = []sim.Group{{Name: "away", Share: 0.5}}
				at := p.startUp(a.Nodes)
				p.add(at, fault.Split{Sides: []string{"away"}})
				p.Length = at + 30*time.Second
				p.Expect = []Expectation{converged()}
				return p
			},
		},
		{
			Name: "must-fail-rule", Summary: "proves that rules can fail: one forbids what nodes do all the time",
			Nodes: 4, Least: 2, MustFail: true,
			Plan: func(a Args) Plan {
				var p Plan
				p.Options.Checkers = func() []sim.Checker { return []sim.Checker{silence{}} }
				p.Length = 30 * time.Second
				return p
			},
		},
	}
}

// silence is a rule that every cluster breaks.
type silence struct{}

func (silence) Name() string { return "silence" }

func (silence) Node(c *sim.Cluster, n *sim.Node) error {
	if c.Traffic().Packets > 20 {
		return errors.New("more than 20 datagrams were sent")
	}
	return nil
}
