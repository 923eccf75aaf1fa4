package scenario

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
)

// roles are the scenarios about what else nodes can be and be asked: observers,
// quarantine, the word that all see the same, and replicated state.
func roles() []Scenario {
	return []Scenario{
		{
			Name: "observers", Summary: "some nodes only observe, while members come, change, crash and are split off",
			Nodes: 16, Least: 6,
			Params: []Param{{Name: "count", Default: 3, Least: 1, Help: "how many observe; at most all but three"}},
			Plan:   observed,
		},
		{
			Name: "quarantine", Summary: "two nodes keep out two others for a while: for themselves alone",
			Nodes: 16, Least: 6,
			Params: []Param{{Name: "for", Default: 30 * time.Second, Least: 2 * time.Second, Help: "how long"}},
			Plan:   keptOut,
		},
		{
			Name: "consensus", Summary: "nodes wait for the word that all see what they see, while others change, crash and are cut off",
			Nodes: 16, Least: 4, Plan: awaited,
		},
		{
			Name: "state", Summary: "half of the nodes write state of a type that none of them knows, under loss, splits and restarts; in the end all hold the same",
			Nodes: 100, Least: 8,
			Params: []Param{
				{Name: "for", Default: 2 * time.Minute, Least: 30 * time.Second, Help: "how long they write"},
				{Name: "every", Default: 100 * time.Millisecond, Least: time.Millisecond, Help: "from one write to the next"},
				{Name: "loss", Default: 0.2, Least: 0.0, Most: 0.9, Help: "what is lost"},
				{Name: "ring", Default: false, Help: "in the first half of the time every node reaches its two neighbours only"},
			},
			Plan: stateWritten,
		},
	}
}

// gathered is startUp where nodes cannot start converged.
func (p *Plan) gathered() time.Duration {
	p.Options.StartSpread = 2 * time.Second
	return 15 * time.Second
}

func observed(a Args) Plan {
	var p Plan
	p.Options.Observers = min(a.Int("count"), a.Nodes-3)
	observer := nodeID(a.Nodes-1, a.Nodes)
	member := func(i int) string { return nodeID(1+i%(a.Nodes-p.Options.Observers-1), a.Nodes) }
	at := p.gathered()
	p.add(at, fault.Update{Who: member(0)})
	p.add(at+2*time.Second, fault.Crash{Who: member(1)})
	p.add(at+15*time.Second, fault.Crash{Who: observer})
	p.add(at+20*time.Second, fault.Start{Who: member(1)})
	p.add(at+30*time.Second, fault.Start{Who: observer})
	p.add(at+40*time.Second, fault.Split{Sides: []string{nodeID(a.Nodes-p.Options.Observers, a.Nodes) + "," + member(0)}})
	p.add(at+60*time.Second, fault.Heal{Mark: "healed"})
	p.Length = at + 2*time.Minute
	p.Expect = []Expectation{agreedWithin("healed", 0), detected(0), noFalseDeaths(), converged()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}

func keptOut(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "keepers", Count: 2}, {Name: "out", Count: 2}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.Quarantine{At: "keepers", Whom: "out", For: a.Time("for")})
	p.add(at+a.Time("for")/2, fault.Update{Who: "out"})
	p.add(at+a.Time("for"), fault.Mark{Name: "released"})
	p.Length = at + a.Time("for") + 15*time.Second
	p.Expect = []Expectation{agreedWithin("released", 0), noFalseDeaths(), nobodyDied(), converged()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}

func awaited(a Args) Plan {
	var p Plan
	p.Options.Groups = []sim.Group{{Name: "waiting", Count: 2}, {Name: "victim", Count: 1}}
	at := p.startUp(a.Nodes)
	p.add(at, fault.All{fault.Update{Who: nodeID(0, a.Nodes)}, fault.AwaitConverged{Who: "waiting"}})
	p.add(at+10*time.Second, fault.Crash{Who: "victim"})
	p.add(at+30*time.Second, fault.Start{Who: "victim"})
	p.add(at+40*time.Second, fault.Split{Sides: []string{"victim"}})
	p.add(at+45*time.Second, fault.Update{Who: nodeID(0, a.Nodes)})
	p.add(at+70*time.Second, fault.Heal{Mark: "healed"})
	p.add(at+2*time.Minute, fault.All{fault.Update{Who: nodeID(0, a.Nodes)}, fault.AwaitConverged{Who: "waiting"}})
	p.Length = at + 2*time.Minute + convergedSoon
	p.Expect = []Expectation{agreedWithin("healed", 0), detected(0), noFalseDeaths(), toldConverged(), converged()}
	return p
}

// convergedSoon is when a node that waits should know that all have seen a
// change.
const convergedSoon = 5 * time.Second

// toldConverged: every node that waits has said that all see the same.
func toldConverged() Expectation {
	return Expectation{"told converged", func(c *sim.Cluster) error {
		for _, n := range c.Nodes() {
			if awaits, converged := n.Awaits(); awaits && n.Running() && converged == 0 {
				return fmt.Errorf("%s waits for convergence and was not told of it within %v", n.ID(), convergedSoon)
			}
		}
		return nil
	}}
}

func stateWritten(a Args) Plan {
	var p Plan
	p.Options.Observers = 1
	p.Options.Groups = []sim.Group{{Name: "writers", Share: 0.4}, {Name: "away", Share: 0.2}, {Name: "back", Share: 0.1}}
	at, rng := p.gathered(), a.Rand(6)
	until := at + a.Time("for")
	p.add(at, fault.Every{Interval: a.Time("every"), Until: until, Do: fault.Scribble{Who: "writers,back", Rand: rng}})
	p.add(at, fault.Link{Link: lossy(a.Share("loss"))})
	if a.Bool("ring") {
		p.add(at, fault.Ring{})
	}
	half := at + a.Time("for")/2
	p.add(half, fault.Heal{})
	p.add(half, fault.Restart{Who: "back", After: 5 * time.Second, Persisted: true})
	p.add(half+a.Time("for")/8, fault.Split{Sides: []string{"away"}})
	p.add(until-a.Time("for")/8, fault.Heal{})
	p.add(until, fault.All{fault.Link{Link: lan()}, fault.Heal{Mark: "healed"}})
	p.Length = until + time.Minute
	p.Expect = []Expectation{agreedWithin("healed", 0), sameState(), somethingWritten(), converged()}
	p.quietAtEnd(5*time.Second, 10*time.Second)
	return p
}

// sameState: every running node holds of every running member exactly what that
// has, which is all that it has written.
func sameState() Expectation {
	return Expectation{"same state", func(c *sim.Cluster) error {
		for _, owner := range c.Nodes() {
			if !owner.Running() || owner.Observer() {
				continue
			}
			own := owner.Coordinator().OwnState()
			for _, n := range c.Nodes() {
				if !n.Running() || n == owner || own.Latest() == 0 {
					continue
				}
				switch held := n.Coordinator().StateOf(owner.ID()); {
				case held == nil:
					return fmt.Errorf("%s holds nothing of %s, which has written up to version %d", n.ID(), owner.ID(), own.Latest())
				case !held.Equal(own):
					return fmt.Errorf("%s holds version %d of %s, with other contents than it has at %d", n.ID(), held.Held(), owner.ID(), own.Latest())
				}
			}
		}
		return nil
	}}
}

// somethingWritten: there is state to compare.
func somethingWritten() Expectation {
	return Expectation{"something written", func(c *sim.Cluster) error {
		for _, n := range c.Nodes() {
			if len(n.Written()) > 0 {
				return nil
			}
		}
		return errors.New("no node has any state")
	}}
}
