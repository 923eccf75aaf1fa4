package agreement_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/examples/internal/agreement"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// start starts a node that knows nobody.
func start(t *testing.T, network *memory.Network, id string) *hearsay.Node {
	t.Helper()
	node, err := hearsay.Start(t.Context(), hearsay.Config{
		NodeID: id, Cluster: "demo", Transport: memory.Config{Network: network},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { node.Close() })
	return node
}

// A witness that could not object would make every example pass.
func TestWhoDisagreesIsNamed(t *testing.T) {
	network, err := memory.NewNetwork(memory.NetworkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	witness := agreement.New()
	alone, other := start(t, network, "n1"), start(t, network, "n2")
	for _, node := range []*hearsay.Node{alone, other} {
		witness.Follow(t.Context(), node)
	}

	if err := witness.Agree(t.Context(), alone); err != nil {
		t.Errorf("a node that is alone does not agree with itself: %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = witness.Agree(ctx, alone, other)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("two clusters agree: %v", err)
	}
	for _, want := range []string{"n1 sees [n1], expected [n1 n2]", "n2 sees [n2], expected [n1 n2]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}

	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	stranger := start(t, network, "n3")
	if err := witness.Agree(ctx, stranger); err == nil || !strings.Contains(err.Error(), "the events of n3 do not tell what it shows") {
		t.Errorf("a node that nobody follows: %v", err)
	}
}

func TestStatusesAreReadable(t *testing.T) {
	got := agreement.Statuses([]hearsay.Member{{ID: "n1", Status: hearsay.StatusUp}, {ID: "n2", Status: hearsay.StatusSuspect}})
	if got != "n1 up, n2 suspect" {
		t.Errorf("got %q", got)
	}
}
