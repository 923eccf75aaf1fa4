package sim

import (
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/state"
)

func TestObserverSeesTheClusterAndCountsAsNoMember(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 6, Observers: 2, Seed: 3}, 20*time.Second, func(c *Cluster) {
		c.At(10*time.Second, do(func(c *Cluster) error { c.Nodes()[5].Crash(); return nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Running() != 5 || c.Members() != 4 || !c.Agreed() {
		t.Fatalf("%d run, %d of them members, and agree: %v", c.Running(), c.Members(), c.Agreed())
	}
	if live := c.Nodes()[4].Coordinator().View().Len(); !c.Nodes()[4].Observer() || live != 4 {
		t.Errorf("the observer sees %d members", live)
	}
	if crashes := c.Crashes(); len(crashes) != 0 {
		t.Errorf("the crash of an observer is to be found: %+v", crashes)
	}
}

func TestImpossibleObserversAreRefused(t *testing.T) {
	for _, o := range []Options{
		{Nodes: 3, Observers: 3}, {Nodes: 3, Observers: 2, Seeds: 2}, {Nodes: 3, Observers: -1}, {Nodes: 3, Observers: 1, Converged: true},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
}

// Tables can be equal before the views are that users were told of, never the
// other way round where nobody is hidden.
func TestMarkWaitsForTablesAndForViews(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 8, Seed: 3}, 20*time.Second, func(c *Cluster) {
		c.At(0, do(func(c *Cluster) error { c.Mark("started"); return nil }))
		c.At(10*time.Second, do(func(c *Cluster) error { c.Mark("quiet"); return nil }))
		c.At(12*time.Second, do(func(c *Cluster) error { c.Nodes()[3].Crash(); c.Mark("crashed"); return nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	started, quiet, crashed := c.Marks()[0], c.Marks()[1], c.Marks()[2]
	if started.Agreed == 0 || started.Shown < started.Agreed {
		t.Errorf("tables were equal at %v, views at %v", started.Agreed, started.Shown)
	}
	if quiet.Agreed != quiet.At || quiet.Shown != quiet.At {
		t.Errorf("in a quiet cluster tables were equal at %v, views at %v, and not at %v", quiet.Agreed, quiet.Shown, quiet.At)
	}
	found := c.Crashes()[0].All
	if crashed.Shown < found || crashed.Agreed == 0 {
		t.Errorf("all showed the crashed as Dead at %v, and views were equal at %v, tables at %v", found, crashed.Shown, crashed.Agreed)
	}
	if c.MostObituaries() != 1 {
		t.Errorf("one death was told in %d topology updates", c.MostObituaries())
	}
}

func TestQuarantineIsKnownByTheNodesOwnClock(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 3, Seed: 3}, 10*time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, other := c.Nodes()[1], c.Nodes()[2]
	n.SetClockRate(2)
	if err := n.Quarantine(other, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	for after, want := range []bool{true, true, true, true, true, false, false} {
		if err := c.Run(time.Duration(10+after) * time.Second); err != nil {
			t.Fatal(err)
		}
		if n.KeepsOut(other, 0) != want || other.KeepsOut(n, 0) {
			t.Errorf("%d s later: %v", after, n.KeepsOut(other, 0))
		}
	}
}

func TestWhatIsWrittenIsRememberedUntilItIsRemoved(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 2, Seed: 3}, 10*time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, slot := c.Nodes()[1], state.Slot{Type: 9, Field: 1}
	write := func(ch state.Change) {
		ch.Slot = slot
		if err := n.Write(ch); err != nil {
			t.Fatal(err)
		}
	}
	write(state.Change{Value: []byte("one")})
	write(state.Change{Value: make([]byte, 16<<20)}) // more than the budget
	if got := n.Written()[slot]; got != "one" {
		t.Errorf("%d bytes are remembered", len(got))
	}
	if err := c.Run(12 * time.Second); err != nil {
		t.Fatal(err)
	}
	held := c.Nodes()[0].Coordinator().StateOf(n.ID())
	if held == nil || !held.Equal(n.Coordinator().OwnState()) {
		t.Error("the other node holds something else")
	}
	write(state.Change{Deleted: true})
	if len(n.Written()) != 0 {
		t.Error("what was removed is remembered")
	}
	n.Crash()
	if err := n.Start(Lifetime{}); err != nil || n.Written() != nil {
		t.Errorf("a new life has written something: %v, %v", n.Written(), err)
	}
}
