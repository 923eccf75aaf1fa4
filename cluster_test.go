package hearsay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// clusterTests see no difference between transports.
var clusterTests = []struct {
	name string
	run  func(t *testing.T, open func(id string) transport.Opener)
}{
	{"five nodes join through one seed", testJoin},
	{"a leave is known to all, and takes no one for dead", testLeave},
	{"a close is found out by all", testCrash},
	{"a restart under the same id is a new generation", testRestart},
	{"views made of events equal the snapshots", testEvents},
	{"a forgotten member is gone for all", testForget},
	{"an observer sees all and is not seen", testObserver},
	{"who is in quarantine is not shown until it is released", testQuarantine},
	{"a wait ends when all have seen a change", testConverged},
	{"what a member says of itself is read by all", testState},
	{"an unhealthy member is a member", testHealth},
}

func TestClustersOverAllTransports(t *testing.T) {
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			for _, test := range clusterTests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(t, m.open(t))
				})
			}
		})
	}
}

func testJoin(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c", "d", "e")
	for _, n := range nodes {
		if self, _ := n.View().Get(n.ID()); self.Status != hearsay.StatusUp || n.View().Len() < 2 {
			t.Errorf("%s has joined, and sees\n%s", n.ID(), dump(n.View()))
		}
	}
	awaitAll(t, nodes...)
	for _, n := range nodes {
		self, ok := n.View().Get(n.ID())
		if !ok || n.View().Self != n.ID() || len(self.Endpoints) != 1 || self.Endpoints[0].Address != n.LocalAddr() {
			t.Errorf("%s sees itself as %+v, and listens on %v", n.ID(), self, n.LocalAddr())
		}
	}
}

func testLeave(t *testing.T, open func(string) transport.Opener) {
	// More than a leaving node tells in person, so it is gone at once.
	nodes := startAll(t, open, "a", "b", "c", "d", "e", "f", "g", "h", "i")
	awaitAll(t, nodes...)
	leaver, rest := nodes[0], nodes[1:]
	var watchers, watching sync.WaitGroup
	for _, n := range rest {
		watching.Add(1)
		watchers.Go(func() { watchLeave(t, n, leaver.ID(), watching.Done) })
	}
	watching.Wait()
	if err := leaver.Leave(deadline(t)); err != nil {
		t.Errorf("Leave: %v", err)
	}
	if err := leaver.Err(); !errors.Is(err, hearsay.ErrLeft) || !errors.Is(err, hearsay.ErrClosed) {
		t.Errorf("Err after Leave is %v", err)
	}
	watchers.Wait()
	for _, n := range rest {
		await(t, n, "the leave", hasStatus(leaver.ID(), hearsay.StatusRemoved))
	}
	awaitAll(t, rest...)
}

// watchLeave follows a node until it knows that a member has left, and tells when
// it has begun.
func watchLeave(t *testing.T, n *hearsay.Node, leaver string, begun func()) {
	begin := sync.OnceFunc(begun)
	for event := range n.Events(deadline(t), 0) {
		begin()
		e, ok := event.(hearsay.MemberStatusChanged)
		switch {
		case !ok || e.Member.ID != leaver:
		case e.Member.Status == hearsay.StatusRemoved:
			return
		case e.Member.Status == hearsay.StatusDead:
			t.Errorf("%s: who leaves is shown %v", n.ID(), e.Member.Status)
		}
	}
	t.Errorf("%s was never told that %s has left", n.ID(), leaver)
}

func testCrash(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c", "d")
	awaitAll(t, nodes...)
	if err := nodes[3].Close(); err != nil {
		t.Error(err)
	}
	for _, n := range nodes[:3] {
		await(t, n, "the crash", hasStatus("d", hearsay.StatusDead))
	}
	awaitAll(t, nodes[:3]...)
}

