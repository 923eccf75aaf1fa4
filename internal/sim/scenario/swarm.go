package scenario

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// swarms are the scenarios that the seed makes up: options, then chaos, then
// healing, after which everything must be well.
func swarms() []Scenario {
	return []Scenario{{
		Name: "swarm", Summary: "the seed draws the options and the faults; then all is healed and must converge",
		Nodes: 32, Least: 2,
		Params: []Param{
			{Name: "chaos", Default: time.Minute, Least: time.Second, Help: "how long faults go on"},
			{Name: "faults", Default: 12, Least: 0, Help: "how many, on average"},
			{Name: "small", Default: true, Help: "draw the size too, up to the given one"},
		},
		Plan: swarm,
	}}
}

// swarmBuilder draws a plan.
type swarmBuilder struct {
	*rand.Rand
	plan  *Plan
	nodes int
	end   time.Duration
}

func swarm(a Args) Plan {
	var p Plan
	b := swarmBuilder{Rand: a.Rand(4), plan: &p, nodes: a.Nodes}
	if a.Bool("small") {
		b.nodes = 2 + b.IntN(a.Nodes-1)
		p.Options.Nodes = b.nodes
	}
	b.options()
	start := p.Options.StartSpread
	b.end = start + a.Time("chaos")
	for range b.Poisson(float64(a.Int("faults"))) {
		// Faults may come while the cluster is still forming.
		at := time.Duration(b.Int64N(int64(b.end)))
		p.add(at, b.fault(at))
	}
	b.roles(a.Rand(7))
	b.heal()
	return p
}

// Poisson draws a number with that mean.
func (b *swarmBuilder) Poisson(mean float64) int {
	count := 0
	for sum := b.ExpFloat64(); sum < mean; sum += b.ExpFloat64() {
		count++
	}
	return count
}

// one returns one of the choices.
func one[T any](b *swarmBuilder, choices ...T) T { return choices[b.IntN(len(choices))] }

func (b *swarmBuilder) options() {
	o := &b.plan.Options
	o.Seeds = min(b.nodes, 1+b.IntN(3))
	o.StartSpread = one(b, 0, time.Second, 10*time.Second)
	o.DatagramBudget = one(b, 0, 0, 320, 512, 1160, 8192)
	o.InboxSlots = one(b, 0, 0, 64)
	if o.Streams = b.IntN(4) == 0; o.Streams {
		o.Dialling.Takes = one(b, 0, time.Millisecond, 50*time.Millisecond)
	}
	o.Unreachable = b.IntN(2) == 0
	o.Link = b.link()
}

// link draws a network that works, more or less.
func (b *swarmBuilder) link() memory.Link {
	link := memory.Link{
		Latency: one(b, 50*time.Microsecond, time.Millisecond, 20*time.Millisecond),
		Jitter:  one(b, memory.JitterUniform, memory.JitterExponential),
		Loss:    one(b, 0, 0, 0.01, 0.1),
	}
	link.Spread = time.Duration(b.Float64() * 2 * float64(link.Latency))
	link.Duplicate = one(b, 0, 0, 0.05)
	return link
}

// some returns some nodes, at least one, mostly few.
func (b *swarmBuilder) some() string {
	count := min(b.nodes, 1+b.Poisson(float64(b.nodes)/16))
	ids := make([]string, count)
	for i, index := range b.Perm(b.nodes)[:count] {
		ids[i] = nodeID(index, b.nodes)
	}
	return strings.Join(ids, ",")
}

// span draws how long something lasts: often short, sometimes for most of the
// chaos.
func (b *swarmBuilder) span() time.Duration {
	return min(time.Duration(b.ExpFloat64()*5*float64(time.Second)), b.end)
}

