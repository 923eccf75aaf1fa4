package membership

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/state"
)

// holdsAll tells whether a node holds what every member has written.
func (c *cluster) holdsAll(n *testNode) bool {
	for _, owner := range c.up() {
		own := owner.OwnState()
		if owner == n || own.Latest() == 0 {
			continue
		}
		if held := n.StateOf(owner.cfg.ID); held == nil || held.Held() != own.Latest() || !held.Equal(own) {
			return false
		}
	}
	return true
}

func TestStateConvergesThroughARelayAlone(t *testing.T) {
	c := newCluster(t, 340)
	relay := addressOf(0)
	c.cut = func(from, to netip.AddrPort) bool { // two sides, and one in between
		side := func(a netip.AddrPort) byte { return a.Addr().As4()[3] % 2 }
		return from != relay && to != relay && side(from) != side(to)
	}
	c.grow(7)
	c.within(20*time.Second, "all Up", func() bool { return c.allSee(7, StatusUp) })
	for i, n := range c.nodes {
		c.write(n, field(1, "", fmt.Sprint(i)), field(2, "large", strings.Repeat("x", 20_000)), field(3, "gone", "y"))
	}
	took := c.stateWithin(5*time.Second, "equal state on both sides")
	t.Logf("20 KB of each took %v", took)
	c.write(c.nodes[1], field(1, "", "changed"), without(3, "gone"))
	took = c.stateWithin(2*time.Second, "a change on both sides")
	t.Logf("a change took %v", took)
	c.run(time.Minute, nil)
	if !c.allSee(7, StatusUp) {
		t.Error("who cannot be reached but through others is no member any more")
	}
	c.check()
}

// What is too much for a datagram goes from peer to peer, and not from its owner to
// everyone.
func TestALargeWriteSpreadsFromPeerToPeer(t *testing.T) {
	const nodes, size = 60, 100_000
	const near, far = 500 * time.Microsecond, 20 * time.Millisecond
	one, many := []state.Change{field(1, "", strings.Repeat("x", size))}, make([]state.Change, size/500)
	for i := range many {
		many[i] = field(uint32(i+1), "", strings.Repeat("y", 500))
	}
	for name, test := range map[string]struct {
		changes []state.Change
		loss    float64
		latency time.Duration
		within  time.Duration
		// serves is how many copies the writer may send.
		serves int
	}{
		"one value":               {one, 0, near, 300 * time.Millisecond, 12},
		"many values":             {many, 0, near, 300 * time.Millisecond, 12},
		"one value, under loss":   {one, 0.2, near, 10 * time.Second, nodes},
		"many values, under loss": {many, 0.2, near, 10 * time.Second, nodes},
		"one value, far away":     {one, 0, far, 3 * time.Second, nodes / 2},
		"many values, far away":   {many, 0, far, 3 * time.Second, nodes / 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := formed(t, 343, nodes, nil)
			c.run(5*time.Second, nil)
			for _, n := range c.nodes {
				n.bytes = 0
			}
			c.loss, c.latency = test.loss, test.latency
			writer := c.nodes[1]
			c.write(writer, test.changes...)
			took := c.stateWithin(test.within, "all have it")
			total := 0
			for _, n := range c.nodes {
				total += n.bytes
			}
			t.Logf("took %v; %d bytes for %d to be had, %d of them from the writer", took, total, (nodes-1)*size, writer.bytes)
			if writer.bytes > test.serves*size || test.loss == 0 && test.latency == near && total > 3*(nodes-1)*size/2 {
				t.Errorf("%d bytes for %d to be had, %d of them from the writer", total, (nodes-1)*size, writer.bytes)
			}
			c.check()
		})
	}
}

