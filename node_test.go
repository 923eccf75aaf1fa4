package hearsay_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/discovery"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// inBubble runs a test in virtual time on a memory network.
func inBubble(t *testing.T, run func(t *testing.T, open func(string) transport.Opener)) {
	synctest.Test(t, func(t *testing.T) { run(t, openMemory(t, time.Millisecond)) })
}

func after(d time.Duration) { <-time.After(d) }

func TestANodeWithoutSeedsIsAClusterOfOne(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a")})
		before := time.Now()
		if err := n.WaitJoined(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(before); d > 0 {
			t.Errorf("joined after %v, want at once", d)
		}
		if !sees(n.View(), n) {
			t.Errorf("has joined, and sees\n%s", dump(n.View()))
		}
	})
}

func TestANodeThatIsItsOwnOnlySeedIsAClusterOfOne(t *testing.T) {
	inBubble(t, func(t *testing.T, _ func(string) transport.Opener) {
		network, err := memory.NewNetwork(memory.NetworkConfig{})
		if err != nil {
			t.Fatal(err)
		}
		own := netip.MustParseAddrPort("10.1.1.1:7")
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Seeds: []string{own.String()},
			Transport: memory.Config{Network: network, Address: own},
		})
		if err := n.WaitJoined(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWaitJoinedEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Seeds: []string{"10.9.9.9:7"},
		})
		impatient := errors.New("impatient")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, impatient)
		defer cancel()
		before := time.Now()
		if err := n.WaitJoined(ctx); !errors.Is(err, impatient) {
			t.Errorf("WaitJoined returns %v", err)
		}
		if d := time.Since(before); d != time.Minute {
			t.Errorf("WaitJoined returned after %v", d)
		}
		if m, ok := n.View().Get("a"); ok && m.Status == hearsay.StatusUp {
			t.Error("the node is up without having found a seed that it was told of")
		}
	})
}

func TestWaitJoinedEndsWithTheNode(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Seeds: []string{"10.9.9.9:7"},
		})
		var waiters sync.WaitGroup
		for range 3 {
			waiters.Go(func() {
				if err := n.WaitJoined(t.Context()); !errors.Is(err, hearsay.ErrClosed) {
					t.Errorf("WaitJoined returns %v", err)
				}
			})
		}
		synctest.Wait()
		_ = n.Close()
		waiters.Wait()
	})
}

func TestStartEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		ctx, cancel := context.WithCancel(t.Context())
		cfg := hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a")}
		n, err := hearsay.Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		after(time.Minute)
		if err := n.Err(); err != nil {
			t.Errorf("the node has ended with the context of its start: %v", err)
		}
		_ = n.Close()
		if _, err := hearsay.Start(ctx, cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("Start with an ended context returns %v", err)
		}
	})
}

// answers is a resolver whose answer changes.
type answers struct {
	mu    sync.Mutex
	found []netip.AddrPort
	err   error
	asked int
}

func (a *answers) Resolve(context.Context) ([]netip.AddrPort, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	return a.found, a.err
}

func (a *answers) set(err error, found ...netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.found, a.err = found, err
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func TestANodeJoinsWhenItsResolverKnowsBetter(t *testing.T) {
	for name, err := range map[string]error{"nothing": nil, "an error": errors.New("name server is down")} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
				first := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a")})
				resolver := &answers{err: err}
				n := start(t, hearsay.Config{NodeID: "b", Cluster: cluster, Transport: open("b"), Resolver: resolver})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := n.WaitJoined(ctx); err == nil {
					t.Fatal("joined while the resolver knew nobody")
				}
				resolver.set(nil, first.LocalAddr())
				ctx, cancel = context.WithTimeout(t.Context(), 2*hearsay.DefaultSeedInterval)
				defer cancel()
				if err := n.WaitJoined(ctx); err != nil {
					t.Fatal(err)
				}
				awaitAll(t, first, n)
			})
		})
	}
}

func TestClustersThatStartedApartMergeWhenTheResolverKnowsBetter(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		resolver := &answers{}
		a := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Resolver: resolver, SeedInterval: 5 * time.Second,
		})
		resolver.set(nil, a.LocalAddr())
		if err := a.WaitJoined(deadline(t)); err != nil {
			t.Fatal(err)
		}
		b := start(t, hearsay.Config{NodeID: "b", Cluster: cluster, Transport: open("b")})
		awaitAll(t, b)
		resolver.set(errors.New("half of the name servers are down"), a.LocalAddr(), b.LocalAddr())
		for _, n := range []*hearsay.Node{a, b} {
			await(t, n, "both", func(v *hearsay.View) bool { return sees(v, a, b) })
		}
	})
}

func TestAResolverIsAskedForLifeAndWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := openMemory(t, time.Second)
		resolver := &answers{found: []netip.AddrPort{netip.MustParseAddrPort("10.9.9.9:7")}}
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Resolver: resolver, SeedInterval: time.Minute,
		})
		after(100 * time.Minute)
		if asked := resolver.count(); asked < 70 || asked > 140 {
			t.Errorf("asked %d times in 100 intervals", asked)
		}
		_ = n.Close()
		asked := resolver.count()
		after(10 * time.Minute)
		if now := resolver.count(); now != asked {
			t.Error("asked after the node's end")
		}
	})
}

func TestASlowResolverHoldsNothingUp(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		first := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a")})
		before := time.Now()
		n := start(t, hearsay.Config{NodeID: "b", Cluster: cluster, Transport: open("b"), Resolver: slow{}})
		if d := time.Since(before); d > 0 {
			t.Errorf("Start took %v", d)
		}
		after(time.Minute)
		before = time.Now()
		_ = n.Close()
		if d := time.Since(before); d > 0 {
			t.Errorf("Close took %v", d)
		}
		_ = first.Close()
	})
}

// slow is a resolver that answers when its context ends.
type slow struct{}

func (slow) Resolve(ctx context.Context) ([]netip.AddrPort, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

var _ discovery.Resolver = slow{}

func TestAnEndedNodeAnswersEverything(t *testing.T) {
	ends := map[string]func(*hearsay.Node) error{
		"closed": (*hearsay.Node).Close,
		"left":   func(n *hearsay.Node) error { return n.Leave(context.Background()) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
				nodes := startAll(t, open, "a", "b")
				awaitAll(t, nodes...)
				n := nodes[1]
				view, address := n.View(), n.LocalAddr()
				if err := end(n); err != nil {
					t.Fatal(err)
				}
				<-n.Done()
				checks := map[string]error{
					"Err":        n.Err(),
					"WaitJoined": n.WaitJoined(t.Context()),
					"Forget":     n.Forget("a"),
					"Leave":      n.Leave(t.Context()),
					"SetHealth":  n.SetHealth(hearsay.HealthHealthy),
					"PutLabels":  n.Metadata().PutLabels("k", "v"),
				}
				for method, err := range checks {
					if !errors.Is(err, hearsay.ErrClosed) || !errors.Is(err, net.ErrClosed) {
						t.Errorf("%s returns %v", method, err)
					}
					if errors.Is(err, hearsay.ErrLeft) != (name == "left") {
						t.Errorf("%s returns %v after it was %s", method, err, name)
					}
				}
				if err := n.Close(); err != nil {
					t.Errorf("Close returns %v", err)
				}
				for e := range n.Events(t.Context(), 0) {
					t.Errorf("told %v", e)
				}
				if n.ID() != "b" || n.LocalAddr() != address || n.Generation() == 0 || n.Stats().Gossiper.Steps == 0 {
					t.Error("the node has forgotten what it was")
				}
				if name == "closed" && n.View() != view {
					t.Error("the view has changed by closing")
				}
				if len(slices.Collect(n.Members())) != n.View().Len() {
					t.Error("Members and View disagree")
				}
			})
		})
	}
}

func TestLeaveEndsWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		nodes := startAll(t, open, "a", "b")
		awaitAll(t, nodes...)
		hurried := errors.New("hurried")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, hurried)
		defer cancel()
		before := time.Now()
		if err := nodes[1].Leave(ctx); !errors.Is(err, hurried) {
			t.Errorf("Leave returns %v", err)
		}
		if d := time.Since(before); d > time.Millisecond {
			t.Errorf("Leave took %v", d)
		}
		if err := nodes[1].Err(); !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("Err is %v", err)
		}
	})
}

