package sim_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/sim"
)

// member is what a service may ask of a node, simulated or not.
type member interface {
	ID() string
	Generation() uint64
	Joined() bool
	Isolated() bool
	Observer() bool
	View() *hearsay.View
	Members() iter.Seq[hearsay.Member]
	Metadata() *hearsay.MetadataReplica
	SetHealth(hearsay.Health) error
}

var _, _ member = (*hearsay.Node)(nil), (*sim.Node)(nil)

// start makes a cluster of nodes that agree.
func start(t testing.TB, o sim.Options) *sim.Cluster {
	t.Helper()
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	until(t, c, func() bool { return c.Agreed() && joined(c) }, 20*time.Second)
	return c
}

func joined(c *sim.Cluster) bool {
	for _, n := range c.Nodes() {
		if !n.Joined() {
			return false
		}
	}
	return true
}

func run(t testing.TB, c *sim.Cluster, d time.Duration) {
	t.Helper()
	if err := c.Run(d); err != nil {
		t.Fatal(err)
	}
}

func until(t testing.TB, c *sim.Cluster, holds func() bool, within time.Duration) {
	t.Helper()
	if err := c.Until(holds, within); err != nil {
		t.Fatal(err)
	}
}

// shows returns how a node shows a member.
func shows(n *sim.Node, id string) hearsay.Status {
	m, _ := n.View().Get(id)
	return m.Status
}

