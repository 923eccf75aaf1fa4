package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// splits are the scenarios in which the cluster falls apart.
func splits() []Scenario {
	return []Scenario{
		{
			Name: "split", Summary: "the network falls into two sides for a time, and heals",
			Nodes: 32, Least: 2,
			Params: []Param{
				{Name: "share", Default: 0.5, Least: 0.0, Most: 0.99, Help: "of the nodes on one side"},
				{Name: "for", Default: time.Minute, Least: time.Second, Help: "how long"},
				{Name: "again", Default: false, Help: "split once more while it heals, along another line"},
			},
			Plan: splitInTwo,
		},
		{
			Name: "shatter", Summary: "the network falls into four sides, loses nodes on each, and heals",
			Nodes: 32, Least: 8, Plan: shatter,
		},
		{
			Name: "alone", Summary: "every node is alone for a time",
			Nodes: 12, Least: 2,
			Params: []Param{{Name: "for", Default: 2 * time.Minute, Least: time.Second, Help: "how long"}},
			Plan:   alone,
		},
	}
}

// healBound is how long healing may take: knocks are min(k/4, 2) a second for k
// dead.
func healBound(nodes int) time.Duration {
	return 30*time.Second + time.Duration(nodes)*time.Second/2
}

// longSplit is from how long a split on nodes are not looked at after every step:
// nothing happens in most of them.
const longSplit = 12 * time.Hour

func splitInTwo(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "away", Share: a.Share("share")}}
	if a.Time("for") > longSplit {
		p.Options.Checking = sim.CheckEveryPeriod
	}
	again := a.Bool("again") && a.Nodes >= 4
	if again {
		// The second line runs across the first: through the side that was away.
		half := a.Share("share") / 2
		p.Options.Groups = []sim.Group{{Name: "away", Share: half}, {Name: "across", Share: half}}
	}
	at := p.startUp(a.Nodes)
	first := "away"
	if again {
		first = "away,across"
	}
	p.add(at, fault.Split{Sides: []string{first}})
	healed := at + a.Time("for")
	if again {
		p.add(healed, fault.Heal{})
		p.add(healed+500*time.Millisecond, fault.Split{Sides: []string{"across"}})
		healed += 500*time.Millisecond + 30*time.Second
	}
	p.add(healed, fault.Heal{Mark: "healed"})
	p.Length = healed + healBound(a.Nodes)
	p.Expect = []Expectation{agreedWithin("healed", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func shatter(a Args) Plan {
	var p Plan
	for _, name := range []string{"east", "south", "west", "victims"} {
		p.Options.Groups = append(p.Options.Groups, sim.Group{Name: name, Share: 0.125})
	}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Split{Sides: []string{"east", "south", "west,victims"}})
	p.add(at+30*time.Second, fault.Crash{Who: "victims"})
	p.add(at+2*time.Minute, fault.Heal{Mark: "healed"})
	p.add(at+2*time.Minute+5*time.Second, fault.Start{Who: "victims", Moved: true})
	p.Length = at + 2*time.Minute + healBound(a.Nodes)
	p.Expect = []Expectation{agreedWithin("healed", 0), noFalseDeaths()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func alone(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	sides := make([]string, a.Nodes)
	for i := range sides {
		sides[i] = nodeID(i, a.Nodes)
	}
	p.add(at, fault.Split{Sides: sides})
	p.add(at+a.Time("for"), fault.Heal{Mark: "healed"})
	p.Length = at + a.Time("for") + healBound(a.Nodes) + time.Minute
	p.Expect = []Expectation{agreedWithin("healed", 0)}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}
