package sim_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
	"github.com/hearsay-gossip/hearsay/sim"
)

var (
	first = flag.Uint64("first", 0, "the first seed of random deeds")
	seeds = flag.Uint64("seeds", 2, "how many seeds of random deeds to run")
)

// drawn returns options of all kinds.
func drawn(rng *rand.Rand) sim.Options {
	periods := []time.Duration{0, 50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}
	cfg := hearsay.Config{Period: periods[rng.IntN(len(periods))]}
	if cfg.Period > 0 && rng.IntN(2) == 0 {
		cfg.PauseTolerance = cfg.Period + time.Duration(rng.Int64N(int64(8*cfg.Period)))
	}
	o := sim.Options{
		Nodes: 2 + rng.IntN(9), Seed: rng.Uint64(), Converged: rng.IntN(4) == 0,
		StartSpread: time.Duration(rng.IntN(2)) * 5 * time.Second,
	}
	if rng.IntN(2) == 0 {
		o.Link = drawnLink(rng)
	}
	o.Config = func(node int) hearsay.Config {
		cfg := cfg
		cfg.Observer = node > 4 && node%4 == 0 && !o.Converged
		cfg.Zone = fmt.Sprint("z", node%3)
		if !cfg.Observer {
			cfg.Labels = map[string]string{"node": fmt.Sprint(node)}
		}
		return cfg
	}
	return o
}

func drawnLink(rng *rand.Rand) sim.Link {
	return sim.Link{
		Latency: time.Duration(rng.IntN(50)) * time.Millisecond, Spread: time.Duration(rng.IntN(100)) * time.Millisecond,
		Loss: 0.3 * rng.Float64() * float64(rng.IntN(2)), Duplicate: 0.2 * rng.Float64() * float64(rng.IntN(2)),
	}
}

// deed does something to a cluster, and says what.
func deed(c *sim.Cluster, rng *rand.Rand, demands map[*sim.Node]*limiterv1.DemandReplica) {
	nodes := c.Nodes()
	a, b := nodes[rng.IntN(len(nodes))], nodes[rng.IntN(len(nodes))]
	switch rng.IntN(13) {
	case 0:
		a.Crash()
	case 1, 2:
		a.Start()
	case 3:
		a.Restart()
	case 4:
		a.Leave()
	case 5:
		a.Pause(time.Duration(rng.IntN(8000)) * time.Millisecond)
	case 6:
		a.Block()
		a.After(time.Duration(rng.IntN(8000))*time.Millisecond, a.Unblock)
	case 7:
		c.Split(nodes[:rng.IntN(len(nodes))])
	case 8:
		c.Cut(a, b)
	case 9:
		c.SetLink(a, b, drawnLink(rng))
	case 10:
		c.Heal()
	case 11:
		if len(nodes) < 14 {
			c.Add(fmt.Sprint("added", len(nodes)))
		}
	case 12:
		if r := demands[a]; r != nil && a.Running() && !a.Observer() {
			_ = r.SetRate(rng.Uint32N(100)) // refused by who leaves
		}
	}
}

// Whatever is done to whatever cluster, no rule of the protocol breaks, and when it is
// over all agree, on members and on state.
func TestRandomDeedsBreakNoRule(t *testing.T) {
	for seed := *first; seed < *first+*seeds; seed++ {
		rng := rand.New(rand.NewPCG(seed, 28))
		demands := map[*sim.Node]*limiterv1.DemandReplica{}
		o := drawn(rng)
		o.Main = func(n *sim.Node) (err error) {
			demands[n], err = sim.Open(n, limiterv1.NewDemand())
			return err
		}
		c, err := sim.New(o)
		for step := 0; err == nil && step < 40; step++ {
			deed(c, rng, demands)
			err = c.Run(time.Duration(rng.IntN(4000)) * time.Millisecond)
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		c.Heal()
		for _, n := range c.Nodes() {
			n.Unblock()
		}
		if err := c.Run(30 * time.Second); err != nil { // for those who leave to be gone
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, n := range c.Nodes() {
			n.Start()
		}
		if err := c.Until(func() bool { return c.Agreed() && settled(c, demands) }, 5*time.Minute); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := c.Check(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// settled tells whether all know what each says.
func settled(c *sim.Cluster, demands map[*sim.Node]*limiterv1.DemandReplica) bool {
	for _, n := range c.Nodes() {
		for _, of := range c.Nodes() {
			if !of.Observer() && rate(demands[n], of.ID()) != demands[of].Own().Rate {
				return false
			}
		}
	}
	return true
}
