package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
	"github.com/hearsay-gossip/hearsay/transport/memory"
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
		{
			Name: "large", Summary: "started converged, is quiet, hears updates and loses nodes: all that is asked of a size that can be run once only",
			Nodes: 10_000, Least: 16,
			Params: []Param{
				{Name: "updates", Default: 5, Least: 1, Most: 100, Help: "how many nodes change what they say of themselves"},
				{Name: "crashes", Default: 5, Least: 1, Most: 15, Help: "how many nodes are killed, a second apart"},
			},
			Plan: large,
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
	// All datagrams take the same time, so that round trips can be counted.
	p.Options.Link = memory.Link{Latency: sim.DefaultLatency}
	p.add(0, fault.All{fault.Mark{Name: "begin"}, fault.Measure{Name: "repair", For: 10 * time.Second}})
	p.Length = 10 * time.Second
	p.Expect = []Expectation{agreedWithin("begin", 0), noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}

// unwatched is the size from which no rules are held against a cluster: what
// they remember of each table takes as much room as the table.
const unwatched = 5000

func large(a Args) Plan {
	var p Plan
	p.Options.Converged = true
	if a.Nodes >= unwatched {
		p.Options.Checking = sim.CheckNever
	}
	at := 5 * time.Second
	p.add(at, fault.Measure{Name: "quiet", For: quietBefore})
	at += quietBefore
	rng := a.Rand(5)
	order := rng.Perm(a.Nodes - 1)
	for range a.Int("updates") {
		p.add(at, fault.Update{Who: nodeID(rng.IntN(a.Nodes), a.Nodes)})
		at += 5 * time.Second
	}
	for i := range a.Int("crashes") {
		moment := time.Duration(rng.Int64N(int64(time.Second)))
		p.add(at+moment, fault.Crash{Who: nodeID(1+order[i], a.Nodes)})
		at += time.Second
	}
	p.Length = at + 15*time.Second
	p.Expect = []Expectation{quiet("quiet"), seenByAll(), detected(0), noFalseDeaths(), converged()}
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
