package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// lives are the scenarios about starting, coming back and identity.
func lives() []Scenario {
	return []Scenario{
		{
			Name: "mass-join", Summary: "all nodes join through one seed at once",
			Nodes: 128, Least: 2,
			Params: []Param{
				{Name: "spread", Default: time.Duration(0), Least: time.Duration(0), Help: "the time over which they start"},
				{Name: "for", Default: 30 * time.Second, Least: time.Second, Help: "how long it may take"},
				{Name: "cpu", Default: time.Duration(0), Least: time.Duration(0), Help: "what an envelope costs of the one core that all share"},
			},
			Plan: massJoin,
		},
		{
			Name: "rolling", Summary: "node after node is restarted",
			Nodes: 16, Least: 3,
			Params: []Param{
				{Name: "persisted", Default: true, Help: "the counter of their lives survives"},
				{Name: "moved", Default: false, Help: "they come back at new addresses"},
				{Name: "after", Default: 500 * time.Millisecond, Least: time.Duration(0), Help: "how long each is away"},
				{Name: "gap", Default: 2 * time.Second, Least: time.Millisecond, Help: "from one to the next"},
			},
			Plan: rollingRestart,
		},
		{
			Name: "nomad", Summary: "one member changes its address, or restarts, again and again",
			Nodes: 16, Least: 3,
			Params: []Param{
				{Name: "times", Default: 1000, Least: 1, Most: 30_000, Help: "how often"},
				{Name: "restart", Default: false, Help: "restart at the new address; or else move and go on"},
				{Name: "gap", Default: 300 * time.Millisecond, Least: time.Millisecond, Help: "from one to the next"},
			},
			Plan: nomad,
		},
		{
			Name: "twins", Summary: "a second process starts under the id of a running one",
			Nodes: 16, Least: 3, Plan: twins,
		},
		{
			Name: "swap", Summary: "two nodes come back at each other's addresses",
			Nodes: 16, Least: 4, Plan: swapped,
		},
		{
			Name: "seed-death", Summary: "the seeds die; others join through the one that comes back",
			Nodes: 12, Least: 5, Plan: seedDeath,
		},
		{
			Name: "late-seeds", Summary: "nodes start long before any of their seeds",
			Nodes: 12, Least: 3, Plan: lateSeeds,
		},
		{
			Name: "stale-seeds", Summary: "a node restarts while its seeds are elsewhere, and the others find it at its old address",
			Nodes: 8, Least: 4, Plan: staleSeeds,
		},
		{
			Name: "blackout", Summary: "all nodes die at once and come back",
			Nodes: 16, Least: 2,
			Params: []Param{{Name: "persisted", Default: false, Help: "the counter of their lives survives"}},
			Plan:   blackout,
		},
		{
			Name: "mixed", Summary: "half of the nodes say something of themselves that the others have no field for",
			Nodes: 16, Least: 6, Plan: mixedVersions,
		},
		{
			Name: "brink", Summary: "the counters of all lives are at their ends, and must rise",
			Nodes: 12, Least: 6, Plan: brink,
		},
		{
			Name: "ghost", Summary: "a node comes back after the others have forgotten it",
			Nodes: 8, Least: 3,
			Params: []Param{{Name: "for", Default: 8 * 24 * time.Hour, Least: time.Second, Help: "how long it is away"}},
			Plan:   ghost,
		},
	}
}

