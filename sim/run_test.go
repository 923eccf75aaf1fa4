package sim_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/sim"
)

func TestUntilEndsAtTheFirstInstantOrSaysWhatWasInstead(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 21})
	from := c.Now()
	until(t, c, func() bool { return true }, time.Hour)
	if c.Now() != from {
		t.Errorf("what holds already took %v", c.Now()-from)
	}
	done := false
	c.At(from+1500*time.Millisecond, func() { done = true })
	until(t, c, func() bool { return done }, time.Hour)
	if got := c.Now() - from; got != 1500*time.Millisecond {
		t.Errorf("what comes to hold after 1.5 s took %v", got)
	}
	// A condition of the time alone, when nothing else happens.
	for _, n := range c.Nodes() {
		n.Crash()
	}
	end := c.Now() + time.Hour
	until(t, c, func() bool { return c.Now() >= end }, time.Hour)
	for _, n := range c.Nodes() {
		n.Start()
	}
	err := c.Until(func() bool { return false }, 10*time.Second)
	if !errors.Is(err, sim.ErrNotReached) {
		t.Fatal(err)
	}
	for _, want := range []string{"seed 21", "within 10s", "n0 n1 n2 see n0 n1 n2"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	run(t, c, time.Second) // it may go on
}

// Nothing happens in a cluster that has died, for as long as there is time.
func TestTimeEndsAndDoesNotTurnBack(t *testing.T) {
	c := start(t, sim.Options{Nodes: 1, Seed: 1})
	c.Node("n0").Crash()
	for range 2 {
		before := c.Now()
		run(t, c, math.MaxInt64)
		if c.Now() < before || c.Now() < 290*365*24*time.Hour {
			t.Errorf("after %v it is %v", before, c.Now())
		}
	}
}

func TestWhoSeesWhomIsToldInFewWords(t *testing.T) {
	c := start(t, sim.Options{Nodes: 40, Seed: 1, Converged: true})
	for _, n := range c.Nodes()[:9] {
		c.Cut(nil, n)
	}
	err := c.Until(func() bool { return false }, time.Minute)
	for _, want := range []string{": n09 n10 ", "and 19 more see n09 n10 ", "; n00 see n00; ", "; and 4 views more"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if len(err.Error()) > 1000 {
		t.Errorf("it takes %d bytes", len(err.Error()))
	}
}

func TestARuleThatBreaksEndsTheRunWithItsSeed(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 31})
	crashed, missing := c.Now()+time.Second, errors.New("n2 is missing")
	c.At(crashed, func() { c.Node("n2").Crash() })
	asked := 0
	c.Always("three run", func() error {
		if asked++; !c.Node("n2").Running() {
			return missing
		}
		return nil
	})
	if asked != 1 {
		t.Errorf("a new rule is asked %d times", asked)
	}
	err := c.Run(time.Minute)
	failure, ok := errors.AsType[*sim.Failure](err)
	if !ok || !errors.Is(err, missing) {
		t.Fatalf("Run returns %v", err)
	}
	if failure.Seed != 31 || failure.Rule != "three run" || failure.At != crashed || c.Now() != crashed {
		t.Errorf("the failure is %+v, at %v", failure, c.Now())
	}
	if want := fmt.Sprintf("sim: seed 31: after %v: three run: n2 is missing", crashed); err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
	if c.Until(func() bool { return true }, time.Second) != err || c.Check() != err {
		t.Error("what has failed goes on")
	}
}

// What a service does wrong is told with the seed, and where.
func TestAPanicOfAServiceIsAFailure(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Seed: 3})
	c.Node("n1").After(time.Second, func() { panic("ouch") })
	err := c.Run(time.Minute)
	failure, ok := errors.AsType[*sim.Failure](err)
	if !ok || failure.Rule != "panic" || !strings.Contains(err.Error(), "ouch") || !strings.Contains(err.Error(), "run_test.go") {
		t.Errorf("Run returns %v", err)
	}
}

