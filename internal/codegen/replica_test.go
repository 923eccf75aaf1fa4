package codegen_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	everythingv1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/everything/v1"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// stateCluster starts nodes over a simulated network; the first is everyone's
// seed.
func stateCluster(t *testing.T, ids ...string) []*hearsay.Node {
	t.Helper()
	return stateClusterOn(t, stateNetwork(t), ids...)
}

func stateNetwork(t *testing.T) *memory.Network {
	t.Helper()
	network, err := memory.NewNetwork(memory.NetworkConfig{Seed: 1, Link: memory.Link{Latency: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	go memory.Drive(t.Context(), network, time.Millisecond)
	return network
}

func stateClusterOn(t *testing.T, network *memory.Network, ids ...string) []*hearsay.Node {
	t.Helper()
	var nodes []*hearsay.Node
	var seeds []string
	for i, id := range ids {
		node, err := hearsay.Start(t.Context(), hearsay.Config{
			NodeID: id, Cluster: "state", Seeds: seeds, Transport: memory.Config{Network: network}, Seed: [2]uint64{uint64(i), 7},
			Roles: []string{"role-" + id}, AppVersion: "1.0",
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { node.Close() })
		nodes = append(nodes, node)
		seeds = []string{nodes[0].LocalAddr().String()}
	}
	for _, node := range nodes {
		if err := node.WaitJoined(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return nodes
}

// next returns the first change that matches.
func next[C any](t *testing.T, changes func(context.Context, func(C) bool), matches func(C) bool) C {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var found C
	ok := false
	changes(ctx, func(c C) bool {
		found, ok = c, matches(c)
		return !ok
	})
	if !ok {
		t.Fatal("the change does not come")
	}
	return found
}

func await(t *testing.T, r *everythingv1.StateReplica, matches func(everythingv1.StateChange) bool) everythingv1.StateChange {
	t.Helper()
	return next(t, func(ctx context.Context, yield func(everythingv1.StateChange) bool) {
		r.Changes(ctx)(yield)
	}, matches)
}

func TestAFieldSetOnOneNodeIsSeenOnAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// n2 and n4 have no replica of the type: they relay it all the same.
		nodes := stateCluster(t, "n1", "n2", "n3", "n4")
		preset := everythingv1.NewState()
		if err := preset.SetName("before"); err != nil {
			t.Fatal(err)
		}
		first, err := hearsay.Open(nodes[0], preset)
		if err != nil {
			t.Fatal(err)
		}
		third, err := hearsay.Open(nodes[2], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hearsay.Open(nodes[2], everythingv1.NewState()); !errors.Is(err, hearsay.ErrOpen) {
			t.Errorf("opened twice: %v", err)
		}
		await(t, third, func(c everythingv1.StateChange) bool { return c.Member == "n1" && c.Value.Name == "before" })
		if err := first.PutLabels("shard", "7"); err != nil {
			t.Fatal(err)
		}
		if got := first.Own(); got.Labels["shard"] != "7" || got.Name != "before" {
			t.Errorf("this node reads %+v after its writes", got)
		}
		await(t, third, func(c everythingv1.StateChange) bool {
			return c.Field == everythingv1.StateFieldLabels && c.Value.Labels["shard"] == "7"
		})
		if err := first.RemoveLabels("shard"); err != nil {
			t.Fatal(err)
		}
		c := await(t, third, func(c everythingv1.StateChange) bool { return c.Field == everythingv1.StateFieldLabels && c.Deleted })
		if _, named := c.Value.Labels["shard"]; !named {
			t.Errorf("the removed entry is not named: %+v", c.Value)
		}
		if err := first.SetText("one"); err != nil {
			t.Fatal(err)
		}
		if err := first.SetCount(2); err != nil {
			t.Fatal(err)
		}
		c = await(t, third, func(c everythingv1.StateChange) bool { return c.Field == everythingv1.StateFieldCount })
		if got, _ := third.Of("n1"); c.Value.Count != 2 || got.ChoiceKind != everythingv1.StateChoiceCount || got.Text != "" {
			t.Errorf("of a oneof it has %+v", got)
		}
		if err := third.Update(func(s *everythingv1.State) { s.Number, s.Tags = -4, []string{"a", "b"} }); err != nil {
			t.Fatal(err)
		}
		c = await(t, first, func(c everythingv1.StateChange) bool { return c.Member == "n3" && len(c.Value.Tags) == 2 })
		// A type that is opened later shows what is known.
		second, err := hearsay.Open(nodes[1], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := second.Of("n3"); !ok || got.Number != -4 {
			t.Errorf("opened late it has %+v", got)
		}
		_ = c
	})
}

// Neither the relay nor anybody on its side has the type's package; what has it
// cannot reach each other.
func TestStateOfAnUnknownTypeIsRelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := stateNetwork(t)
		nodes := stateClusterOn(t, network, "relay", "left", "right")
		left, right := nodes[1].LocalAddr(), nodes[2].LocalAddr()
		network.Cut(left, right)
		network.Cut(right, left)
		tool, err := hearsay.Start(t.Context(), hearsay.Config{
			NodeID: "tool", Cluster: "state", Transport: memory.Config{Network: network}, Observer: true,
			Seeds: []string{nodes[0].LocalAddr().String()}, Seed: [2]uint64{9, 9},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer tool.Close()
		write := func(node *hearsay.Node, name string) *everythingv1.StateReplica {
			r, err := hearsay.Open(node, everythingv1.NewState())
			if err != nil {
				t.Fatal(err)
			}
			err = r.Update(func(s *everythingv1.State) {
				s.Name, s.Blob = name, make([]byte, 50_000)
				s.Labels = map[string]string{"of": name}
			})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		ofLeft, ofRight := write(nodes[1], "left"), write(nodes[2], "right")
		ofTool, err := hearsay.Open(tool, everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		for _, reads := range []struct {
			replica *everythingv1.StateReplica
			of      string
		}{{ofLeft, "right"}, {ofRight, "left"}, {ofTool, "left"}, {ofTool, "right"}} {
			await(t, reads.replica, func(everythingv1.StateChange) bool {
				s, ok := reads.replica.Of(reads.of)
				return ok && s.Name == reads.of && len(s.Blob) == 50_000 && s.Labels["of"] == reads.of
			})
		}
		if err := ofTool.SetName("x"); !errors.Is(err, hearsay.ErrObserver) {
			t.Errorf("a tool that is no member writes: %v", err)
		}
		for _, node := range nodes {
			if node.View().Len() != 3 {
				t.Errorf("%s sees\n%v", node.ID(), node.View())
			}
		}
	})
}

func TestEveryMemberSaysWhatItIsThereFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := stateCluster(t, "n1", "n2", "n3")
		for _, id := range []string{"n1", "n2", "n3"} {
			next(t, func(ctx context.Context, yield func(hearsayv1.MetadataChange) bool) {
				nodes[1].Metadata().Changes(ctx)(yield)
			},
				func(c hearsayv1.MetadataChange) bool {
					return c.Member == id && len(c.Value.Roles) == 1 && c.Value.Roles[0] == "role-"+id
				})
		}
	})
}

func TestADeadMembersFieldsAreHiddenUntilItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := stateCluster(t, "n1", "n2", "n3")
		first, err := hearsay.Open(nodes[0], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		third, err := hearsay.Open(nodes[2], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		if err := third.Update(func(s *everythingv1.State) { s.Blob, s.Name = []byte("hidden"), "kept" }); err != nil {
			t.Fatal(err)
		}
		await(t, first, func(c everythingv1.StateChange) bool { return string(c.Value.Blob) == "hidden" })
		nodes[2].Close()
		await(t, first, func(c everythingv1.StateChange) bool { return c.Field == everythingv1.StateFieldBlob && c.Deleted })
		if got, ok := first.Of("n3"); !ok || got.Name != "kept" || len(got.Blob) > 0 {
			t.Errorf("of the dead member there is %+v", got)
		}
		if err := third.SetName("x"); !errors.Is(err, hearsay.ErrClosed) {
			t.Errorf("a write after the end: %v", err)
		}
		for range third.Changes(t.Context()) { // ends when all was told
		}
	})
}

func TestADroppedFieldIsHadAgainFromAMemberThatWasCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := stateNetwork(t)
		nodes := stateClusterOn(t, network, "n1", "n2", "n3")
		first, err := hearsay.Open(nodes[0], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		third, err := hearsay.Open(nodes[2], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		written := &everythingv1.State{Name: "kept", Blob: []byte("hidden"), Flag: true}
		if err := third.Set(written); err != nil {
			t.Fatal(err)
		}
		read := func(want *everythingv1.State) {
			t.Helper()
			await(t, first, func(everythingv1.StateChange) bool {
				got, ok := first.Of("n3")
				return ok && got.Equal(want)
			})
		}
		read(written)
		network.Partition([]netip.AddrPort{nodes[2].LocalAddr()}, []netip.AddrPort{nodes[0].LocalAddr(), nodes[1].LocalAddr()})
		read(&everythingv1.State{Name: "kept", Flag: true})
		read(&everythingv1.State{Name: "kept"})
		network.Heal()
		read(written)
	})
}

func TestASetterThatBreaksABoundReturnsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := stateCluster(t, "n1")
		r, err := hearsay.Open(nodes[0], everythingv1.NewState())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetName(strings.Repeat("x", 5000)); !errors.Is(err, state.ErrFieldTooLarge) {
			t.Errorf("beyond max_bytes: %v", err)
		}
		if err := r.SetName("\xff"); !errors.Is(err, replica.ErrInvalid) {
			t.Errorf("what is not UTF-8: %v", err)
		}
		if err := r.SetBlob(make([]byte, 5<<20)); !errors.Is(err, state.ErrBudget) {
			t.Errorf("beyond the budget: %v", err)
		}
		if err := r.PutLabels(strings.Repeat("k", 200), ""); !errors.Is(err, state.ErrFieldTooLarge) {
			t.Errorf("a long key: %v", err)
		}
		if got := r.Own(); !got.Equal(&everythingv1.State{}) {
			t.Errorf("something was written: %+v", got)
		}
	})
}
