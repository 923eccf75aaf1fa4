package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// crashes are the scenarios in which processes are killed.
func crashes() []Scenario {
	return []Scenario{
		{
			Name: "crash", Summary: "one process after the other is killed and found",
			Nodes: 16, Least: 2,
			Params: []Param{
				{Name: "times", Default: 5, Least: 1, Most: 10_000, Help: "how many crashes"},
				{Name: "gap", Default: 30 * time.Second, Least: time.Second, Help: "from one crash to the next"},
				{Name: "return", Default: true, Help: "start each again, three quarters of the gap later; or else they stay away, as long as any are left"},
			},
			Plan: crashOneByOne,
		},
		{
			Name: "massacre", Summary: "several processes are killed at once",
			Nodes: 32, Least: 2,
			Params: []Param{
				{Name: "share", Default: 0.33, Least: 0.0, Most: 0.99, Help: "of all nodes"},
				{Name: "count", Default: 0, Least: 0, Help: "how many; 0: by share"},
				{Name: "topology", Default: time.Duration(0), Least: time.Duration(0), Help: "the interval over which changes of the topology coalesce; 0: the default"},
			},
			Plan: crashMany,
		},
		{
			Name: "leave-crash", Summary: "nodes leave, and are killed while they do; others crash and leave at one instant",
			Nodes: 16, Least: 6, Plan: leaveAndCrash,
		},
		{
			Name: "leave", Summary: "nodes take their leave one by one, nobody is ever shown Dead",
			Nodes: 16, Least: 4, Plan: leaves,
		},
	}
}

// crashOneByOne kills a random node every gap, at a random instant of the
// period.
func crashOneByOne(a Args) Plan {
	var p Plan
	gap := a.Time("gap")
	at := p.startUp(a.Nodes)
	rng := a.Rand(1)
	order := rng.Perm(a.Nodes - 1)
	for i := range a.Int("times") {
		// The first node is the seed of all, and of itself: it stays.
		victim := 1 + rng.IntN(a.Nodes-1)
		if !a.Bool("return") {
			victim = 1 + order[i%len(order)]
		}
		moment := at + time.Duration(rng.Int64N(int64(time.Second)))
		p.add(moment, fault.Crash{Who: nodeID(victim, a.Nodes)})
		if a.Bool("return") {
			p.add(moment+gap*3/4, fault.Start{Who: nodeID(victim, a.Nodes), Persisted: true})
		}
		at += gap
	}
	p.Length = at
	if !a.Bool("return") {
		p.Length += 20 * time.Second // the last is to be found, too
	}
	p.Expect = []Expectation{detected(0), noFalseDeaths(), converged()}
	return p
}

// crashMany kills a group at once.
func crashMany(a Args) Plan {
	var p Plan
	victims := sim.Group{Name: "victims", Share: a.Share("share")}
	if count := a.Int("count"); count > 0 {
		victims = sim.Group{Name: "victims", Count: min(count, a.Nodes-1)}
	}
	p.Options.Groups = []sim.Group{victims}
	p.Options.TopologyInterval = a.Time("topology")
	at := p.startUp(a.Nodes)
	p.add(at, fault.Crash{Who: "victims"})
	p.Length = at + 60*time.Second
	p.Expect = []Expectation{detected(0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// leaveAndCrash mixes both ends of a life.
func leaveAndCrash(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "leavers", Count: 2}, {Name: "torn", Count: 1}, {Name: "victims", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.All{fault.Leave{Who: "leavers"}, fault.Crash{Who: "victims"}})
	p.add(at+5*time.Second, fault.Leave{Who: "torn"})
	// Killed in the middle of its leave: between Leaving and Removed.
	p.add(at+5*time.Second+50*time.Millisecond, fault.Crash{Who: "torn"})
	p.Length = at + 40*time.Second
	p.Expect = []Expectation{detected(0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// leaves is a quarter of the cluster going home.
func leaves(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "leavers", Share: 0.25}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Leave{Who: "leavers"})
	p.Length = at + 10*time.Second
	p.Expect = []Expectation{noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}
