package sim

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// run makes a cluster and runs it, with its log.
func run(t *testing.T, o Options, length time.Duration, plan func(*Cluster)) (*Cluster, string, error) {
	t.Helper()
	var log bytes.Buffer
	o.Log, o.Packets = &log, true
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if plan != nil {
		plan(c)
	}
	err = c.Run(length)
	return c, log.String(), err
}

func TestOneSeedGivesOneLogAndAnotherAnother(t *testing.T) {
	o := Options{Nodes: 5, Seed: 7, StartSpread: time.Second}
	_, first, err := run(t, o, 20*time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, second, _ := run(t, o, 20*time.Second, nil)
	if first != second {
		t.Fatal("two runs of one seed have different logs")
	}
	o.Seed = 8
	if _, third, _ := run(t, o, 20*time.Second, nil); first == third {
		t.Fatal("two seeds have the same log")
	}
}

// A run in pieces is the run in one piece: progress bars change nothing.
func TestPiecesOfARunAreTheWhole(t *testing.T) {
	o := Options{Nodes: 4, Seed: 3}
	whole, _, _ := run(t, o, 10*time.Second, nil)
	pieces, _, _ := run(t, o, time.Second, func(c *Cluster) {
		for i := range 100 {
			if err := c.Run(time.Duration(i) * 7 * time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	})
	if err := pieces.Run(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if whole.Log().Hash() != pieces.Log().Hash() {
		t.Fatal("the logs differ")
	}
	if whole.Now() != 10*time.Second || pieces.Now() != whole.Now() {
		t.Fatalf("the runs end at %v and %v", whole.Now(), pieces.Now())
	}
}

func TestClusterForms(t *testing.T) {
	for _, converged := range []bool{false, true} {
		c, _, err := run(t, Options{Nodes: 9, Seed: 1, Converged: converged}, 10*time.Second, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Agreed() || c.Running() != 9 {
			t.Fatalf("converged start %v: %d nodes run and agree: %v", converged, c.Running(), c.Agreed())
		}
	}
}

// do is a fault made of a function.
type do func(c *Cluster) error

func (d do) Apply(c *Cluster) error { return d(c) }
func (do) String() string           { return "do" }

func TestCrashIsTimed(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 8, Seed: 2}, 30*time.Second, func(c *Cluster) {
		c.At(10*time.Second, do(func(c *Cluster) error { c.Nodes()[3].Crash(); return nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Crashes()) != 1 {
		t.Fatalf("%d crashes", len(c.Crashes()))
	}
	crash := c.Crashes()[0]
	if first := crash.First.Sub(crash.At); first < 2*time.Second || first > 15*time.Second {
		t.Errorf("found after %v", first)
	}
	if crash.All < crash.First || crash.All == 0 {
		t.Errorf("first at %v, all at %v", time.Duration(crash.First), time.Duration(crash.All))
	}
	if f := c.FalseDeaths(); f != (FalseDeaths{}) {
		t.Errorf("the death of who has crashed counts as false: %+v", f)
	}
}

// Blocked and stalled nodes differ: one's timers run, the other's do not.
func TestBlockedNodeRunsItsTimersAndAStalledOneDoesNot(t *testing.T) {
	steps := func(ill func(n *Node)) uint64 {
		c, _, err := run(t, Options{Nodes: 4, Seed: 5}, 10*time.Second, nil)
		if err != nil {
			t.Fatal(err)
		}
		ill(c.Nodes()[1])
		before := c.Nodes()[1].gossiper.Stats().Steps
		if err := c.Run(14 * time.Second); err != nil {
			t.Fatal(err)
		}
		return c.Nodes()[1].gossiper.Stats().Steps - before
	}
	stalled := steps(func(n *Node) { n.Stall(5 * time.Second) })
	blocked := steps(func(n *Node) { n.Block() })
	if stalled != 0 || blocked < 4 {
		t.Fatalf("in 4 s a stalled node took %d steps and a blocked one %d", stalled, blocked)
	}
}

func TestBlockedNodeSendsWhenItIsFree(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 2, Seed: 5}, 5*time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := c.Nodes()[1]
	n.Block()
	sent := n.sent.Packets
	if err := c.Run(8 * time.Second); err != nil {
		t.Fatal(err)
	}
	if n.sent.Packets != sent || len(n.port.held) == 0 {
		t.Fatalf("a blocked node sent %d packets and holds %d", n.sent.Packets-sent, len(n.port.held))
	}
	n.Unblock()
	if n.sent.Packets == sent || len(n.port.held) != 0 {
		t.Fatalf("a freed node sent %d packets and holds %d", n.sent.Packets-sent, len(n.port.held))
	}
}

func TestNodeMovesAndIsFoundAgain(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 5, Seed: 4}, 20*time.Second, func(c *Cluster) {
		c.At(8*time.Second, do(func(c *Cluster) error { return c.Nodes()[2].Move() }))
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := c.Nodes()[2]
	for _, n := range c.Nodes() {
		m, ok := n.Coordinator().View().Get(moved.ID())
		if !ok || len(m.Endpoints) != 1 || m.Endpoints[0].Address != moved.Address() {
			t.Errorf("%s shows %s at %v, and it is at %v", n.ID(), moved.ID(), m.Endpoints, moved.Address())
		}
	}
	if updates := c.Updates(); len(updates) != 1 || !updates[0].Done() || len(updates[0].Seen) != 4 {
		t.Errorf("the move was followed as %+v", updates)
	}
}

// grumbler is a rule that fails at an instant.
type grumbler struct{ at time.Duration }

var errGrumble = errors.New("grumble")

func (grumbler) Name() string { return "grumbler" }

func (g grumbler) Node(c *Cluster, _ *Node) error {
	if c.Now() >= g.at {
		return errGrumble
	}
	return nil
}

func TestBrokenRuleEndsTheRunAndSaysWhere(t *testing.T) {
	o := Options{Nodes: 3, Seed: 1, Checkers: func() []Checker { return []Checker{grumbler{3 * time.Second}} }}
	c, log, err := run(t, o, 10*time.Second, nil)
	var failure *Failure
	if !errors.As(err, &failure) || !errors.Is(err, errGrumble) {
		t.Fatalf("got %v", err)
	}
	if failure.Checker != "grumbler" || failure.Node == "" || failure.At < 3*time.Second || failure.At > 5*time.Second {
		t.Errorf("got %+v", failure)
	}
	if c.Now() != failure.At || !strings.Contains(log, "grumbler") {
		t.Errorf("the run went on to %v, or the log does not say why it ended", c.Now())
	}
}

func TestPanicOfTheProtocolIsAFailure(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 3, Seed: 1}, 10*time.Second, func(c *Cluster) {
		c.At(time.Second, do(func(*Cluster) error { panic("ouch") }))
	})
	var failure *Failure
	if !errors.As(err, &failure) || failure.Checker != "panic" || !strings.Contains(err.Error(), "ouch") {
		t.Fatalf("got %v", err)
	}
	if c.Now() != time.Second {
		t.Errorf("the run went on to %v", c.Now())
	}
}

func TestQuietClusterSendsTwoPacketsANodeAndSecond(t *testing.T) {
	c, _, err := run(t, Options{Nodes: 6, Seed: 9}, 40*time.Second, func(c *Cluster) {
		c.At(20*time.Second, do(func(c *Cluster) error { c.Measure("quiet"); return nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	window := c.Windows()[0]
	packets, bytes := window.Traffic.PerNodeSecond()
	if packets < 1.99 || packets > 2.01 {
		t.Errorf("%.3f packets", packets)
	}
	var parts uint64
	for _, part := range window.Traffic.Parts {
		parts += part
	}
	if parts != window.Traffic.Bytes || bytes > 80 {
		t.Errorf("%.1f bytes; the parts sum to %d of %d", bytes, parts, window.Traffic.Bytes)
	}
	if got := window.To.Sub(window.From); got != 20*time.Second || membership.Instant(20*time.Second) != window.From {
		t.Errorf("the window is %v long", got)
	}
}
