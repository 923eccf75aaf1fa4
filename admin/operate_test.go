package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

func TestTheStatusIsTheNode(t *testing.T) {
	nodes := cluster(t, "a", "b")
	client := reach(t, nodes[0])
	s, err := client.Status(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	if s.Node.ID != "a" || s.Node.Cluster != "test" || s.Node.Generation != nodes[0].Generation() || !s.Node.Joined ||
		s.Node.Addresses["udp"] != nodes[0].LocalAddr() || s.Agreement == nil || !s.View.Equal(nodes[0].View()) {
		t.Errorf("%+v", s)
	}
	strict := json.NewDecoder(bytes.NewReader(s.Text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(new(Status)); err != nil {
		t.Errorf("the document of package status has what Status has not: %v", err)
	}
	view, err := client.Members(patient(t))
	if err != nil || !view.Equal(nodes[0].View()) {
		t.Errorf("%v, %v", view, err)
	}
	text, err := client.Metrics(patient(t))
	if err != nil || !strings.Contains(string(text), "hearsay_members{") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestANodeIsDrainedForAllToSee(t *testing.T) {
	nodes := cluster(t, "a", "b")
	client := reach(t, nodes[0])
	for _, health := range []hearsay.Health{hearsay.HealthUnhealthy, hearsay.HealthUnreported} {
		if err := client.SetHealth(patient(t), health); err != nil {
			t.Fatal(err)
		}
		seen, err := client.WaitConverged(patient(t))
		if err != nil || seen.Members != 2 || seen.Hash != nodes[0].View().Hash {
			t.Fatal(seen, err)
		}
		await(t, nodes[1], func(e hearsay.TopologyUpdated) bool { m, _ := e.View.Get("a"); return m.Health == health })
	}
}

func TestWhatANodeSaysIsChangedAsAWhole(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a", Roles: []string{"db"}, Labels: map[string]string{"shard": "7", "rack": "1"},
		AppVersion: "1", StateBudget: 4 << 10})
	client := reach(t, node)
	version, shard := "2", "8"
	change := MetadataChange{Version: &version, Labels: map[string]*string{"shard": &shard, "rack": nil, "disk": &shard, "none": nil}}
	if err := client.SetMetadata(patient(t), change); err != nil {
		t.Fatal(err)
	}
	said, err := client.MetadataOf(patient(t), "a")
	if err != nil || said.Version != "2" || !slices.Equal(said.Roles, []string{"db"}) ||
		!maps.Equal(said.Labels, map[string]string{"shard": "8", "disk": "8"}) {
		t.Errorf("%+v, %v", said, err)
	}
	if err := client.SetMetadata(patient(t), MetadataChange{Roles: []string{}}); err != nil {
		t.Fatal(err)
	}
	huge := strings.Repeat("x", 8<<10)
	err = client.SetMetadata(patient(t), MetadataChange{Roles: []string{"web"}, Labels: map[string]*string{"huge": &huge}})
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != CodeRefused {
		t.Errorf("over the budget: %v", err)
	}
	all, err := client.Metadata(patient(t))
	if err != nil || len(all) != 1 || len(all[0].Roles) != 0 || all[0].Version != "2" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := client.MetadataOf(patient(t), "x"); !isCode(err, CodeUnknownMember) {
		t.Errorf("of nobody: %v", err)
	}
	held, err := client.StateOf(patient(t), "a")
	var read hearsay.Metadata
	if err != nil || len(held) != 1 || read.Unmarshal(held[0].Message) != nil || !read.Equal(node.Metadata().Own()) {
		t.Errorf("it holds %+v, %v", held, err)
	}
}

func isCode(err error, code Code) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && failure.Code == code
}

func TestTheDeadAreForgotten(t *testing.T) {
	nodes := cluster(t, "a", "b", "c")
	var log bytes.Buffer
	client := served(t, Handler(nodes[0], Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	if err := client.Forget(patient(t), "c"); !errors.Is(err, hearsay.ErrNotDead) {
		t.Errorf("one that lives: %v", err)
	}
	if err := nodes[2].Close(); err != nil {
		t.Fatal(err)
	}
	await(t, nodes[0], func(e hearsay.TopologyUpdated) bool { m, _ := e.View.Get("c"); return m.Status == hearsay.StatusDead })
	if err := client.Forget(patient(t), "c"); err != nil {
		t.Fatal(err)
	}
	await(t, nodes[1], func(e hearsay.TopologyUpdated) bool {
		m, _ := e.View.Get("c")
		return m.Status == hearsay.StatusRemoved
	})
	client.Close()
	for _, want := range []string{`level=WARN msg="an operator's change failed" node=a change=forget request="{\"id\":\"c\"}"`,
		`level=INFO msg="an operator's change" node=a change=forget`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in the log:\n%s", want, &log)
		}
	}
}

func TestQuarantineAndRelease(t *testing.T) {
	nodes := cluster(t, "a", "b")
	client := reach(t, nodes[0])
	kept := hearsay.Block{ID: "b"}
	if err := client.Quarantine(patient(t), kept, time.Hour); err != nil {
		t.Fatal(err)
	}
	for e, err := range client.Events(patient(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if update, ok := e.Event.(hearsay.TopologyUpdated); ok && slices.Equal(update.Blocked, []string{"b"}) && update.View.Len() == 1 {
			break
		}
	}
	if view, err := client.Members(patient(t)); err != nil || len(view.Blocked) != 1 || view.Blocked[0].Block != kept {
		t.Errorf("%+v is kept out, %v", view.Blocked, err)
	}
	if err := client.Quarantine(patient(t), hearsay.Block{ID: "a"}, time.Hour); !errors.Is(err, hearsay.ErrBadBlock) {
		t.Errorf("the node itself: %v", err)
	}
	if err := client.Release(patient(t), kept); err != nil {
		t.Fatal(err)
	}
	await(t, nodes[0], func(e hearsay.TopologyUpdated) bool { return e.View.Len() == 2 })
	if err := client.Release(patient(t), kept); !errors.Is(err, hearsay.ErrNotBlocked) {
		t.Errorf("again: %v", err)
	}
}

func TestAnObserverSaysNothing(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	observer := start(t, hearsay.Config{NodeID: "o", Observer: true, Seeds: []string{node.LocalAddr().String()}})
	client := reach(t, observer)
	if err := client.SetHealth(patient(t), hearsay.HealthHealthy); !errors.Is(err, hearsay.ErrObserver) {
		t.Errorf("%v", err)
	}
}

func TestLeavingIsAnswered(t *testing.T) {
	nodes := cluster(t, "a", "b")
	client := reach(t, nodes[1])
	if err := client.Leave(patient(t), 0); err != nil {
		t.Fatal(err)
	}
	if err := nodes[1].Err(); !errors.Is(err, hearsay.ErrLeft) {
		t.Errorf("the node has ended with %v", err)
	}
	await(t, nodes[0], func(e hearsay.TopologyUpdated) bool {
		m, _ := e.View.Get("b")
		return m.Status == hearsay.StatusRemoved
	})
	for name, err := range map[string]error{
		"leave":    client.Leave(patient(t), time.Second),
		"forget":   client.Forget(patient(t), "x"),
		"health":   client.SetHealth(patient(t), hearsay.HealthHealthy),
		"converge": func() error { _, err := client.WaitConverged(patient(t)); return err }(),
	} {
		if !errors.Is(err, hearsay.ErrClosed) || !isCode(err, CodeEnded) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	s, err := client.Status(patient(t))
	if err != nil || s.Node.Ended == "" {
		t.Errorf("%+v, %v", s, err)
	}
}

// Whoever asked and went away does not make a crash of it.
func TestLeavingGoesOnWithoutWhoAsked(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := Handler(node, Config{}).(*handler)
	if _, err := h.leave(ctx, &leaving{}); err != nil || !errors.Is(node.Err(), hearsay.ErrLeft) {
		t.Errorf("%v, %v", err, node.Err())
	}
}
