package membership

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// viewFollower derives views and updates from a table as a coordinator does.
type viewFollower struct {
	table   *Table
	view    *View
	version uint64
}

// update returns what changed since the last call.
func (f *viewFollower) update() TopologyUpdated {
	full := f.view == nil
	if full {
		f.view = &View{}
	}
	var changed []listed
	for e := range f.table.ChangedSince(f.version) {
		changed = append(changed, f.table.list(e, e.Shown()))
	}
	changed = f.table.forgottenIn(f.view, changed)
	slices.SortFunc(changed, func(a, b listed) int { return cmp.Compare(a.id, b.id) })
	members := make([]Member, len(changed))
	for i := range changed {
		members[i] = changed[i].member()
	}
	number := f.view.Version + 1
	f.view, f.version = f.view.with(changed), f.table.Version()
	f.view.Version, f.view.Hash, f.view.Self = number, f.table.ViewHash(), f.table.cfg.Self
	f.view.ObservedAt = time.Unix(int64(number), 0).UTC()
	return TopologyUpdated{View: f.view, Full: full, Changed: members}
}

// fromScratch is the view of a table as it should be, made without a view
// before it.
func fromScratch(t *Table, like *View) *View {
	v := &View{Version: like.Version, Hash: like.Hash, Self: like.Self, ObservedAt: like.ObservedAt}
	var live, gone []listed
	for e := range t.All() {
		if m := t.list(e, e.Shown()); m.status.Live() {
			live = append(live, m)
		} else {
			gone = append(gone, m)
		}
	}
	byID := func(a, b listed) int { return cmp.Compare(a.id, b.id) }
	slices.SortFunc(live, byID)
	slices.SortFunc(gone, byID)
	v.live, v.gone = newMemberList(live), newMemberList(gone)
	return v
}

// A view built from events alone equals the snapshot, from whichever full
// update on they are read.
func TestViewsBuiltFromEventsEqualTheSnapshots(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := sampleTable(t, "a")
		beginSample(t, table, 1)
		f := viewFollower{table: table}
		var builder, late ViewBuilder
		var now Instant
		for range rapid.IntRange(1, 20).Draw(rt, "updates") {
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				switch rapid.IntRange(0, 2).Draw(rt, "kind") {
				case 0:
					mustMerge(t, table, now, drawRecord("b", "c", "d", "e").Draw(rt, "record"))
				case 1:
					a := drawAccusation(wire.Key("b"), wire.Key("c")).Draw(rt, "accusation")
					_, _ = table.MergeAccusation(0, &a)
				case 2:
					now += day
					table.Expire(now)
				}
			}
			update := f.update()
			if want := fromScratch(table, update.View); !want.Equal(update.View) {
				rt.Fatalf("view\n%v\nwant\n%v", update.View, want)
			}
			if got := builder.Apply(update); !got.Equal(update.View) {
				rt.Fatalf("built\n%v\nwant\n%v", got, update.View)
			}
			if rapid.Bool().Draw(rt, "lagged") {
				// A subscriber that lost updates is given a full one next.
				update = TopologyUpdated{View: f.view, Full: true, Changed: slices.AppendSeq(slices.Collect(f.view.Members()), f.view.Gone())}
				slices.SortFunc(update.Changed, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
				if got := late.Apply(update); !got.Equal(f.view) {
					rt.Fatalf("built from a full update\n%v\nwant\n%v", got, f.view)
				}
			}
		}
	})
}

func TestABuilderNeedsAFullUpdateFirst(t *testing.T) {
	var b ViewBuilder
	view := &View{Version: 7}
	m := Member{ID: "x", Status: StatusUp}
	if b.Apply(TopologyUpdated{View: view, Changed: []Member{m}}) != nil || b.View() != nil {
		t.Error("a view without a full update")
	}
	if b.Apply(TopologyUpdated{Full: true, Changed: []Member{m}}) != nil {
		t.Error("a view of an update without view")
	}
	if got := b.Apply(TopologyUpdated{View: view, Full: true, Changed: []Member{m}}); got.Len() != 1 || b.View() != got {
		t.Error("no view of a full update")
	}
}

func TestViewsDoNotChangeAfterwards(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	mustMerge(t, table, 0, sampleRecord("b", 2))
	f := viewFollower{table: table}
	before := f.update().View
	text := before.String()
	mustMerge(t, table, 0, changed(sampleRecord("b", 9), func(r *hearsayv1.NodeRecord) { r.Version = 2 }))
	mustAccuse(t, table, accusationOf(table.LookupID("b"), 5))
	f.update()
	if before.String() != text {
		t.Errorf("a published view went from\n%s to\n%s", text, before)
	}
}