// fault draws one of all kinds, with what ends it.
func (b *swarmBuilder) fault(at time.Duration) sim.Fault {
	who, d := b.some(), b.span()
	switch b.IntN(18) {
	case 0:
		return fault.Crash{Who: who}
	case 1:
		return fault.Start{Who: who, Persisted: b.IntN(2) == 0, Moved: b.IntN(2) == 0}
	case 2, 3:
		return fault.Restart{Who: who, After: d, Persisted: b.IntN(2) == 0, Moved: b.IntN(3) == 0}
	case 4:
		return fault.Leave{Who: who}
	case 5:
		return fault.Stall{Who: who, For: d}
	case 6:
		return fault.Block{Who: who, For: d}
	case 7:
		b.plan.add(at+d, fault.Slow{Who: who})
		return fault.Slow{Who: who, Cost: time.Duration(b.Int64N(int64(300 * time.Millisecond)))}
	case 8:
		return fault.Clock{Who: who, Jump: b.span(), Wall: b.span(), Rate: 0.5 + b.Float64()}
	case 9:
		return fault.Every{Interval: time.Millisecond + b.span()/10, Until: min(at+d, b.end), Do: fault.Tick{Who: who}}
	case 10:
		return fault.Move{Who: who}
	case 11:
		return fault.Update{Who: who}
	case 12:
		b.plan.add(at+d, fault.Link{Link: b.plan.Options.Link})
		return fault.Link{Link: b.link()}
	case 13:
		b.plan.add(at+d, fault.Restore{Who: who})
		return fault.Links{Who: who, In: b.IntN(2) == 0, Out: b.IntN(2) == 0, Link: lossy(b.Float64())}
	case 14:
		return fault.Cut{From: who, To: b.some()}
	case 15:
		b.plan.add(at+d, fault.Heal{})
		return fault.Split{Sides: []string{who}}
	case 16:
		b.plan.add(at+d, fault.Release{Who: who})
		return fault.Hold{Who: who}
	default:
		b.plan.add(at/2, fault.Record{})
		return fault.Replay{Count: 1 + b.IntN(100)}
	}
}

// roles draws, from a stream of its own, what else nodes are and are asked.
func (b *swarmBuilder) roles(rng *rand.Rand) {
	b.Rand = rng
	p := b.plan
	if b.nodes >= 6 && b.IntN(4) == 0 {
		p.Options.Observers = 1 + b.IntN(b.nodes/4)
	}
	if b.IntN(3) == 0 {
		p.add(0, fault.Every{Interval: 500 * time.Millisecond, Until: b.end, Do: fault.Scribble{Who: sim.GroupAll, Rand: rng}})
		p.Expect = append(p.Expect, sameState())
	}
	for range b.Poisson(0.5) {
		at, d := time.Duration(b.Int64N(int64(b.end))), b.span()+time.Millisecond
		p.add(at, fault.Quarantine{At: b.some(), Whom: b.some(), For: d})
		p.add(at+d, fault.Tick{Who: sim.GroupAll}) // it ends before all is healed
	}
	for range b.Poisson(0.5) {
		p.add(time.Duration(b.Int64N(int64(b.end))), fault.AwaitConverged{Who: b.some()})
	}
}

// heal ends the chaos: every node runs, every link works, and in a bounded time
// all agree and are silent.
func (b *swarmBuilder) heal() {
	p := b.plan
	clean := p.Options.Link
	clean.Loss = 0
	// Stalls, slow links and restarts planned in the chaos may outlast it.
	last := b.end
	for _, entry := range p.Timeline {
		last = max(last, entry.At)
	}
	last += 30 * time.Second
	p.add(last, fault.All{fault.Calm{}, fault.Link{Link: clean}, fault.Heal{}, fault.Start{Who: sim.GroupAll}, fault.Mark{Name: "healed"}})
	p.Length = last + healBound(b.nodes) + 90*time.Second
	p.Expect = append(p.Expect, agreedWithin("healed", 0), superseded())
	p.quietAtEnd(10*time.Second, 10*time.Second)
}
