package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/sim"
)

func TestACrashIsFoundAndARestartIsANewLife(t *testing.T) {
	c := start(t, sim.Options{Nodes: 5, Seed: 1})
	n := c.Node("n2")
	before, last := n.Generation(), n.View()
	n.Crash()
	n.Crash() // of who does not run is nothing
	if n.Running() || n.Generation() != 0 || n.Joined() || n.View() != last {
		t.Errorf("after its end: running %v, generation %x, joined %v", n.Running(), n.Generation(), n.Joined())
	}
	until(t, c, func() bool { return c.Agreed() }, 15*time.Second)
	if got := shows(c.Node("n0"), "n2"); got != hearsay.StatusDead {
		t.Errorf("it is shown %v", got)
	}
	n.Start()
	n.Start() // of who runs is nothing
	until(t, c, func() bool { return c.Agreed() }, 15*time.Second)
	if n.Generation() <= before {
		t.Errorf("generation %x follows %x", n.Generation(), before)
	}
}

// All that remembered the node's lives have ended with it: its file alone knows.
func TestAStateFileSurvivesACrash(t *testing.T) {
	for _, file := range []string{"", "any"} {
		c := start(t, sim.Options{Nodes: 1, Config: func(int) hearsay.Config { return hearsay.Config{StateFile: file} }})
		n := c.Node("n0")
		before := n.Generation() >> 32
		n.Restart()
		run(t, c, time.Second)
		if remembered := n.Generation()>>32 > before; remembered != (file != "") {
			t.Errorf("with file %q: counter %d follows %d", file, n.Generation()>>32, before)
		}
	}
}

func TestALeaveIsToldAndNobodyIsDead(t *testing.T) {
	c := start(t, sim.Options{Nodes: 4, Seed: 9})
	c.Always("nobody is dead", func() error {
		if got := shows(c.Node("n0"), "n3"); got == hearsay.StatusDead || got == hearsay.StatusSuspect {
			return fmt.Errorf("it is %v", got)
		}
		return nil
	})
	c.Node("n3").Leave()
	until(t, c, func() bool { return !c.Node("n3").Running() && c.Agreed() }, 5*time.Second)
	if got := shows(c.Node("n0"), "n3"); got != hearsay.StatusRemoved {
		t.Errorf("it is shown %v", got)
	}
}

func TestASplitHasSidesAndHeals(t *testing.T) {
	c := start(t, sim.Options{Nodes: 7, Seed: 4})
	nodes := c.Nodes()
	left, right, rest := nodes[:3], nodes[3:5], nodes[5:]
	c.Split(left, right)
	if c.Agreed(left...) {
		t.Error("a side agrees before it can know")
	}
	until(t, c, func() bool { return c.Agreed(left...) && c.Agreed(right...) && c.Agreed(rest...) }, time.Minute)
	c.Split(left) // replaces it: the others are one side
	until(t, c, func() bool { return c.Agreed(left...) && c.Agreed(nodes[3:]...) }, time.Minute)
	c.Heal()
	until(t, c, func() bool { return c.Agreed() }, time.Minute)
}

// version returns what a member says of its version, as a node has it.
func version(n *sim.Node, member string) string {
	if m, ok := n.Metadata().Of(member); ok {
		return m.Version
	}
	return ""
}

func TestACutIsOfOneDirection(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Seed: 6})
	a, b := c.Nodes()[0], c.Nodes()[1]
	lost := func() (fromA, fromB bool) {
		versions := [2]string{fmt.Sprint("a", c.Now()), fmt.Sprint("b", c.Now())}
		for i, n := range c.Nodes() {
			if err := n.Metadata().SetVersion(versions[i]); err != nil {
				t.Fatal(err)
			}
		}
		run(t, c, 2*time.Second)
		return version(b, "n0") != versions[0], version(a, "n1") != versions[1]
	}
	expect := func(when string, fromA, fromB bool) {
		t.Helper()
		if gotA, gotB := lost(); gotA != fromA || gotB != fromB {
			t.Errorf("%s: what a says is lost: %v; what b says: %v", when, gotA, gotB)
		}
	}
	expect("in the beginning", false, false)
	c.Cut(a, b)
	expect("cut", true, false)
	c.Mend(a, b)
	run(t, c, 10*time.Second)
	expect("mended", false, false)
	c.Cut(nil, a)
	expect("cut off from all", false, true)
	c.Heal()
	run(t, c, 10*time.Second)
	expect("healed", false, false)
}

