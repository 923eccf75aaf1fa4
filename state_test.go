package hearsay_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
	"github.com/hearsay-gossip/hearsay/state/replica"
	"github.com/hearsay-gossip/hearsay/transport"
)

// awaitState returns when a node reads what is wanted of a member's metadata.
func awaitState(t *testing.T, n *hearsay.Node, member, what string, isSo func(*hearsay.Metadata) bool) {
	t.Helper()
	for range n.Metadata().Changes(deadline(t)) {
		if m, ok := n.Metadata().Of(member); ok && isSo(m) {
			return
		}
	}
	m, _ := n.Metadata().Of(member)
	t.Fatalf("%s never read %s of %s; it reads %+v", n.ID(), what, member, m)
}

func testState(t *testing.T, open func(string) transport.Opener) {
	cfg := quick(hearsay.Config{
		NodeID: "a", Transport: open("a"), Roles: []string{"db"}, Labels: map[string]string{"shard": "7"}, AppVersion: "1.4",
	})
	a := start(t, cfg)
	seeds := []string{a.LocalAddr().String()}
	b := start(t, quick(hearsay.Config{NodeID: "b", Transport: open("b"), Seeds: seeds}))
	// A dashboard reads what the members say, and says nothing.
	o := start(t, quick(hearsay.Config{NodeID: "o", Transport: open("o"), Seeds: seeds, Observer: true}))
	for _, n := range []*hearsay.Node{a, b, o} {
		awaitState(t, n, "a", "its configuration", func(m *hearsay.Metadata) bool {
			return len(m.Roles) == 1 && m.Roles[0] == "db" && m.Labels["shard"] == "7" && m.Version == "1.4"
		})
	}
	// More than fits a hundred datagrams, and a change of a little of it.
	large := strings.Repeat("x", 100_000)
	if err := b.Metadata().PutLabels("large", large); err != nil {
		t.Fatal(err)
	}
	if err := b.Metadata().PutLabels("small", "1"); err != nil {
		t.Fatal(err)
	}
	if err := b.Metadata().RemoveLabels("large"); err != nil {
		t.Fatal(err)
	}
	if err := a.Metadata().PutLabels("large", large); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*hearsay.Node{a, o} {
		awaitState(t, n, "b", "the removal", func(m *hearsay.Metadata) bool {
			_, isThere := m.Labels["large"]
			return m.Labels["small"] == "1" && !isThere
		})
	}
	for _, n := range []*hearsay.Node{b, o} {
		awaitState(t, n, "a", "the large label", func(m *hearsay.Metadata) bool { return m.Labels["large"] == large })
	}
	if err := o.Metadata().PutLabels("mine", ""); !errors.Is(err, hearsay.ErrObserver) {
		t.Errorf("an observer's setter: %v", err)
	}
	if _, ok := o.Metadata().Of("o"); ok {
		t.Error("an observer has state of its own")
	}
}

// awaitHealth returns when a node is told that a member reports a health.
func awaitHealth(t *testing.T, n *hearsay.Node, member string, want hearsay.Health, begun func()) {
	for event := range n.Events(deadline(t), 0) {
		if begun != nil {
			begun()
			begun = nil
		}
		if e, ok := event.(hearsay.MemberHealthChanged); ok && e.Member.ID == member && e.Member.Health == want {
			return
		}
	}
	t.Errorf("%s was never told that %s is %v", n.ID(), member, want)
}

func testHealth(t *testing.T, open func(string) transport.Opener) {
	nodes := startAll(t, open, "a", "b", "c")
	awaitAll(t, nodes...)
	told := make(chan struct{})
	listening := make(chan struct{})
	go func() {
		defer close(told)
		awaitHealth(t, nodes[2], "b", hearsay.HealthUnhealthy, func() { close(listening) })
	}()
	<-listening
	if err := nodes[1].SetHealth(hearsay.HealthUnhealthy); err != nil {
		t.Fatal(err)
	}
	<-told
	for _, n := range nodes {
		await(t, n, "the health of b", func(v *hearsay.View) bool {
			m, _ := v.Get("b")
			return m.Health == hearsay.HealthUnhealthy && m.Status == hearsay.StatusUp
		})
	}
	// It is part of what b says of itself: there is one place for it.
	if m, _ := nodes[0].Metadata().Of("b"); m.Health != hearsayv1.NodeHealthUnhealthy {
		t.Errorf("its metadata are %+v", m)
	}
	if err := nodes[1].Metadata().SetHealth(hearsayv1.NodeHealthHealthy); err != nil {
		t.Fatal(err)
	}
	await(t, nodes[0], "the health of b", func(v *hearsay.View) bool {
		m, _ := v.Get("b")
		return m.Health == hearsay.HealthHealthy
	})
	awaitAll(t, nodes...)
	if err := nodes[1].Close(); err != nil {
		t.Fatal(err)
	}
	await(t, nodes[0], "its death", hasStatus("b", hearsay.StatusDead))
	if m, _ := nodes[0].View().Get("b"); m.Health != hearsay.HealthUnreported {
		t.Errorf("the dead are %v", m.Health)
	}
	if err := nodes[1].SetHealth(hearsay.HealthHealthy); !errors.Is(err, hearsay.ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
}

func TestHealthIsLoggedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		var j journal
		a := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), Logger: slog.New(slog.NewTextHandler(&j, nil))})
		b := start(t, hearsay.Config{NodeID: "b", Cluster: cluster, Transport: open("b"), Seeds: []string{a.LocalAddr().String()}})
		awaitAll(t, a, b)
		for _, health := range []hearsay.Health{hearsay.HealthDegraded, hearsay.HealthHealthy, 200} {
			for range 3 {
				if err := b.SetHealth(health); err != nil {
					t.Fatal(err)
				}
				after(time.Minute)
			}
		}
		lines := strings.Join(j.lines("health", "member=b"), "")
		for _, want := range []string{"level=WARN", "from=unreported to=degraded", "from=degraded to=healthy", "from=healthy to=unreported"} {
			if strings.Count(lines, want) != 1 {
				t.Errorf("%q is not there once: %s", want, lines)
			}
		}
	})
}

func TestStateBeyondItsBudgetIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), StateBudget: 4096, TombstoneLife: time.Minute})
		labels := n.Metadata()
		if err := labels.PutLabels("k", strings.Repeat("v", 3000)); err != nil {
			t.Fatal(err)
		}
		before := labels.Bytes()
		if before < 3000+state.SlotOverhead || before > 3020+state.SlotOverhead {
			t.Errorf("it counts %d bytes", before)
		}
		err := labels.PutLabels("l", strings.Repeat("v", 2000))
		over, is := errors.AsType[*state.BudgetError](err)
		if !is || over.Budget != 4096 || over.Bytes <= 4096 || labels.Bytes() != before {
			t.Errorf("beyond the budget: %v", err)
		}
		// What is smaller than before fits, always, and what is removed leaves room.
		if err := labels.PutLabels("k", strings.Repeat("v", 100)); err != nil {
			t.Error(err)
		}
		if err := labels.PutLabels("l", strings.Repeat("v", 2000)); err != nil {
			t.Error(err)
		}
		if err := labels.RemoveLabels("l"); err != nil {
			t.Error(err)
		}
		// Tombstones take room, and give it back at once where it is needed.
		for i := range 1000 {
			key := "key-" + strconv.Itoa(i)
			if err := errors.Join(labels.PutLabels(key, ""), labels.RemoveLabels(key)); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
		}
	})
}

func TestChangesEndWithTheirContextAndWithTheNode(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), AppVersion: "1"})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var told []string
		for change := range n.Metadata().Changes(ctx) {
			told = append(told, change.Member+" "+change.Field.String()+" "+change.Value.Version)
			cancel()
		}
		if len(told) != 1 || told[0] != "a version 1" {
			t.Errorf("told %q", told)
		}
		ended := make(chan int)
		go func() {
			count := 0
			for range n.Metadata().Changes(t.Context()) {
				count++
			}
			ended <- count
		}()
		synctest.Wait()
		if err := n.Metadata().SetVersion("2"); err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		if count := <-ended; count != 2 {
			t.Errorf("%d changes were told before the node ended, want 2", count)
		}
	})
}

func TestEveryProblemOfMetadataNamesItsField(t *testing.T) {
	cfg := hearsay.Config{
		NodeID: "a", Cluster: cluster, Transport: unopened{t}, StateBudget: 1 << 10,
		Roles: []string{"\xff"}, Labels: map[string]string{strings.Repeat("k", 97): "v"}, AppVersion: strings.Repeat("\xff", 2),
		TombstoneLife: time.Second,
	}
	message := cfg.Validate().Error()
	for _, want := range []string{"hearsay: Roles: ", "hearsay: Labels: ", "hearsay: AppVersion: ", "TombstoneLife"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not named in\n%s", want, message)
		}
	}
	cfg = hearsay.Config{
		NodeID: "a", Cluster: cluster, Transport: unopened{t}, StateBudget: 1 << 10, Roles: []string{strings.Repeat("r", 2000)},
	}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "StateBudget is 1024: Roles, Labels and AppVersion alone take 22") {
		t.Errorf("beyond the budget: %v", err)
	}
}

// heavy is a replica with more than a node has room for.
type heavy struct{ closed bool }

func (*heavy) TypeName() string      { return "test.Heavy" }
func (*heavy) TypeID() uint32        { return 7 }
func (*heavy) Feed([]replica.Update) {}
func (h *heavy) Close()              { h.closed = true }

func (*heavy) Attach(replica.Host) ([]state.Change, error) {
	return []state.Change{{Slot: state.Slot{Type: 7, Field: 1}, Value: make([]byte, 5000)}}, nil
}

func TestAReplicaThatDoesNotFitIsClosed(t *testing.T) {
	inBubble(t, func(t *testing.T, open func(string) transport.Opener) {
		n := start(t, hearsay.Config{NodeID: "a", Cluster: cluster, Transport: open("a"), StateBudget: 4096})
		r := new(heavy)
		if _, err := hearsay.Open(n, r); !errors.Is(err, state.ErrBudget) || !r.closed {
			t.Errorf("closed is %v after %v", r.closed, err)
		}
	})
}
