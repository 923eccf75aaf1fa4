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
				{Name: "dial", Default: time.Duration(0), Least: time.Duration(0), Help: "how long a handshake takes, of a transport with connections; 2 ms of the core each"},
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
	p.Options.Dialling.Takes = a.Time("dial")
	if a.Time("cpu") > 0 {
		p.Options.Dialling.CPU = time.Millisecond
	}
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