func TestALinkHasLatencyAndLoss(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Seed: 6})
	a, b := c.Nodes()[0], c.Nodes()[1]
	// heard returns how long what a says takes to b.
	heard := func() time.Duration {
		said, from := fmt.Sprint(c.Now()), c.Now()
		if err := a.Metadata().SetVersion(said); err != nil {
			t.Fatal(err)
		}
		until(t, c, func() bool { return version(b, "n0") == said }, time.Hour)
		return c.Now() - from
	}
	if took := heard(); took > 20*time.Millisecond {
		t.Errorf("over a local network it takes %v", took)
	}
	c.SetLink(a, b, sim.Link{Latency: 300 * time.Millisecond})
	if took := heard(); took < 300*time.Millisecond || took > 320*time.Millisecond {
		t.Errorf("over a link of 300 ms it takes %v", took)
	}
	c.SetLink(a, nil, sim.Link{Loss: 1}) // less exact
	heard()
	c.Heal()
	if took := heard(); took > 20*time.Millisecond {
		t.Errorf("healed, it takes %v", took)
	}
	c.SetLink(nil, nil, sim.Link{Loss: 1})
	until(t, c, func() bool { return a.Isolated() && b.Isolated() }, time.Minute)
	c.Heal()
	until(t, c, func() bool { return c.Agreed() && !a.Isolated() }, time.Minute)
}

func TestAPausedProcessDoesNothingAndABlockedOneHearsNothing(t *testing.T) {
	c := start(t, sim.Options{Nodes: 4, Seed: 8})
	n, ticks := c.Node("n1"), 0
	n.Every(100*time.Millisecond, func() { ticks++ })
	during := func(d time.Duration) (ticked int, sent uint64) {
		beforeTicks := ticks
		before, _ := n.Sent()
		run(t, c, d)
		after, _ := n.Sent()
		return ticks - beforeTicks, after - before
	}
	if ticked, sent := during(2 * time.Second); ticked < 19 || sent == 0 {
		t.Errorf("it ticks %d times and sends %d", ticked, sent)
	}
	n.Pause(2 * time.Second)
	if ticked, sent := during(2*time.Second - time.Nanosecond); ticked != 0 || sent != 0 {
		t.Errorf("paused, it ticks %d times and sends %d", ticked, sent)
	}
	if ticked, sent := during(time.Millisecond); ticked != 1 || sent == 0 {
		t.Errorf("after the pause it ticks %d times and sends %d", ticked, sent)
	}
	n.Block()
	if ticked, sent := during(2 * time.Second); ticked < 19 || sent != 0 {
		t.Errorf("blocked, it ticks %d times and sends %d", ticked, sent)
	}
	n.Unblock()
	if ticked, sent := during(time.Second); ticked < 9 || sent == 0 {
		t.Errorf("unblocked, it ticks %d times and sends %d", ticked, sent)
	}
	until(t, c, func() bool { return c.Agreed() }, time.Minute)
}

// A mistake of the test ends the run, and says what it is.
func TestMistakesEndTheRun(t *testing.T) {
	for want, mistake := range map[string]func(c *sim.Cluster){
		"side 1: n0 is named twice": func(c *sim.Cluster) { c.Split(c.Nodes()[:1], c.Nodes()) },
		"n1 is a node of another": func(c *sim.Cluster) {
			other, _ := sim.New(sim.Options{Nodes: 2})
			c.Cut(c.Node("n0"), other.Node("n1"))
		},
		"Loss = 2: give a share":      func(c *sim.Cluster) { c.SetLink(nil, nil, sim.Link{Loss: 2}) },
		"pause n1 for -1s":            func(c *sim.Cluster) { c.Node("n1").Pause(-time.Second) },
		"Run(-1s): give 0 or more":    func(c *sim.Cluster) { _ = c.Run(-time.Second) },
		"Until(…, 0s): give the":      func(c *sim.Cluster) { _ = c.Until(func() bool { return true }, 0) },
		"Run, Until and Check are":    func(c *sim.Cluster) { c.At(time.Second, func() { _ = c.Run(1) }) },
		"sim: Every(0s): give more":   func(c *sim.Cluster) { c.At(time.Second, func() { c.Node("n0").Every(0, nil) }) },
		"Config(2): NodeID is set":    func(c *sim.Cluster) { c.Add("n2") },
		"nil pointer dereference":     func(c *sim.Cluster) { c.At(0, func() { c.Node("n9").Crash() }) },
		"Main of n1: the second life": func(c *sim.Cluster) { c.Node("n1").Restart() },
	} {
		lives := map[string]int{}
		c, err := sim.New(sim.Options{
			Nodes: 2, Seed: 77,
			Config: func(node int) hearsay.Config { return hearsay.Config{NodeID: strings.Repeat("x", max(0, node-1))} },
			Main: func(n *sim.Node) error {
				if lives[n.ID()]++; lives[n.ID()] > 1 {
					return fmt.Errorf("the second life")
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		mistake(c)
		err = c.Run(2 * time.Second)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run returns %v, want %q", err, want)
		}
		if again := c.Run(time.Second); again != err || c.Check() != err {
			t.Errorf("what has ended goes on: %v after %v", again, err)
		}
	}
}
