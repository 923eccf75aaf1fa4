package hearsay_test

import (
	"context"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

func TestANodeTellsWhetherItHasJoinedAndIsIsolated(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		nodes := startAll(t, open, "a", "b", "c", "d")
		awaitAll(t, nodes...)
		a := nodes[0]
		if !a.Joined() || a.Isolated() || a.Observer() || a.Cluster() != cluster {
			t.Errorf("joined %v, isolated %v, observer %v, cluster %q", a.Joined(), a.Isolated(), a.Observer(), a.Cluster())
		}
		lonely := start(t, quick(hearsay.Config{NodeID: "e", Transport: open("e"), Observer: true, Seeds: []string{"10.9.9.9:1"}}))
		if lonely.Joined() || !lonely.Observer() {
			t.Errorf("without a cluster: joined %v, observer %v", lonely.Joined(), lonely.Observer())
		}
		for _, n := range nodes[1:] {
			_ = n.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for event := range a.Events(ctx, 0) {
			if e, ok := event.(hearsay.Isolated); ok && !e.Over {
				break
			}
		}
		if !a.Isolated() {
			t.Error("it has told that it is isolated, or never was, and does not say so")
		}
		back := start(t, quick(hearsay.Config{NodeID: "b", Transport: open("b"), Seeds: []string{a.LocalAddr().String()}}))
		if err := back.WaitJoined(ctx); err != nil {
			t.Fatal(err)
		}
		await(t, a, "b again", hasStatus("b", hearsay.StatusUp))
		if a.Isolated() || !a.Joined() {
			t.Errorf("isolated %v, joined %v", a.Isolated(), a.Joined())
		}
	})
}