// sampleView shows everything that a view can show.
func sampleView(tb testing.TB) *View {
	table := sampleTable(tb, "node-a")
	part := sampleOwner(1, hearsayv1.NodeStatusUp)
	part.Endpoints = append(part.Endpoints, hearsayv1.Endpoint{
		Transport: "quic", IP: append([]byte{0xfd}, make([]byte, 15)...), Port: 443, Scope: "lan",
	})
	if err := table.BeginLife(0, NewGeneration(1<<31, 5), part); err != nil {
		tb.Fatal(err)
	}
	mustMerge(tb, table, 0, sampleRecord("node-b", 2))
	mustMerge(tb, table, 0, changed(sampleRecord("node-c", 3), func(r *hearsayv1.NodeRecord) {
		r.Owner, r.Incarnation = sampleOwnerBytes(3, hearsayv1.NodeStatusJoining), 4
	}))
	b := table.LookupID("node-b")
	mustAccuse(tb, table, accusationOf(b, wire.Key("node-c")))
	mustAccuse(tb, table, accusationOf(b, 0xab))
	mustMerge(tb, table, 0, changed(sampleRecord("node-d", 4), func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead }))
	mustMerge(tb, table, 0, hearsayv1.NodeRecord{ID: "node-e", Generation: uint64(NewGeneration(7, 1)), Verdict: hearsayv1.VerdictRemoved})
	f := viewFollower{table: table}
	return f.update().View
}

var updateGolden = flag.Bool("update", false, "rewrite what is expected in testdata")

func TestViewDumpsAreGolden(t *testing.T) {
	view := sampleView(t)
	text, err := json.MarshalIndent(view, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := view.String() + string(text) + "\n"
	path := filepath.Join("testdata", "view.golden")
	if *updateGolden {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has\n%s\nand the view prints\n%s", path, want, got)
	}
}

func TestViewsSurviveJSON(t *testing.T) {
	view := sampleView(t)
	view.Blocked = []Blocked{
		{Block{Address: netip.MustParseAddrPort("[fd00::9]:7946")}, view.ObservedAt.Add(time.Hour)},
		{Block{Prefix: netip.MustParsePrefix("10.0.0.0/8")}, view.ObservedAt.Add(time.Minute)},
		{Block{ID: "node-x"}, view.ObservedAt.Add(time.Second)},
	}
	text, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	var back View
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Equal(view) {
		t.Errorf("read back\n%v\nwant\n%v", &back, view)
	}
	for name, bad := range map[string]string{
		"no JSON":              `{`,
		"an unknown status":    strings.Replace(string(text), `"up"`, `"fine"`, 1),
		"a hash that is none":  strings.Replace(string(text), `"hash":"`, `"hash":"x`, 1),
		"members out of order": strings.Replace(string(text), `"id":"node-a"`, `"id":"zz"`, 1),
		"a block of nothing":   strings.Replace(string(text), `"id":"node-x"`, `"id":""`, 1),
		"a block of two kinds": strings.Replace(string(text), `"prefix":`, `"id":"x","prefix":`, 1),
		"the dead among the living": strings.Replace(string(text), `"status":"up"`,
			`"status":"dead"`, 1),
	} {
		kept := back
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was read", name)
		}
		if !back.Equal(&kept) {
			t.Errorf("%s has changed the view", name)
		}
	}
}

func TestViewsFindTheirMembers(t *testing.T) {
	view := sampleView(t)
	for m := range view.Members() {
		if got, ok := view.Get(m.ID); !ok || !got.Equal(m) {
			t.Errorf("%s: %v %v", m.ID, got, ok)
		}
	}
	for m := range view.Gone() {
		if got, ok := view.Get(m.ID); !ok || got.Status.Live() {
			t.Errorf("%s: %v %v", m.ID, got, ok)
		}
	}
	if _, ok := view.Get("node"); ok {
		t.Error("an unknown member was found")
	}
	var first []string
	for m := range view.Members() {
		if first = append(first, m.ID); len(first) == 2 {
			break
		}
	}
	if fmt.Sprint(first) != "[node-a node-b]" || view.Len() != 3 {
		t.Errorf("the first two of %d members are %v", view.Len(), first)
	}
}
