package scenario

import (
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// links are the scenarios in which the network is bad.
func links() []Scenario {
	return []Scenario{
		{
			Name: "loss", Summary: "every link loses a share of all datagrams",
			Nodes: 64, Least: 2,
			Params: []Param{
				{Name: "share", Default: 0.05, Least: 0.0, Most: 0.95, Help: "what is lost"},
				{Name: "for", Default: 10 * time.Minute, Least: time.Second, Help: "how long"},
			},
			Plan: lossEverywhere,
		},
		{
			Name: "bad-links", Summary: "what 1 % of the members send, receive or both is mostly lost (Rapid §7)",
			Nodes: 128, Least: 3,
			Params: []Param{
				{Name: "share", Default: 0.8, Least: 0.0, Most: 1.0, Help: "what is lost"},
				{Name: "members", Default: 0.01, Least: 0.0, Most: 0.5, Help: "of all members"},
				{Name: "in", Default: true, Help: "what they receive"},
				{Name: "out", Default: false, Help: "what they send"},
				{Name: "for", Default: 5 * time.Minute, Least: time.Second, Help: "how long"},
			},
			Plan: badLinks,
		},
		{
			Name: "flip-flop", Summary: "nothing reaches 1 % of the members for 20 s, then everything for 20 s, and so on (Rapid §7)",
			Nodes: 128, Least: 3,
			Params: []Param{
				{Name: "members", Default: 0.01, Least: 0.0, Most: 0.5, Help: "of all members"},
				{Name: "half", Default: 20 * time.Second, Least: time.Second, Help: "how long each half is"},
				{Name: "for", Default: 5 * time.Minute, Least: time.Second, Help: "how long"},
			},
			Plan: flipFlop,
		},
		{
			Name: "one-way", Summary: "a tenth of the links work in one direction only",
			Nodes: 32, Least: 8, Plan: oneWay,
		},
		{
			Name: "star", Summary: "all links are cut but those of one node, and mended",
			Nodes: 16, Least: 4, Plan: func(a Args) Plan { return sparse(true, a) },
		},
		{
			Name: "ring", Summary: "all links are cut but those between neighbours, and mended",
			Nodes: 16, Least: 4, Plan: func(a Args) Plan { return sparse(false, a) },
		},
		{
			Name: "rough", Summary: "late, doubled and overtaken datagrams, and none lost",
			Nodes: 32, Least: 2, Plan: rough,
		},
		{
			Name: "replay", Summary: "datagrams arrive again hours later",
			Nodes: 12, Least: 4,
			Params: []Param{{Name: "after", Default: 2 * time.Hour, Least: time.Second, Help: "how much later"}},
			Plan:   replayed,
		},
		{
			Name: "router", Summary: "a router holds what some nodes send for a while, and then lets it all go",
			Nodes: 16, Least: 4, Plan: held,
		},
	}
}

// quietBefore is how long a cluster is watched before it is disturbed.
const quietBefore = 20 * time.Second

func lossEverywhere(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	// What the same cluster takes where nothing is lost.
	p.add(at, fault.Measure{Name: "before", For: quietBefore})
	at += quietBefore
	p.add(at, fault.Link{Link: lossy(a.Share("share"))})
	p.add(at, fault.Measure{Name: "loss", For: a.Time("for")})
	p.add(at+a.Time("for"), fault.All{fault.Link{Link: lan()}, fault.Mark{Name: "well"}})
	p.Length = at + a.Time("for") + 30*time.Second
	p.Expect = []Expectation{agreedWithin("well", 0)}
	return p
}

func badLinks(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "deaf", Share: a.Share("members")}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Links{Who: "deaf", In: a.Bool("in"), Out: a.Bool("out"), Link: lossy(a.Share("share"))})
	p.add(at+a.Time("for"), fault.All{fault.Restore{Who: "deaf"}, fault.Mark{Name: "well"}})
	p.Length = at + a.Time("for") + time.Minute
	p.Expect = []Expectation{agreedWithin("well", 0)}
	return p
}

func flipFlop(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "deaf", Share: a.Share("members")}}
	at := p.startUp(a.Nodes)
	until, half := at+a.Time("for"), a.Time("half")
	p.add(at, fault.Every{Interval: 2 * half, Until: until, Do: fault.Links{Who: "deaf", In: true, Link: memory.Link{Loss: 1}}})
	p.add(at+half, fault.Every{Interval: 2 * half, Until: until, Do: fault.Restore{Who: "deaf"}})
	p.add(until+half, fault.All{fault.Restore{Who: "deaf"}, fault.Mark{Name: "well"}})
	p.Length = until + half + time.Minute
	p.Expect = []Expectation{agreedWithin("well", 0)}
	return p
}

func oneWay(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	rng := a.Rand(2)
	for range a.Nodes * a.Nodes / 10 {
		from, to := rng.IntN(a.Nodes), rng.IntN(a.Nodes)
		if from != to {
			p.add(at, fault.Cut{From: nodeID(from, a.Nodes), To: nodeID(to, a.Nodes)})
		}
	}
	p.add(at+2*time.Minute, fault.Heal{Mark: "healed"})
	p.Length = at + 3*time.Minute
	p.Expect = []Expectation{agreedWithin("healed", 0)}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func sparse(star bool, a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	p.add(at, fault.Ring{Star: star})
	p.add(at+2*time.Minute, fault.Heal{Mark: "healed"})
	p.Length = at + 4*time.Minute
	p.Expect = []Expectation{agreedWithin("healed", 0)}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

func rough(a Args) Plan {
	var p Plan
	at := p.startUp(a.Nodes)
	p.Options.Link = memory.Link{
		Latency: 2 * time.Millisecond, Spread: 20 * time.Millisecond,
		Jitter: memory.JitterExponential, Duplicate: 0.2,
	}
	p.Options.Groups = []sim.Group{{Name: "victims", Share: 0.1}}
	p.add(at, fault.Crash{Who: "victims"})
	p.Length = at + time.Minute
	p.Expect = []Expectation{detected(0)}
	p.quietAtEnd(10*time.Second, 10*time.Second)
	return p
}

// replayed lets nodes come, change, leave and die while datagrams are kept, and
// sends these again much later.
func replayed(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "leavers", Count: 1}, {Name: "victims", Count: 1}, {Name: "comers", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(0, fault.Record{})
	p.add(at, fault.Update{Who: sim.GroupOthers})
	p.add(at+time.Second, fault.All{fault.Leave{Who: "leavers"}, fault.Crash{Who: "victims"}})
	p.add(at+2*time.Second, fault.Restart{Who: "comers", After: time.Second})
	late := at + a.Time("after")
	p.add(late, fault.Every{Interval: 100 * time.Millisecond, Until: late + 20*time.Second, Do: fault.Replay{Count: 20}})
	p.Length = late + 40*time.Second
	p.Expect = []Expectation{detected(0), noFalseDeaths()}
	p.quietAtEnd(20*time.Second, 10*time.Second)
	return p
}

func held(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "behind", Count: 2}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Every{Interval: 15 * time.Second, Until: at + time.Minute, Do: fault.Hold{Who: "behind"}})
	p.add(at+5*time.Second, fault.Every{Interval: 15 * time.Second, Until: at + time.Minute, Do: fault.Release{Who: "behind"}})
	p.add(at+time.Minute, fault.All{fault.Release{Who: "behind"}, fault.Mark{Name: "well"}})
	// Who was away again and again is shown Dead for a while after it is well.
	p.Length = at + 6*time.Minute
	p.Expect = []Expectation{agreedWithin("well", 0)}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}