// adventure runs a service through one thing of each kind, and returns its log and
// the hash of it.
func adventure(t *testing.T, o sim.Options) (log, hash string) {
	t.Helper()
	var text bytes.Buffer
	o.Log = &text
	o.Main = func(n *sim.Node) error {
		n.Every(5*time.Second, func() {
			err := n.Metadata().Update(func(m *hearsay.Metadata) {
				m.Version = fmt.Sprint(n.Rand().IntN(100))
				m.Labels = map[string]string{}
				for i := range 8 { // in whatever order the map has
					m.Labels[fmt.Sprint(i)] = fmt.Sprint(n.Rand().IntN(3))
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
		n.OnEvent(func(e hearsay.Event) {
			if e, ok := e.(hearsay.MemberStatusChanged); ok && e.Member.Status == hearsay.StatusDead {
				fmt.Fprintln(&text, "told", n, e.Member.ID)
			}
		})
		return nil
	}
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	nodes := c.Nodes()
	c.At(10*time.Second, func() { nodes[1].Crash() })
	c.At(12*time.Second, func() { nodes[2].Pause(5 * time.Second) })
	c.At(20*time.Second, func() { c.Split(nodes[:3]) })
	c.At(30*time.Second, c.Heal)
	c.At(31*time.Second, nodes[1].Start)
	c.At(32*time.Second, func() { c.SetLink(nil, nodes[0], sim.Link{Latency: 10 * time.Millisecond, Loss: 0.3, Duplicate: 0.1}) })
	run(t, c, 40*time.Second)
	nodes[3].Leave()
	c.Add("late")
	run(t, c, 20*time.Second)
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return text.String(), c.Hash()
}

func TestOneSeedIsOneRun(t *testing.T) {
	o := sim.Options{Nodes: 5, Seed: 11, StartSpread: 2 * time.Second}
	log, hash := adventure(t, o)
	again, hashAgain := adventure(t, o)
	if log != again || hash != hashAgain {
		t.Errorf("two runs of one seed differ: %d and %d bytes of log, %s and %s", len(log), len(again), hash, hashAgain)
	}
	for _, want := range []string{"fault crash n1", "fault pause n2 for 5s", "fault split n0 n1 n2", "fault heal", "fault start n1", "told n0 n1", "n3 has left", "late joined"} {
		if !strings.Contains(log, want+"\n") && !strings.Contains(log, want+" ") {
			t.Errorf("the log does not tell of %q", want)
		}
	}
	o.Seed = 12
	if _, other := adventure(t, o); other == hash {
		t.Error("two seeds give one run")
	}
}

// Whether a test looks on is no part of the run.
func TestPiecesOfARunAreTheWhole(t *testing.T) {
	whole, pieces := start(t, sim.Options{Nodes: 4, Seed: 3}), start(t, sim.Options{Nodes: 4, Seed: 3})
	run(t, whole, 7*time.Second)
	for range 70 {
		run(t, pieces, 100*time.Millisecond)
		pieces.Agreed()
	}
	if whole.Hash() != pieces.Hash() || whole.Now() != pieces.Now() {
		t.Errorf("the runs differ at %v and %v", whole.Now(), pieces.Now())
	}
}

func TestANewClusterRunsItsMains(t *testing.T) {
	for _, converged := range []bool{false, true} {
		var started []string
		c, err := sim.New(sim.Options{Nodes: 3, Converged: converged, Main: func(n *sim.Node) error {
			started = append(started, fmt.Sprint(n, " at ", n.Now().Format("2006-01-02 15:04:05")))
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if want := "[n0 at 2000-01-01 00:00:00 n1 at 2000-01-01 00:00:00 n2 at 2000-01-01 00:00:00]"; fmt.Sprint(started) != want {
			t.Errorf("converged %v: started %v, want %s", converged, started, want)
		}
		if c.Agreed() != converged {
			t.Errorf("converged %v: at once they agree: %v", converged, c.Agreed())
		}
		until(t, c, func() bool { return c.Agreed() }, 10*time.Second)
	}
}

func TestAMainThatFailsEndsTheRun(t *testing.T) {
	broken := errors.New("no database")
	failing := func(n *sim.Node) error {
		if n.ID() == "n1" {
			return broken
		}
		return nil
	}
	_, err := sim.New(sim.Options{Nodes: 2, Seed: 5, Main: failing})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "seed 5") || !strings.Contains(err.Error(), "Main of n1") {
		t.Errorf("New returns %v", err)
	}
	c, err := sim.New(sim.Options{Nodes: 2, StartSpread: time.Minute, Main: failing})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(time.Minute); !errors.Is(err, broken) {
		t.Errorf("Run returns %v", err)
	}
}

func TestClustersGrow(t *testing.T) {
	c := start(t, sim.Options{Nodes: 2, Config: func(node int) hearsay.Config {
		return hearsay.Config{Zone: fmt.Sprint("z", node), Observer: node == 3}
	}})
	added, watching := c.Add("x"), c.Add("dashboard")
	if c.Node("x") != added || added.Index() != 2 || c.Node("nobody") != nil {
		t.Errorf("added %v at %d", added, added.Index())
	}
	until(t, c, func() bool { return c.Agreed() }, 10*time.Second)
	if m, _ := c.Node("n0").View().Get("x"); m.Zone != "z2" {
		t.Errorf("it is in zone %q", m.Zone)
	}
	if !watching.Observer() || shows(watching, "x") != hearsay.StatusUp || shows(added, "dashboard") != hearsay.StatusUnknown {
		t.Errorf("the observer shows %v, and x shows %v", watching.View(), added.View())
	}
	if err := watching.SetHealth(hearsay.HealthDegraded); !errors.Is(err, hearsay.ErrObserver) {
		t.Errorf("an observer reports its health: %v", err)
	}
	if packets, bytes := added.Sent(); packets == 0 || bytes < packets {
		t.Errorf("it has sent %d bytes in %d envelopes", bytes, packets)
	}
	all, _ := c.Sent()
	sum := uint64(0)
	for _, n := range c.Nodes() {
		packets, _ := n.Sent()
		sum += packets
	}
	if all != sum {
		t.Errorf("all have sent %d envelopes, and each of them together %d", all, sum)
	}
}

// Of two processes of one id the newer wins, as in life.
func TestTwoProcessesOfOneID(t *testing.T) {
	c := start(t, sim.Options{Nodes: 3, Seed: 2})
	old, twin := c.Node("n2"), c.Add("n2")
	if c.Agreed() {
		t.Error("they agree about two processes of one id")
	}
	superseded := false
	old.OnEvent(func(e hearsay.Event) {
		if _, ok := e.(hearsay.Superseded); ok {
			superseded = true
		}
	})
	until(t, c, func() bool { return !old.Running() && c.Agreed() }, time.Minute)
	if !twin.Running() || !superseded {
		t.Errorf("the newer one runs: %v; the older one was told: %v", twin.Running(), superseded)
	}
}
