package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// identities are the scenarios about who is who: one member that is never the
// same, two that claim to be one, records at the ends of their counters or from
// other versions of the software.
func identities() []Scenario {
	return []Scenario{
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
			Name: "mixed", Summary: "half of the nodes speak another wire version, and say something of themselves that the others have no field for",
			Nodes: 16, Least: 6, Plan: mixedVersions,
		},
		{
			Name: "brink", Summary: "the counters of all lives are at their ends, and must rise",
			Nodes: 12, Least: 6, Plan: brink,
		},
	}
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
	p.Expect = []Expectation{agreedWithin("settled", 0), noFalseDeaths(), nobodyOusted(), tablesWithin(2)}
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

// mixedVersions lets a cluster of two versions live: what one does not know, it
// keeps and passes on byte for byte, or tables would never agree.
func mixedVersions(a Args) Plan {
	var p Plan
	p.Options.Converged, p.Options.Newer, p.Options.NewerWire = true, 0.5, true
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
