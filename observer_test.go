package hearsay_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

func testObserver(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c")
	o := start(t, quick(hearsay.Config{
		NodeID: "dashboard", Transport: open("dashboard"), Observer: true, Seeds: []string{nodes[0].LocalAddr().String()},
	}))
	if err := o.WaitJoined(deadline(t)); err != nil {
		t.Fatal(err)
	}
	awaitAll(t, nodes...)
	await(t, o, "all members", func(v *hearsay.View) bool { return sees(v, nodes...) && v.Hash == nodes[0].View().Hash })
	if err := nodes[2].Leave(deadline(t)); err != nil {
		t.Fatal(err)
	}
	await(t, o, "the leave", hasStatus("c", hearsay.StatusRemoved))
	awaitAll(t, nodes[:2]...)
	if err := o.Metadata().SetVersion("1"); !errors.Is(err, hearsay.ErrObserver) {
		t.Errorf("an observer's setter: %v", err)
	}
	if err := o.Leave(deadline(t)); err != nil {
		t.Errorf("Leave: %v", err)
	}
	awaitAll(t, nodes[:2]...)
}

func testQuarantine(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c")
	awaitAll(t, nodes...)
	block := hearsay.Block{Address: nodes[2].LocalAddr()}
	if err := nodes[0].Quarantine(block, time.Hour); err != nil {
		t.Fatal(err)
	}
	if blocked := nodes[0].View().Blocked; len(blocked) != 1 || blocked[0].Block != block || time.Until(blocked[0].Until) < 50*time.Minute {
		t.Errorf("the view lists %v", blocked)
	}
	for event := range nodes[0].Events(deadline(t), 0) {
		update, ok := event.(hearsay.TopologyUpdated)
		if ok && sees(update.View, nodes[:2]...) && slices.Equal(update.Blocked, []string{block.String(), "c"}) {
			break
		}
	}
	if !sees(nodes[1].View(), nodes...) {
		t.Errorf("b sees\n%s", dump(nodes[1].View()))
	}
	if err := nodes[0].Release(block); err != nil || len(nodes[0].View().Blocked) != 0 {
		t.Fatalf("%v; the view lists %v", err, nodes[0].View().Blocked)
	}
	await(t, nodes[0], "c again", func(v *hearsay.View) bool { return v.Len() == 3 })
	if err := nodes[0].Release(block); !errors.Is(err, hearsay.ErrNotBlocked) {
		t.Errorf("released twice: %v", err)
	}
	if err := nodes[0].Quarantine(hearsay.Block{ID: "a"}, time.Hour); !errors.Is(err, hearsay.ErrBadBlock) {
		t.Errorf("it keeps itself out: %v", err)
	}
}

func testConverged(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c", "d")
	awaitAll(t, nodes...)
	for range 2 { // also where nothing has changed
		converged, err := nodes[0].WaitConverged(deadline(t))
		if err != nil || converged.Members != 4 {
			t.Fatalf("%+v, %v", converged, err)
		}
		for _, n := range nodes {
			if n.View().Hash != converged.Hash {
				t.Errorf("%s has not seen it", n.ID())
			}
		}
	}
	if a, err := nodes[0].Agreement(); err != nil || a.Share != 1 || a.Heard == 0 {
		t.Errorf("agreement %+v, %v", a, err)
	}
}

func TestAWaitForAllEndsWithItsContextOrTheNode(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		nodes := startAll(t, open, "a", "b", "c")
		awaitAll(t, nodes...)
		// c is gone, and nobody knows that yet.
		_ = nodes[2].Close()
		impatient := errors.New("impatient")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, impatient)
		defer cancel()
		if err := nodes[0].Forget("nobody"); !errors.Is(err, hearsay.ErrNotDead) {
			t.Error(err)
		}
		restarted := start(t, quick(hearsay.Config{
			NodeID: "d", Transport: open("d"), Seeds: []string{nodes[0].LocalAddr().String()},
		}))
		if err := restarted.WaitJoined(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := nodes[0].WaitConverged(ctx); !errors.Is(err, impatient) {
			t.Errorf("with a dead member: %v", err)
		}
		result := make(chan error, 1)
		go func() {
			_, err := nodes[1].WaitConverged(context.Background())
			result <- err
		}()
		synctest.Wait()
		_ = nodes[1].Close()
		if err := <-result; !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("on a node that ends: %v", err)
		}
		if _, err := nodes[1].Agreement(); !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("agreement after the end: %v", err)
		}
		for _, err := range []error{nodes[1].Quarantine(hearsay.Block{ID: "x"}, 1), nodes[1].Release(hearsay.Block{ID: "x"})} {
			if !errors.Is(err, hearsay.ErrClosed) {
				t.Errorf("quarantine after the end: %v", err)
			}
		}
	})
}

func TestAnObserverNeedsSeedsAndHasNothingToSay(t *testing.T) {
	cfg := hearsay.Config{NodeID: "o", Cluster: cluster, Transport: openUDP(t)("o"), Observer: true, AppVersion: "1"}
	err := cfg.Validate()
	if err == nil || !strings.Contains(err.Error(), "Seeds or a Resolver") || !strings.Contains(err.Error(), "AppVersion") {
		t.Errorf("Validate: %v", err)
	}
}