func TestAnObserverHoldsAllStateAndWritesNone(t *testing.T) {
	c := newCluster(t, 341)
	c.configure = func(cfg *Config) { cfg.TombstoneLife = time.Minute }
	c.grow(16)
	c.within(20*time.Second, "all Up", func() bool { return c.allSee(16, StatusUp) })
	for i, n := range c.nodes {
		c.write(n, field(1, "", fmt.Sprint(i)), field(2, "large", strings.Repeat("x", 30_000)))
	}
	o := c.observer(100, addressOf(0))
	took := c.within(5*time.Second, "it holds all", func() bool { return c.holdsAll(o) })
	t.Logf("480 KB took %v", took)
	c.write(c.nodes[7], field(1, "", "changed"), without(2, "large"))
	took = c.within(4*time.Second, "it holds a change", func() bool { return c.holdsAll(o) })
	t.Logf("a change took %v", took)
	if err := o.WriteState(c.now, nil); err != nil {
		t.Errorf("nothing written: %v", err)
	}
	if err := o.WriteState(c.now, []state.Change{field(1, "", "mine")}); !errors.Is(err, ErrObserver) {
		t.Errorf("an observer's write: %v", err)
	}
	// Away for longer than tombstones live, and back.
	c.cut = func(from, to netip.AddrPort) bool { return from == o.at || to == o.at }
	c.write(c.nodes[3], without(2, "large"))
	c.run(5*time.Minute, nil)
	c.cut = nil
	c.within(10*time.Second, "it holds all again", func() bool { return c.holdsAll(o) && o.sees(c.nodes[0]) })
	asked := o.Stats().StateAsked
	c.run(time.Minute, nil)
	if again := o.Stats().StateAsked; again != asked {
		t.Errorf("it asks %d times for what it has", again-asked)
	}
	c.check()
}

func TestOfTwoWritersWithOneIDTheNewerLifeIsKept(t *testing.T) {
	c := formed(t, 342, 6, nil)
	first := c.nodes[4]
	c.write(first, field(1, "", "first"), field(2, "of the first", "x"))
	c.stateWithin(time.Second, "the first writes")
	cfg := first.cfg
	cfg.Seed[0]++
	cfg.Endpoints = []Endpoint{{Network: "udp", Address: addressOf(40)}}
	second := c.start(cfg, addressOf(0))
	for i := range 20 { // both write, until one of them is told
		if !first.Stopped() {
			c.write(first, field(1, "", fmt.Sprintf("first %d", i)))
		}
		c.write(second, field(1, "", fmt.Sprintf("second %d", i)))
		c.run(200*time.Millisecond, nil)
	}
	c.within(10*time.Second, "the first gives way", first.Stopped)
	if err := first.WriteState(c.now, []state.Change{field(1, "", "late")}); !errors.Is(err, ErrStopped) {
		t.Errorf("it writes on: %v", err)
	}
	c.write(second, field(1, "", "last"))
	c.stateWithin(5*time.Second, "the state of the second")
	for _, n := range c.up() {
		if got := value(n, cfg.ID, 1, "") + value(n, cfg.ID, 2, "of the first"); got != "last" {
			t.Errorf("%s has %q", n.cfg.ID, got)
		}
	}
	c.check()
}

// A node that knows of more than it holds says so, at whatever place of an answer
// that comes.
func TestNoAnswerWithStateIsLongerThanItsRoom(t *testing.T) {
	c := formed(t, 61, 3, nil)
	n, other := c.nodes[0], c.nodes[1]
	c.write(other, field(1, "", "x"), field(2, "", strings.Repeat("y", 40)))
	c.stateWithin(5*time.Second, "the state is everywhere")
	e := n.table.Lookup(other.key)
	for _, version := range []uint64{2, 3, 1 << 20, 1 << 60} {
		n.table.stateMoved(e, version)
		for from := range uint64(3) {
			for room := range 250 {
				a := stateAnswer{c: n.Coordinator, to: destination{address: other.at}, left: 1, whole: 1000}
				a.open()
				budget := a.draft.envelope.Size() + room
				a.draft.measure(budget)
				first := a.draft
				a.add(e, state.Request{From: from})
				if size := first.envelope.Size(); size > budget {
					t.Fatalf("version %d, from %d: an envelope of %d bytes has %d", version, from, budget, size)
				}
			}
		}
	}
}
