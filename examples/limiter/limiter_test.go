package limiter_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/examples/limiter"
	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
	"github.com/hearsay-gossip/hearsay/sim"
)

const limit = 1000

// fleet is a simulated cluster of which each node has a limiter.
type fleet struct {
	*sim.Cluster
	limiters map[*sim.Node]*limiter.Limiter
}

// start is what main does: it opens the state, makes the service and says what there
// is to do.
func (f *fleet) start(n *sim.Node) error {
	demands, err := sim.Open(n, limiterv1.NewDemand())
	if err != nil {
		return err
	}
	l := limiter.New(n.ID(), limit, demands)
	f.limiters[n] = l
	sim.OnChange(n, demands.Replica, func(limiterv1.DemandChange) { l.Recount() }) // as Run does
	return l.Demand(uint32(10 * (n.Index() + 1)))
}

// granted returns what those of the nodes that run grant themselves together.
func (f *fleet) granted(nodes []*sim.Node) float64 {
	sum := 0.0
	for _, n := range nodes {
		if n.Running() {
			sum += f.limiters[n].Granted()
		}
	}
	return sum
}

// reach runs until each of the sides grants itself the limit, all of it and no
// more.
func (f *fleet) reach(t *testing.T, within time.Duration, sides ...[]*sim.Node) {
	t.Helper()
	err := f.Until(func() bool {
		for _, side := range sides {
			if math.Abs(f.granted(side)-limit) > 1e-6 {
				return false
			}
		}
		return true
	}, within)
	if err != nil {
		t.Fatal(err)
	}
}

// fiveOf runs a test on five nodes, once for each of many seeds, which begin when
// their shares add up. From then on as many limits as it says may be granted.
func fiveOf(t *testing.T, limits int, test func(t *testing.T, f *fleet)) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			f := &fleet{limiters: map[*sim.Node]*limiter.Limiter{}}
			var err error
			if f.Cluster, err = sim.New(sim.Options{Nodes: 5, Seed: seed, Main: f.start}); err != nil {
				t.Fatal(err)
			}
			f.reach(t, 10*time.Second, f.Nodes())
			f.Always(fmt.Sprintf("at most %d times the limit", limits), func() error {
				if sum := f.granted(f.Nodes()); sum > float64(limits)*limit+1e-6 {
					return fmt.Errorf("%.0f are granted", sum)
				}
				return nil
			})
			test(t, f)
			if err := f.Check(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What a member would have used goes to the others, and never is more granted than
// there is.
func TestTheShareOfWhoCrashesGoesToTheOthers(t *testing.T) {
	fiveOf(t, 1, func(t *testing.T, f *fleet) {
		f.Node("n4").Crash()
		f.reach(t, 15*time.Second, f.Nodes())
	})
}

// A split costs the limit once more, and as soon as it is healed nothing.
func TestEachSideOfASplitHasTheLimit(t *testing.T) {
	fiveOf(t, 2, func(t *testing.T, f *fleet) {
		left, right := f.Nodes()[:2], f.Nodes()[2:]
		f.Split(left, right)
		f.reach(t, 30*time.Second, left, right)
		f.Heal()
		f.reach(t, 30*time.Second, f.Nodes())
	})
}

// Who is only slow keeps its share, and loss changes nothing.
func TestAPauseAndLossCostNobodyItsShare(t *testing.T) {
	fiveOf(t, 1, func(t *testing.T, f *fleet) {
		f.SetLink(nil, nil, sim.Link{Latency: 5 * time.Millisecond, Spread: 20 * time.Millisecond, Loss: 0.05})
		f.Node("n1").Pause(1500 * time.Millisecond)
		if err := f.Run(time.Minute); err != nil {
			t.Fatal(err)
		}
		f.reach(t, time.Second, f.Nodes())
	})
}

// A restarted member begins with nothing, and says anew what it has to do.
func TestARestartIsANewLife(t *testing.T) {
	fiveOf(t, 2, func(t *testing.T, f *fleet) {
		before := f.limiters[f.Node("n0")]
		f.Node("n0").Restart()
		if f.limiters[f.Node("n0")] == before {
			t.Fatal("the service of the last life serves on")
		}
		f.reach(t, 15*time.Second, f.Nodes())
	})
}
