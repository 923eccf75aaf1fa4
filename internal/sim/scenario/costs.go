package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// costs are the scenarios that measure what a cluster costs and how fast news
// travels.
func costs() []Scenario {
	return []Scenario{
		{
			Name: "quiet", Summary: "a converged cluster in which nothing happens",
			Nodes: 32, Least: 1,
			Params: []Param{{Name: "for", Default: time.Minute, Least: time.Second, Help: "how long"}},
			Plan:   nothing,
		},
		{
			Name: "update", Summary: "nodes change what they say of themselves, one after the other",
			Nodes: 128, Least: 2,
			Params: []Param{
				{Name: "times", Default: 20, Least: 1, Help: "how many updates"},
				{Name: "gap", Default: 5 * time.Second, Least: time.Millisecond, Help: "from one to the next"},
			},
			Plan: updates,
		},
		{
			Name: "repair", Summary: "a node has missed updates of some members, and gets them by anti-entropy",
			Nodes: 64, Least: 2,
			Params: []Param{{Name: "d", Default: 10, Least: 1, Help: "of how many members"}},
			Plan:   repaired,
		},
		{
			Name: "idle", Summary: "started converged, and nothing happens: for measuring speed",
			Nodes: 1000, Least: 1,
			Params: []Param{{Name: "for", Default: time.Minute, Least: time.Second, Help: "how long"}},
			Plan:   idle,
		},
	}
}

func nothing(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	p.add(at, fault.Measure{Name: "quiet", For: a.Time("for")})
	p.Length = at + a.Time("for")
	p.Expect = []Expectation{converged(), noFalseDeaths(), nobodyDied(), quiet("quiet")}
	return p
}

func updates(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	rng := a.Rand(3)
	for range a.Int("times") {
		p.add(at, fault.Update{Who: nodeID(rng.IntN(a.Nodes), a.Nodes)})
		at += a.Time("gap")
	}
	p.Length = at + 10*time.Second
	p.Expect = []Expectation{seenByAll(), noFalseDeaths(), nobodyDied(), converged()}
	return p
}

// repaired starts one node with a table that is older than everybody else's.
// No rumour says so: only the roots differ.
func repaired(a Args) Plan {
	var p Plan
	p.Options.Converged, p.Options.Outdated = true, min(a.Int("d"), a.Nodes-1)
	p.add(0, fault.All{fault.Mark{Name: "begin"}, fault.Measure{Name: "repair", For: 20 * time.Second}})
	p.Length = 30 * time.Second
	p.Expect = []Expectation{agreedWithin("begin", 0), noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}

func idle(a Args) Plan {
	var p Plan
	p.Options.Converged = true
	p.Options.Checking = sim.CheckNever
	p.add(a.Time("for")/2, fault.Measure{Name: "quiet", For: a.Time("for") / 2})
	p.Length = a.Time("for")
	p.Expect = []Expectation{converged(), quiet("quiet")}
	return p
}
