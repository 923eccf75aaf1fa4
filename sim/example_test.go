package sim_test

import (
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay"
	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
	"github.com/hearsay-gossip/hearsay/sim"
)

// Five nodes are split in two, and find each other again: three minutes of their
// lives, in a moment.
func Example() {
	c, err := sim.New(sim.Options{Nodes: 5, Seed: 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	// step prints what has come about, and how the first node sees the cluster.
	step := func(what string, holds func() bool) {
		if err := c.Until(holds, time.Minute); err != nil {
			fmt.Println(err)
		}
		fmt.Print(what, ":")
		for m := range c.Node("n0").Members() {
			fmt.Print(" ", m.ID)
		}
		fmt.Println()
	}
	left, right := c.Nodes()[:2], c.Nodes()[2:]

	step("all agree", func() bool { return c.Agreed() })
	c.Split(left, right)
	step("split", func() bool { return c.Agreed(left...) && c.Agreed(right...) })
	c.Heal()
	step("healed", func() bool { return c.Agreed() })
	c.Node("n3").Crash()
	step("one has crashed", func() bool { return c.Agreed() })
	// Output:
	// all agree: n0 n1 n2 n3 n4
	// split: n0 n1
	// healed: n0 n1 n2 n3 n4
	// one has crashed: n0 n1 n2 n4
}

// Main is what each process does in each of its lives. Here it opens state of a
// schema of the user's own.
func ExampleOpen() {
	demands := map[string]*limiterv1.DemandReplica{}
	c, err := sim.New(sim.Options{Nodes: 3, Seed: 1, Main: func(n *sim.Node) error {
		r, err := sim.Open(n, limiterv1.NewDemand())
		if err != nil {
			return err
		}
		demands[n.ID()] = r
		return r.SetRate(uint32(10 * (n.Index() + 1)))
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	knowsAll := func() bool {
		known := 0
		for _, demand := range demands["n0"].All() {
			if demand.Rate > 0 {
				known++
			}
		}
		return known == 3
	}
	if err := c.Until(knowsAll, 10*time.Second); err != nil {
		fmt.Println(err)
	}
	for id, demand := range demands["n0"].All() {
		fmt.Println(id, demand.Rate)
	}
	// Output:
	// n0 10
	// n1 20
	// n2 30
}

// A rule of one's own holds throughout, or the run ends where it broke and says how
// to repeat it.
func ExampleCluster_Always() {
	c, err := sim.New(sim.Options{Nodes: 3, Seed: 4, Converged: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Always("a majority runs", func() error {
		running := 0
		for _, n := range c.Nodes() {
			if n.Running() {
				running++
			}
		}
		if running < 2 {
			return fmt.Errorf("%d of 3", running)
		}
		return nil
	})
	c.At(10*time.Second, c.Node("n1").Crash)
	c.At(20*time.Second, c.Node("n2").Crash)
	fmt.Println(c.Run(time.Minute))
	// Output:
	// sim: seed 4: after 20s: a majority runs: 1 of 3
}

// A service has the events of its node, and timers that run in the node's time.
func ExampleNode_OnEvent() {
	c, err := sim.New(sim.Options{Nodes: 2, Seed: 2, Converged: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	n := c.Node("n0")
	n.OnEvent(func(event hearsay.Event) {
		if e, ok := event.(hearsay.MemberStatusChanged); ok {
			fmt.Println(e.Member.ID, "is", e.Member.Status)
		}
	})
	n.After(time.Minute, func() { fmt.Println("it is", n.Now().Format(time.TimeOnly)) })
	c.Node("n1").Crash()
	if err := c.Run(2 * time.Minute); err != nil {
		fmt.Println(err)
	}
	// Output:
	// n1 is dead
	// it is 00:01:00
}