func testRestart(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c")
	awaitAll(t, nodes...)
	first := nodes[2].Generation()
	if err := nodes[2].Close(); err != nil {
		t.Error(err)
	}
	// At once, and at another address: nobody has found the crash out yet.
	again := start(t, quick(hearsay.Config{
		NodeID: "c", Transport: open("c"), Seeds: []string{nodes[0].LocalAddr().String()},
	}))
	if err := again.WaitJoined(deadline(t)); err != nil {
		t.Fatal(err)
	}
	awaitAll(t, nodes[0], nodes[1], again)
	if second := again.Generation(); second>>32 <= first>>32 {
		t.Errorf("the second life has generation %x, the first had %x", second, first)
	}
}

func testForget(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c")
	awaitAll(t, nodes...)
	if err := nodes[0].Forget("b"); !errors.Is(err, hearsay.ErrNotDead) {
		t.Errorf("forgetting a live member: %v", err)
	}
	if err := nodes[0].Forget("nobody"); !errors.Is(err, hearsay.ErrNotDead) {
		t.Errorf("forgetting who never was: %v", err)
	}
	_ = nodes[2].Close()
	await(t, nodes[0], "the crash", hasStatus("c", hearsay.StatusDead))
	if err := nodes[0].Forget("c"); err != nil {
		t.Errorf("forgetting a dead member: %v", err)
	}
	await(t, nodes[1], "it forgotten", hasStatus("c", hearsay.StatusRemoved, hearsay.StatusUnknown))
}

// testEvents follows every node by its events alone, through joins, a leave and
// a crash.
func testEvents(t *testing.T, open func(string) transport.Opener) {
	first := startAll(t, open, "a")[0]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var followers sync.WaitGroup
	nodes := []*hearsay.Node{first}
	for _, id := range []string{"b", "c", "d", "e"} {
		nodes = append(nodes, start(t, quick(hearsay.Config{
			NodeID: id, Transport: open(id), Seeds: []string{first.LocalAddr().String()},
		})))
	}
	for _, n := range nodes {
		followers.Go(func() { follow(ctx, t, n) })
	}
	awaitAll(t, nodes...)
	if err := nodes[4].Leave(deadline(t)); err != nil {
		t.Error(err)
	}
	_ = nodes[3].Close()
	for _, n := range nodes[:3] {
		await(t, n, "the end", func(v *hearsay.View) bool {
			return sees(v, nodes[:3]...) && hasStatus("d", hearsay.StatusDead)(v) && hasStatus("e", hearsay.StatusRemoved)(v)
		})
	}
	for _, n := range nodes {
		_ = n.Close() // ends the followers when they have had everything
	}
	followers.Wait()
}

// follow compares the view that a node's updates make with the one that each
// carries, and in the end with the node's own.
func follow(ctx context.Context, t *testing.T, n *hearsay.Node) {
	var builder hearsay.ViewBuilder
	var last *hearsay.View
	version := uint64(0)
	for event := range n.Events(ctx, 0) {
		update, ok := event.(hearsay.TopologyUpdated)
		if !ok {
			if last == nil {
				t.Errorf("%s: the first event is a %T", n.ID(), event)
			}
			continue
		}
		if last == nil && !update.Full {
			t.Errorf("%s: the first update is not full", n.ID())
		}
		if last != nil && update.View.Version <= version {
			t.Errorf("%s: version %d follows %d", n.ID(), update.View.Version, version)
		}
		version = update.View.Version
		last = update.View
		if built := builder.Apply(update); built == nil || !built.Equal(update.View) {
			t.Errorf("%s: version %d made of events is\n%s\nand carried\n%s", n.ID(), version, dump(built), dump(update.View))
		}
	}
	if last == nil || !last.Equal(n.View()) {
		t.Errorf("%s: the events end with\n%s\nand the node with\n%s", n.ID(), dump(last), dump(n.View()))
	}
}

// dump writes a view for people.
func dump(v *hearsay.View) string {
	if v == nil {
		return "no view"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: version %d, hash %x", v.Self, v.Version, v.Hash)
	for m := range v.Members() {
		fmt.Fprintf(&text, "\n  %s %v %x.%d.%d %v", m.ID, m.Status, m.Generation, m.Incarnation, m.Version, m.Accusers)
	}
	for m := range v.Gone() {
		fmt.Fprintf(&text, "\n  %s %v %x", m.ID, m.Status, m.Generation)
	}
	return text.String()
}
