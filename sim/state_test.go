package sim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
	"github.com/hearsay-gossip/hearsay/sim"
	"github.com/hearsay-gossip/hearsay/state"
)

// open opens a type of a user's schema on a node.
func open(t *testing.T, n *sim.Node) *limiterv1.DemandReplica {
	t.Helper()
	r, err := sim.Open(n, limiterv1.NewDemand())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rate returns what a member has said, as a replica has it.
func rate(r *limiterv1.DemandReplica, member string) uint32 {
	if d, ok := r.Of(member); ok {
		return d.Rate
	}
	return 0
}

func TestWhatOneSetsAllRead(t *testing.T) {
	c := start(t, sim.Options{Nodes: 4, Seed: 2})
	first := open(t, c.Node("n0"))
	if err := first.SetRate(7); err != nil {
		t.Fatal(err)
	}
	if rate(first, "n0") != 7 {
		t.Error("the writer does not see it at once")
	}
	run(t, c, time.Second)
	before := limiterv1.NewDemand() // written before it is open
	if err := before.SetRate(9); err != nil {
		t.Fatal(err)
	}
	second, err := sim.Open(c.Node("n1"), before)
	if err != nil {
		t.Fatal(err)
	}
	if rate(second, "n0") != 7 {
		t.Error("what was said before is not there for who opens it later")
	}
	late := c.Add("late")
	third := open(t, late)
	until(t, c, func() bool { return rate(first, "n1") == 9 && rate(third, "n0") == 7 && rate(third, "n1") == 9 }, 5*time.Second)
	if _, err := sim.Open(late, limiterv1.NewDemand()); !errors.Is(err, hearsay.ErrOpen) {
		t.Errorf("opened twice: %v", err)
	}
}

func TestAReplicaEndsWithItsLife(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 2})
	n, other := c.Node("n1"), open(t, c.Node("n0"))
	old := open(t, n)
	if err := errors.Join(old.SetRate(3), other.SetRate(1)); err != nil {
		t.Fatal(err)
	}
	until(t, c, func() bool { return rate(other, "n1") == 3 && rate(old, "n0") == 1 }, 5*time.Second)
	metadata := n.Metadata()
	n.Crash()
	refused := func(when string) {
		t.Helper()
		if err := old.SetRate(4); !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("%s: set %v", when, err)
		}
		if err := metadata.SetVersion("4"); !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("%s: metadata set %v", when, err)
		}
		if rate(old, "n0") != 1 {
			t.Errorf("%s: what was read is gone", when)
		}
	}
	refused("crashed")
	if _, err := sim.Open(n, limiterv1.NewDemand()); !errors.Is(err, hearsay.ErrClosed) {
		t.Errorf("opened on who does not run: %v", err)
	}
	if err := n.SetHealth(hearsay.HealthHealthy); !errors.Is(err, hearsay.ErrClosed) {
		t.Errorf("the health of who does not run: %v", err)
	}
	// The schema hides what the dead have said.
	until(t, c, func() bool { return rate(other, "n1") == 0 }, 15*time.Second)
	n.Start()
	refused("in the next life")
	until(t, c, func() bool { return c.Agreed() }, 15*time.Second)
	next := open(t, n)
	if _, known := next.Of("n1"); known || rate(next, "n0") != 1 {
		t.Errorf("the next life begins with %v of its own, and %d of n0", known, rate(next, "n0"))
	}
	if err := next.SetRate(5); err != nil {
		t.Fatal(err)
	}
	until(t, c, func() bool { return rate(other, "n1") == 5 }, 5*time.Second)
}

func TestConfiguredMetadataIsSaidInEachLife(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Seed: 2, Config: func(node int) hearsay.Config {
		return hearsay.Config{Roles: []string{fmt.Sprint("role", node)}, Labels: map[string]string{"k": "v"}, AppVersion: "1"}
	}})
	n, other := c.Node("n1"), c.Node("n0")
	said := func(version string) func() bool {
		return func() bool {
			m, ok := other.Metadata().Of("n1")
			return ok && len(m.Roles) == 1 && m.Roles[0] == "role1" && m.Labels["k"] == "v" && m.Version == version
		}
	}
	until(t, c, said("1"), 5*time.Second)
	if err := n.Metadata().SetVersion("2"); err != nil {
		t.Fatal(err)
	}
	until(t, c, said("2"), 5*time.Second)
	n.Restart()
	until(t, c, said("1"), 15*time.Second)
	if err := n.SetHealth(hearsay.HealthDegraded); err != nil {
		t.Fatal(err)
	}
	until(t, c, func() bool { m, _ := other.View().Get("n1"); return m.Health == hearsay.HealthDegraded }, 5*time.Second)
}