func TestLeavingBeforeJoiningIsPossible(t *testing.T) {
	resolvers := map[string]discovery.Resolver{
		"seeds are silent":         discovery.Static(netip.MustParseAddrPort("10.9.9.9:7")),
		"seeds are not found":      &answers{},
		"the resolver is too slow": slow{},
	}
	for name, resolver := range resolvers {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
				n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), Resolver: resolver})
				after(time.Minute)
				if err := n.Leave(deadline(t)); err != nil {
					t.Errorf("Leave returns %v", err)
				}
			})
		})
	}
}

func TestManyMayLeaveAndCloseAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		nodes := startAll(t, open, "a", "b")
		awaitAll(t, nodes...)
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				if err := nodes[1].Leave(t.Context()); err != nil && !errors.Is(err, hearsay.ErrClosed) {
					t.Errorf("Leave returns %v", err)
				}
			})
			callers.Go(func() {
				<-nodes[1].Done()
				if err := nodes[1].Close(); err != nil {
					t.Errorf("Close returns %v", err)
				}
			})
		}
		callers.Wait()
		if err := nodes[1].Err(); !errors.Is(err, hearsay.ErrLeft) {
			t.Errorf("Err is %v", err)
		}
	})
}

func TestANodeEndsWithItsTransport(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		opener := &keeping{Opener: open("a")}
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: opener})
		_ = opener.opened.Close()
		<-n.Done()
		if err := n.Err(); !errors.Is(err, hearsay.ErrClosed) || !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Err is %v", err)
		}
	})
}

// keeping keeps the transport that it opens.
type keeping struct {
	transport.Opener
	opened transport.Transport
}

func (k *keeping) Open(local transport.Local) (t transport.Transport, err error) {
	k.opened, err = k.Opener.Open(local)
	return k.opened, err
}

func TestTheNewerOfTwoProcessesWithOneIDWins(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		nodes := startAll(t, open, "a", "b", "c")
		awaitAll(t, nodes...)
		var superseded []hearsay.Superseded
		var follower sync.WaitGroup
		follower.Go(func() {
			for e := range nodes[2].Events(t.Context(), 0) {
				if e, ok := e.(hearsay.Superseded); ok {
					superseded = append(superseded, e)
				}
			}
		})
		synctest.Wait()
		again := start(t, quick(hearsay.Config{
			NodeID: "c", Transport: open("c"), Seeds: []string{nodes[0].LocalAddr().String()},
		}))
		<-nodes[2].Done()
		if err := nodes[2].Err(); !errors.Is(err, hearsay.ErrSuperseded) || !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("the older process ends with %v", err)
		}
		follower.Wait()
		if len(superseded) != 1 || superseded[0].Generation != again.Generation() {
			t.Errorf("the older process is told %+v, want generation %x", superseded, again.Generation())
		}
		awaitAll(t, nodes[0], nodes[1], again)
	})
}

func TestAStateFileMakesEachLifeNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.state")
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		for life := range uint64(3) {
			n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), StateFile: path})
			if err := n.WaitJoined(deadline(t)); err != nil {
				t.Fatal(err)
			}
			if counter := n.Generation() >> 32; counter != life+1 {
				t.Errorf("life %d has counter %d", life+1, counter)
			}
			_ = n.Close()
		}
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), MinCounter: 41})
		if err := n.WaitJoined(deadline(t)); err != nil {
			t.Fatal(err)
		}
		if counter := n.Generation() >> 32; counter != 42 {
			t.Errorf("after counter 41 comes %d", counter)
		}
	})
	content, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(content), `"counter":3`) {
		t.Errorf("the file holds %s, %v", content, err)
	}
}

func TestAnAdvertisedAddressIsWhatOthersSee(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Zone: "here",
			Advertise: netip.MustParseAddrPort("203.0.113.5:0"),
		})
		if err := n.WaitJoined(deadline(t)); err != nil {
			t.Fatal(err)
		}
		await(t, n, "itself", hasStatus("a", hearsay.StatusUp))
		self, _ := n.View().Get("a")
		want := netip.AddrPortFrom(netip.MustParseAddr("203.0.113.5"), n.LocalAddr().Port())
		if len(self.Endpoints) != 1 || self.Endpoints[0].Address != want || self.Endpoints[0].Network != "memory" {
			t.Errorf("the node tells %+v, want %v", self.Endpoints, want)
		}
		if self.Zone != "here" {
			t.Errorf("the zone is %q", self.Zone)
		}
	})
}

var _ io.Closer = (*hearsay.Node)(nil)