// The rules of the protocol watch over every run: a member that is shown dead and is
// not would end it, unless something was done to it.
func TestNobodyIsTakenForDeadUnlessSomethingWasDone(t *testing.T) {
	for _, n := range []int{2, 33} {
		c := start(t, sim.Options{Nodes: n, Seed: 1})
		run(t, c, 2*time.Minute)
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
	c := start(t, sim.Options{Nodes: 3, Seed: 1, Link: sim.Link{Latency: 20 * time.Second}, Converged: true})
	until(t, c, func() bool { return !c.Agreed() }, time.Hour)
}

func TestRandomnessIsOfTheSeed(t *testing.T) {
	draw := func(seed uint64) (text string) {
		c := start(t, sim.Options{Nodes: 2, Seed: seed})
		n := c.Node("n1")
		text = fmt.Sprint(c.Rand().Uint64(), c.Rand().Uint64(), n.Rand().Uint64(), n.Rand().Uint64())
		n.Restart()
		return text + fmt.Sprint(" ", n.Rand().Uint64())
	}
	a, b, c := draw(1), draw(1), draw(2)
	if a != b || a == c {
		t.Errorf("seeds 1, 1 and 2 give %s, %s and %s", a, b, c)
	}
	words := strings.Fields(a)
	for i, word := range words {
		for _, other := range words[:i] {
			if word == other {
				t.Errorf("drawn twice: %s", a)
			}
		}
	}
}

// What the service hears makes the view that the node has.
func TestEventsMakeTheView(t *testing.T) {
	built := map[*sim.Node]*hearsay.ViewBuilder{}
	main := func(n *sim.Node) error {
		var b hearsay.ViewBuilder
		built[n] = &b
		n.OnEvent(func(e hearsay.Event) {
			if e, ok := e.(hearsay.TopologyUpdated); ok {
				b.Apply(e)
			}
		})
		return nil
	}
	c := start(t, sim.Options{Nodes: 5, Seed: 3, Main: main})
	c.Always("views are made of events", func() error {
		for _, n := range c.Nodes() {
			if view := built[n].View(); n.Running() && (view == nil || !view.Equal(n.View())) {
				return fmt.Errorf("at %v the view is %v, and %v of events", n, n.View(), view)
			}
		}
		return nil
	})
	c.Node("n1").Restart()
	c.Split(c.Nodes()[:2])
	run(t, c, 30*time.Second)
	c.Heal()
	until(t, c, func() bool { return c.Agreed() }, 2*time.Minute)
}

func TestTimersAndHandlersEndWithTheirLife(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 3})
	n := c.Node("n1")
	var did []string
	note := func(what string) func() { return func() { did = append(did, what) } }
	n.After(time.Second, note("after"))
	n.After(time.Second, note("stopped"))()
	stop := n.Every(time.Second, note("every"))
	n.After(2500*time.Millisecond, func() { stop() })
	n.After(5*time.Second, note("of the dead"))
	n.OnEvent(func(hearsay.Event) {
		if !n.Running() {
			t.Error("a handler runs after the end")
		}
	})
	n.OnEvent(func(e hearsay.Event) { n.Crash() }) // at once, with the first
	c.Node("n2").OnEvent(func(e hearsay.Event) {
		if e, ok := e.(hearsay.MemberStatusChanged); ok {
			did = append(did, fmt.Sprint("n1 is ", e.Member.Status))
		}
	})
	run(t, c, 0)
	if n.Running() {
		t.Fatal("the handler was not told of the view")
	}
	n.After(time.Second, note("on who does not run"))
	n.Every(time.Second, note("on who does not run"))
	n.OnEvent(func(hearsay.Event) { t.Error("an event of who does not run") })
	run(t, c, 10*time.Second)
	if want := "[n1 is suspect n1 is dead]"; fmt.Sprint(did) != want {
		t.Errorf("done is %v, want %s", did, want)
	}
	n.Start()
	n.After(time.Second, note("after"))
	stop = n.Every(time.Second, note("every"))
	n.After(2500*time.Millisecond, func() { stop() })
	did = nil
	run(t, c, 700*time.Millisecond)
	did = nil
	run(t, c, 10*time.Second)
	if want := "[after every every]"; fmt.Sprint(did) != want {
		t.Errorf("done is %v, want %s", did, want)
	}
}