func massJoin(a Args) Plan {
	var p Plan
	p.Options.StartSpread, p.Options.CPU = a.Time("spread"), a.Time("cpu")
	p.add(a.Time("spread"), fault.Mark{Name: "started"})
	p.Length = a.Time("spread") + a.Time("for")
	p.Expect = []Expectation{agreedWithin("started", 0), noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(20*time.Second, 10*time.Second)
	return p
}

func rollingRestart(a Args) Plan {
	var p Plan
	p.Options.Seeds = min(3, a.Nodes)
	at := p.startUp(a.Nodes)
	for i := range a.Nodes {
		p.add(at, fault.Restart{
			Who: nodeID(i, a.Nodes), After: a.Time("after"),
			// The seeds are where everyone looks for them.
			Persisted: a.Bool("persisted"), Moved: a.Bool("moved") && i >= 3,
		})
		at += max(a.Time("gap"), a.Time("after"))
	}
	p.add(at, fault.Mark{Name: "restarted"})
	p.Length = at + 30*time.Second
	p.Expect = []Expectation{agreedWithin("restarted", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func nomad(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "nomad", Count: 1}}
	at := p.startUp(a.Nodes)
	var deed sim.Fault = fault.Move{Who: "nomad"}
	if a.Bool("restart") {
		deed = fault.Restart{Who: "nomad", After: a.Time("gap") / 3, Moved: true}
	}
	until := at + time.Duration(a.Int("times"))*a.Time("gap")
	p.add(at, fault.Every{Interval: a.Time("gap"), Until: until, Do: deed})
	// Counted from the last change of all.
	p.add(until-a.Time("gap")+time.Nanosecond, fault.Mark{Name: "settled"})
	p.Length = until + 20*time.Second
	p.Expect = []Expectation{agreedWithin("settled", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func twins(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "twin", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Twin{Of: "twin"})
	p.Length = at + 40*time.Second
	p.Expect = []Expectation{superseded()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func swapped(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "a", Count: 1}, {Name: "b", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Crash{Who: "a,b"})
	p.add(at+500*time.Millisecond, fault.All{fault.Swap{A: "a", B: "b"}, fault.Start{Who: "a,b"}, fault.Mark{Name: "back"}})
	p.Length = at + 30*time.Second
	p.Expect = []Expectation{agreedWithin("back", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func seedDeath(a Args) Plan {
	var p Plan
	p.Options.Seeds = 2
	p.Options.Groups = []sim.Group{{Name: "late", Count: 2}}
	at := p.startUp(a.Nodes)
	seeds := nodeID(0, a.Nodes) + "," + nodeID(1, a.Nodes)
	p.add(at, fault.Crash{Who: "late"})
	p.add(at+15*time.Second, fault.Crash{Who: seeds})
	p.add(at+30*time.Second, fault.Start{Who: "late"})
	p.add(at+40*time.Second, fault.Start{Who: nodeID(1, a.Nodes)})
	p.add(at+90*time.Second, fault.Start{Who: nodeID(0, a.Nodes)})
	p.add(at+90*time.Second, fault.Mark{Name: "seeds are back"})
	p.Length = at + 3*time.Minute
	p.Expect = []Expectation{agreedWithin("seeds are back", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func lateSeeds(a Args) Plan {
	var p Plan
	p.Options.Seeds = 2
	seeds := nodeID(0, a.Nodes) + "," + nodeID(1, a.Nodes)
	p.add(0, fault.Crash{Who: seeds})
	p.add(2*time.Minute, fault.All{fault.Start{Who: seeds}, fault.Mark{Name: "seeds start"}})
	p.Length = 4 * time.Minute
	p.Expect = []Expectation{agreedWithin("seeds start", 0), noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// staleSeeds moves the seed for good, and then restarts a node that knows no
// other: the cluster knocks on it, so it can be found.
func staleSeeds(a Args) Plan {
	var p Plan
	p.Options.StaleSeeds = true
	p.Options.Groups = []sim.Group{{Name: "back", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Move{Who: nodeID(0, a.Nodes)})
	p.add(at+5*time.Second, fault.Crash{Who: "back"})
	p.add(at+30*time.Second, fault.All{fault.Start{Who: "back"}, fault.Mark{Name: "back"}})
	p.Length = at + 2*time.Minute
	p.Expect = []Expectation{agreedWithin("back", 0), noFalseDeaths(), converged()}
	return p
}

func blackout(a Args) Plan {
	var p Plan
	p.Options.Seeds = min(3, a.Nodes)
	at := p.startUp(a.Nodes)
	p.add(at, fault.Restart{Who: sim.GroupAll, After: 5 * time.Second, Persisted: a.Bool("persisted")})
	p.add(at+6*time.Second, fault.Mark{Name: "power is back"})
	p.Length = at + time.Minute
	p.Expect = []Expectation{agreedWithin("power is back", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func ghost(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "ghost", Count: 1}, {Name: "old", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Crash{Who: "ghost"})
	// Cut off and not dead: it comes back with a record that the others have
	// forgotten.
	p.add(at, fault.Split{Sides: []string{"old"}})
	p.add(at+a.Time("for"), fault.Heal{Mark: "back"})
	p.add(at+a.Time("for"), fault.Start{Who: "ghost"})
	p.Length = at + a.Time("for") + 2*time.Minute
	p.Expect = []Expectation{agreedWithin("back", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// mixedVersions lets a cluster of two versions live: what one does not know, it
// keeps and passes on byte for byte, or tables would never agree.
func mixedVersions(a Args) Plan {
	var p Plan
	p.Options.Converged, p.Options.Newer = true, 0.5
	p.Options.Groups = []sim.Group{{Name: "victims", Count: 1}, {Name: "back", Count: 1}, {Name: "away", Count: 2}, {Name: "news", Count: 1}}
	p.add(5*time.Second, fault.Update{Who: "news"})
	p.add(10*time.Second, fault.Crash{Who: "victims"})
	p.add(20*time.Second, fault.Restart{Who: "back", After: 10 * time.Second})
	p.add(40*time.Second, fault.Split{Sides: []string{"away"}})
	p.add(70*time.Second, fault.Heal{Mark: "healed"})
	p.Length = 70*time.Second + healBound(a.Nodes)
	p.Expect = []Expectation{agreedWithin("healed", 0), detected(0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// brink has nodes refute and change where the counters for that have no room:
// they must begin new lives.
func brink(a Args) Plan {
	var p Plan
	p.Options.Converged, p.Options.Brink = true, true
	p.Options.Groups = []sim.Group{{Name: "silent", Count: 2}, {Name: "news", Count: 2}}
	p.add(5*time.Second, fault.Update{Who: "news"})
	p.add(10*time.Second, fault.Block{Who: "silent", For: 10 * time.Second})
	p.add(20*time.Second, fault.Mark{Name: "well"})
	p.Length = 60 * time.Second
	p.Expect = []Expectation{agreedWithin("well", 0)}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}