// More than a datagram arrives too, and more than the budget is refused as a whole.
func TestStateIsBoundedByItsBudget(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 2, Config: func(int) hearsay.Config { return hearsay.Config{StateBudget: 200_000} }})
	large := strings.Repeat("x", 150_000)
	n := c.Node("n0")
	if err := n.Metadata().PutLabels("large", large); err != nil {
		t.Fatal(err)
	}
	if err := n.Metadata().PutLabels("more", large); !errors.Is(err, state.ErrBudget) {
		t.Errorf("beyond the budget: %v", err)
	}
	until(t, c, func() bool {
		m, ok := c.Node("n2").Metadata().Of("n0")
		return ok && m.Labels["large"] == large && m.Labels["more"] == ""
	}, time.Minute)
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// Two sides of a split write, and all that they wrote is there when it has healed.
func TestStateOfASplitMeetsWhenItHeals(t *testing.T) {
	c := start(t, sim.Options{Nodes: 6, Seed: 5})
	demands := map[*sim.Node]*limiterv1.DemandReplica{}
	for _, n := range c.Nodes() {
		demands[n] = open(t, n)
	}
	c.Split(c.Nodes()[:3])
	run(t, c, 30*time.Second)
	for i, n := range c.Nodes() {
		if err := demands[n].SetRate(uint32(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, c, 10*time.Second)
	if rate(demands[c.Node("n0")], "n5") != 0 || rate(demands[c.Node("n0")], "n1") != 2 {
		t.Error("a split keeps apart what it should not, or does not what it should")
	}
	c.Heal()
	until(t, c, func() bool {
		for _, n := range c.Nodes() {
			for i, of := range c.Nodes() {
				if rate(demands[n], of.ID()) != uint32(i+1) {
					return false
				}
			}
		}
		return true
	}, time.Minute)
}

// What a loop over Changes would see is handled, at the instant at which it comes.
func TestAServiceIsToldOfChanges(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 2})
	n, writer := c.Node("n0"), open(t, c.Node("n1"))
	if err := writer.SetRate(1); err != nil {
		t.Fatal(err)
	}
	run(t, c, time.Second)
	var heard []string
	note := func(prefix string) func(limiterv1.DemandChange) {
		return func(ch limiterv1.DemandChange) {
			heard = append(heard, fmt.Sprint(prefix, ch.Member, " ", ch.Value.Rate, " ", ch.Deleted))
		}
	}
	expect := func(want string) {
		t.Helper()
		if got := strings.Join(heard, ", "); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
		heard = nil
	}
	demands := open(t, n)
	sim.OnChange(n, demands.Replica, note(""))
	run(t, c, 0)
	expect("n1 1 false") // what is there already
	for rate := range uint32(3) {
		if err := writer.SetRate(rate + 5); err != nil {
			t.Fatal(err)
		}
	}
	run(t, c, time.Second)
	expect("n1 7 false") // the latest
	if err := demands.SetRate(9); err != nil {
		t.Fatal(err)
	}
	run(t, c, 0)
	expect("n0 9 false") // one's own
	c.Node("n1").Crash()
	run(t, c, 20*time.Second)
	expect("n1 0 true") // which the schema hides when its member dies
	sim.OnChange(n, demands.Replica, note("second: "))
	n.Crash()
	run(t, c, time.Second)
	sim.OnChange(n, demands.Replica, note("third: "))
	run(t, c, time.Second)
	expect("")
}

// A service that answers its own writes for ever is stopped, and told.
func TestHandlersThatNeverEndAreAFailure(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Seed: 2})
	n := c.Node("n0")
	demands := open(t, n)
	sim.OnChange(n, demands.Replica, func(ch limiterv1.DemandChange) {
		if err := demands.SetRate(ch.Value.Rate + 1); err != nil {
			t.Error(err)
		}
	})
	if err := demands.SetRate(1); err != nil {
		t.Fatal(err)
	}
	err := c.Run(time.Second)
	if failure, ok := errors.AsType[*sim.Failure](err); !ok || failure.Rule != "progress" {
		t.Errorf("Run returns %v", err)
	}
}
