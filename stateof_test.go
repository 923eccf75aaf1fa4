package hearsay_test

import (
	"errors"
	"net/netip"
	"testing"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// What a node holds of a member's state is a message of its schema, for whoever has
// that.
func TestStateIsHeldAsAMessage(t *testing.T) {
	var nodes []*gossip.Node
	for _, id := range []string{"a", "b"} {
		cfg := gossip.Config{NodeID: id, Cluster: "test", Transport: udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true},
			Roles: []string{"db", id}, Labels: map[string]string{"shard": "7", "rack": "1"}}
		if len(nodes) > 0 {
			cfg.Seeds = []string{nodes[0].LocalAddr().String()}
		}
		node, err := gossip.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = node.Close() })
		nodes = append(nodes, node)
	}
	if err := errors.Join(nodes[1].WaitJoined(t.Context()), nodes[1].SetHealth(gossip.HealthDegraded)); err != nil {
		t.Fatal(err)
	}
	if err := nodes[1].Metadata().RemoveLabels("rack"); err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[1].WaitConverged(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, node := range nodes {
		held, err := node.StateOf("b")
		if err != nil || len(held) != 1 || held[0].TypeID != state.TypeID("hearsay.v1.Metadata") || held[0].Slots != 3 {
			t.Fatalf("%s holds %+v, %v", node.ID(), held, err)
		}
		var said gossip.Metadata
		if err := said.Unmarshal(held[0].Message); err != nil || !said.Equal(nodes[1].Metadata().Own()) {
			t.Errorf("%s holds %+v, %v", node.ID(), said, err)
		}
	}
	if held, err := nodes[0].StateOf("x"); held != nil || err != nil {
		t.Errorf("of nobody: %+v, %v", held, err)
	}
	_ = nodes[0].Close()
	if _, err := nodes[0].StateOf("a"); !errors.Is(err, gossip.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}
