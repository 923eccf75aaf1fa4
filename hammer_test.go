package hearsay_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// TestSixteenGoroutinesMayCallEverything calls every method of every node from
// everywhere, also from the bodies of event loops, while nodes leave and crash.
func TestSixteenGoroutinesMayCallEverything(t *testing.T) {
	const callers, rounds = 16, 300
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			nodes := startAll(t, m.open(t), "a", "b", "c", "d")
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			var calls sync.WaitGroup
			for i := range callers {
				calls.Go(func() {
					random := rand.New(rand.NewPCG(seed, uint64(i)))
					for round := range rounds {
						n := nodes[random.IntN(len(nodes))]
						if round == rounds/2 && i < 2 { // in the middle of it all
							endOne(t, nodes[2+i], i == 0)
						}
						callAny(t, n, random)
					}
				})
			}
			calls.Wait()
			awaitAll(t, nodes[:2]...)
		})
	}
}

func endOne(t *testing.T, n *hearsay.Node, gracefully bool) {
	if !gracefully {
		_ = n.Close()
	} else if err := n.Leave(deadline(t)); err != nil {
		t.Errorf("Leave returns %v", err)
	}
}

func callAny(t *testing.T, n *hearsay.Node, random *rand.Rand) {
	check := func(method string, err error, allowed ...error) {
		for _, a := range append(allowed, nil, hearsay.ErrClosed) {
			if errors.Is(err, a) {
				return
			}
		}
		t.Errorf("%s returns %v", method, err)
	}
	switch random.IntN(15) {
	case 0:
		check("WaitJoined", n.WaitJoined(t.Context()))
	case 1:
		for m := range n.Members() {
			if got, ok := n.View().Get(m.ID); ok && got.ID != m.ID {
				t.Errorf("Get(%s) returns %s", m.ID, got.ID)
			}
		}
	case 2:
		_, _ = n.ID(), n.LocalAddr()
	case 3:
		_ = n.Stats()
	case 4:
		check("Err", n.Err())
	case 5:
		check("Forget", n.Forget([]string{"a", "c", "d", "x"}[random.IntN(4)]), hearsay.ErrNotDead)
	case 6, 7:
		for range n.Events(t.Context(), 1) {
			callAny(t, n, random)
			break
		}
	case 8:
		_ = n.Generation()
	case 9:
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range n.Events(ctx, 1) {
			t.Error("an ended context is told something")
		}
	default:
		check("a setter", callState(n, random))
		for range n.Metadata().Changes(deadline(t)) {
			callAny(t, n, random)
			break
		}
	}
}

// callState calls what reads and writes replicated state.
func callState(n *hearsay.Node, random *rand.Rand) error {
	key := []string{"x", "y", "z"}[random.IntN(3)]
	switch random.IntN(6) {
	case 0:
		return n.SetHealth(hearsay.Health(random.IntN(4)))
	case 1:
		return n.Metadata().RemoveLabels(key)
	case 2:
		return n.Metadata().Update(func(m *hearsay.Metadata) { m.Version, m.Roles = key, append(m.Roles[:0], key) })
	case 3:
		for id, m := range n.Metadata().All() {
			m.Version = id // everyone's own copy
		}
		_ = n.Metadata().Own()
	}
	return n.Metadata().PutLabels(key, strings.Repeat(key, random.IntN(2000)))
}

func TestASubscriberThatNeverReadsHoldsNothingUp(t *testing.T) {
	nodes := startAll(t, openUDP(t), "a", "b")
	held, release := make(chan struct{}), make(chan struct{})
	var stuck sync.WaitGroup
	stuck.Go(func() {
		for range nodes[0].Events(t.Context(), 1) {
			close(held)
			<-release
			return
		}
	})
	<-held
	// Everything else goes on, and more happens than the buffer holds.
	awaitAll(t, nodes...)
	_ = nodes[1].Close()
	await(t, nodes[0], "the crash", hasStatus("b", hearsay.StatusDead))
	if err := nodes[0].Close(); err != nil {
		t.Error(err)
	}
	close(release)
	stuck.Wait()
}

func TestEverythingMayBeCalledFromAnEventLoop(t *testing.T) {
	n := startAll(t, openUDP(t), "a")[0]
	events := 0
	for range n.Events(t.Context(), 0) {
		if events++; events > 1 {
			continue // what was told before the end
		}
		if err := n.Forget("b"); !errors.Is(err, hearsay.ErrNotDead) {
			t.Errorf("Forget returns %v", err)
		}
		_ = n.Stats()
		if err := n.Leave(deadline(t)); err != nil {
			t.Errorf("Leave returns %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close returns %v", err)
		}
	}
	if events == 0 {
		t.Error("the loop was told nothing")
	}
}

// TestNothingRemainsOfAClosedNode counts goroutines and sockets. The test binary
// runs nothing beside it, since it is not parallel.
func TestNothingRemainsOfAClosedNode(t *testing.T) {
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			open := m.open(t)
			goroutines, sockets := runtime.NumGoroutine(), countSockets(t)
			for range 3 {
				nodes := startAll(t, open, "a", "b", "c")
				awaitAll(t, nodes...)
				if got := countSockets(t) - sockets; m.name != "memory" && got != len(nodes) {
					t.Errorf("%d nodes hold %d sockets", len(nodes), got)
				}
				if err := nodes[2].Leave(deadline(t)); err != nil {
					t.Error(err)
				}
				for _, n := range nodes {
					_ = n.Close()
				}
			}
			awaitCount(t, "goroutines", goroutines, func() int { return runtime.NumGoroutine() })
			awaitCount(t, "sockets", sockets, func() int { return countSockets(t) })
		})
	}
}

// awaitCount gives what ends on its own the time to do so: a goroutine is counted
// until it has returned, which is after it has said that it ends.
func awaitCount(t *testing.T, what string, want int, count func() int) {
	t.Helper()
	got := count()
	for end := time.Now().Add(5 * time.Second); got > want && time.Now().Before(end); got = count() {
		runtime.Gosched()
	}
	if got > want {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		t.Errorf("%d %s remain, there were %d:\n%s", got, what, want, stacks)
	}
}

// countSockets counts this process's sockets, where the system shows them.
func countSockets(t *testing.T) int {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("the system does not show open files: %v", err)
	}
	n := 0
	for _, entry := range entries {
		if target, err := os.Readlink(dir + "/" + entry.Name()); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// TestANodeRunsFewGoroutines: the driver, and what the transport reads and writes
// with.
func TestANodeRunsFewGoroutines(t *testing.T) {
	open := openUDP(t)
	first := startAll(t, open, "a")[0]
	before := runtime.NumGoroutine()
	n := start(t, quick(hearsay.Config{NodeID: "b", Transport: open("b"), Seeds: []string{first.LocalAddr().String()}}))
	if err := n.WaitJoined(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if got := runtime.NumGoroutine() - before; got > 4 {
		t.Errorf("a node runs %d goroutines, want at most 4", got)
	}
}
