package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// anomalies are the scenarios in which nodes are not dead but not well.
func anomalies() []Scenario {
	matrix := []Param{
		{Name: "c", Default: 4, Least: 1, Help: "how many nodes"},
		{Name: "d", Default: 16 * time.Second, Least: time.Millisecond, Help: "how long each anomaly is"},
		{Name: "i", Default: 64 * time.Millisecond, Least: time.Duration(0), Help: "how long they are well in between"},
		{Name: "for", Default: 2 * time.Minute, Least: time.Second, Help: "how long it goes on"},
		{Name: "crash", Default: false, Help: "kill a healthy node in the middle, which must be found"},
	}
	return []Scenario{
		{
			Name: "blocked", Summary: "Lifeguard's matrix: input and output of C nodes block for D and are free for I, while timers run",
			Nodes: 128, Least: 2, Params: matrix,
			Plan: func(a Args) Plan { return anomaly(a, fault.Block{Who: "ill", For: a.Time("d")}) },
		},
		{
			Name: "stalled", Summary: "Lifeguard's matrix, harder: the whole process of C nodes stands still for D and runs for I",
			Nodes: 128, Least: 2, Params: matrix,
			Plan: func(a Args) Plan { return anomaly(a, fault.Stall{Who: "ill", For: a.Time("d")}) },
		},
		{
			Name: "slow", Summary: "some nodes take long for each datagram",
			Nodes: 32, Least: 2,
			Params: []Param{
				{Name: "c", Default: 2, Least: 1, Help: "how many nodes"},
				{Name: "cost", Default: 100 * time.Millisecond, Least: time.Microsecond, Help: "the time for each datagram"},
			},
			Plan: slowNodes,
		},
		{
			Name: "clocks", Summary: "drivers' clocks jump forward, run fast and slow, and wall clocks leap",
			Nodes: 16, Least: 4, Plan: oddClocks,
		},
		{
			Name: "ticks", Summary: "drivers tick far too often",
			Nodes: 16, Least: 2, Plan: manyTicks,
		},
	}
}

// anomaly has C nodes ill for D, again and again with I between, for a time.
func anomaly(a Args, ill sim.Fault) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "ill", Count: min(a.Int("c"), a.Nodes-1)}}
	if a.Bool("crash") {
		p.Options.Groups = append(p.Options.Groups, sim.Group{Name: "victim", Count: 1})
	}
	at := p.startUp(a.Nodes)
	until := at + a.Time("for")
	p.add(at, fault.Every{Interval: a.Time("d") + a.Time("i"), Until: until, Do: ill})
	if a.Bool("crash") {
		p.add(at+a.Time("for")/4, fault.Crash{Who: "victim"})
	}
	p.add(until+a.Time("d"), fault.Mark{Name: "well"})
	p.Length = until + a.Time("d") + 20*time.Second
	p.Expect = []Expectation{agreedWithin("well", 0)}
	if a.Bool("crash") {
		p.Expect = append(p.Expect, detected(0))
	}
	return p
}

func slowNodes(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "slow", Count: min(a.Int("c"), a.Nodes-1)}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Slow{Who: "slow", Cost: a.Time("cost")})
	p.add(at+2*time.Minute, fault.Slow{Who: "slow"})
	p.add(at+2*time.Minute, fault.Mark{Name: "well"})
	p.Length = at + 2*time.Minute + 30*time.Second
	p.Expect = []Expectation{agreedWithin("well", 0), noFalseDeathsByHealthy()}
	return p
}

func oddClocks(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "jumping", Count: 1}, {Name: "fast", Count: 1}, {Name: "slow", Count: 1}}
	at := p.startUp(a.Nodes)
	for i, jump := range []time.Duration{time.Second, 10 * time.Second, time.Hour, 30 * 24 * time.Hour} {
		p.add(at+time.Duration(i)*10*time.Second, fault.Clock{Who: "jumping", Jump: jump})
	}
	p.add(at, fault.Clock{Who: "fast", Rate: 1.2, Wall: 100 * 365 * 24 * time.Hour})
	p.add(at, fault.Clock{Who: "slow", Rate: 0.8, Wall: -20 * 365 * 24 * time.Hour})
	p.Length = at + time.Minute
	p.Expect = []Expectation{noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func manyTicks(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	p.add(0, fault.Every{Interval: 3 * time.Millisecond, Until: at + 20*time.Second, Do: fault.Tick{Who: sim.GroupAll}})
	p.Length = at + 20*time.Second
	p.Expect = []Expectation{noFalseDeaths(), nobodyDied()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}
