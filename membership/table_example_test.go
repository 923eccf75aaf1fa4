package membership_test

import (
	"fmt"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Two rumours about one node, of which each knows something that the other does
// not, join into the same record whichever comes first.
func ExampleJoin() {
	g := uint64(membership.NewGeneration(1, 0xbeef))
	dead := hearsayv1.NodeRecord{ID: "web-1", Generation: g, Verdict: hearsayv1.VerdictDead, Version: 1, Owner: []byte("old")}
	moved := hearsayv1.NodeRecord{ID: "web-1", Generation: g, Version: 2, Owner: []byte("new")}
	for _, rec := range []hearsayv1.NodeRecord{membership.Join(dead, moved), membership.Join(moved, dead)} {
		fmt.Println(membership.Generation(rec.Generation), rec.Verdict, rec.Version, string(rec.Owner))
	}
	// A refutation outranks the verdict on the incarnation before it.
	refuted := moved
	refuted.Incarnation = 1
	fmt.Println(membership.Join(dead, refuted).Verdict)
	// Output:
	// 1.0000beef Dead 2 new
	// 1.0000beef Dead 2 new
	// None
}

// Who has the events of a node, and not the node, builds the node's views.
func ExampleViewBuilder() {
	up := membership.Member{ID: "web-1", Status: membership.StatusUp}
	dead := membership.Member{ID: "web-1", Status: membership.StatusDead}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	events := []membership.Event{
		membership.TopologyUpdated{View: &membership.View{Version: 1, ObservedAt: at}, Full: true, Changed: []membership.Member{up}},
		membership.TopologyUpdated{View: &membership.View{Version: 2, ObservedAt: at}, Changed: []membership.Member{dead}},
	}
	var b membership.ViewBuilder
	for _, event := range events {
		if update, ok := event.(membership.TopologyUpdated); ok {
			view := b.Apply(update)
			m, _ := view.Get("web-1")
			fmt.Println(view.Version, view.Len(), m.Status)
		}
	}
	// Output:
	// 1 1 up
	// 2 0 dead
}
