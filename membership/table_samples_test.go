package membership

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// sampleOwner is an owner part with one UDP endpoint at 10.0.0.host:7946.
func sampleOwner(host byte, status hearsayv1.NodeStatus) *hearsayv1.OwnerPart {
	return &hearsayv1.OwnerPart{
		Endpoints: []hearsayv1.Endpoint{{Transport: "udp", IP: []byte{10, 0, 0, host}, Port: 7946}},
		Status:    status, WireMin: 1, WireMax: 2, Zone: "z1",
	}
}

func sampleOwnerBytes(host byte, status hearsayv1.NodeStatus) []byte {
	return sampleOwner(host, status).AppendTo(nil)
}

// sampleRecord is the first record of an id's first life, already Up.
func sampleRecord(id string, host byte) hearsayv1.NodeRecord {
	return hearsayv1.NodeRecord{
		ID: id, Generation: uint64(NewGeneration(1, 7)),
		Version: 1, Owner: sampleOwnerBytes(host, hearsayv1.NodeStatusUp),
	}
}

// changed returns a copy of rec after a change.
func changed(rec hearsayv1.NodeRecord, change func(*hearsayv1.NodeRecord)) hearsayv1.NodeRecord {
	change(&rec)
	return rec
}

func sampleTable(tb testing.TB, self string) *Table {
	tb.Helper()
	table, err := NewTable(TableConfig{Cluster: "test", Self: self})
	if err != nil {
		tb.Fatal(err)
	}
	return table
}

// beginSample begins the life of the table's own node.
func beginSample(tb testing.TB, t *Table, host byte) {
	tb.Helper()
	if err := t.BeginLife(0, NewGeneration(1, uint32(host)), sampleOwner(host, hearsayv1.NodeStatusUp)); err != nil {
		tb.Fatal(err)
	}
}

func mustMerge(tb testing.TB, t *Table, now Instant, rec hearsayv1.NodeRecord) Outcome {
	tb.Helper()
	outcome, err := t.Merge(now, &rec)
	if err != nil {
		tb.Fatalf("Merge(%+v): %v", rec, err)
	}
	return outcome
}

// drawRecord draws valid records from few values, so that they meet often.
func drawRecord(ids ...string) *rapid.Generator[hearsayv1.NodeRecord] {
	return rapid.Custom(func(t *rapid.T) hearsayv1.NodeRecord {
		rec := hearsayv1.NodeRecord{
			ID:           rapid.SampledFrom(ids).Draw(t, "id"),
			Generation:   uint64(NewGeneration(rapid.Uint32Range(1, 2).Draw(t, "counter"), rapid.Uint32Range(0, 1).Draw(t, "nonce"))),
			Incarnation:  rapid.Uint32Range(0, 2).Draw(t, "incarnation"),
			Verdict:      hearsayv1.Verdict(rapid.IntRange(0, 3).Draw(t, "verdict")),
			StateVersion: rapid.Uint64Range(0, 2).Draw(t, "state"),
		}
		if rec.Verdict == hearsayv1.VerdictNone || rapid.Bool().Draw(t, "has owner") {
			rec.Version = rapid.Uint32Range(1, 2).Draw(t, "version")
			rec.Owner = sampleOwnerBytes(rapid.ByteRange(1, 2).Draw(t, "host"), hearsayv1.NodeStatusUp)
		}
		return rec
	})
}

func drawAccusation(keys ...uint64) *rapid.Generator[hearsayv1.Accusation] {
	return rapid.Custom(func(t *rapid.T) hearsayv1.Accusation {
		return hearsayv1.Accusation{
			Subject:     rapid.SampledFrom(keys).Draw(t, "subject"),
			Generation:  uint64(NewGeneration(rapid.Uint32Range(1, 2).Draw(t, "counter"), rapid.Uint32Range(0, 1).Draw(t, "nonce"))),
			Incarnation: rapid.Uint32Range(0, 2).Draw(t, "incarnation"),
			Accuser:     rapid.Uint64Range(1, 12).Draw(t, "accuser"),
			Evidence:    hearsayv1.Evidence(rapid.IntRange(1, 4).Draw(t, "evidence")),
		}
	})
}

// contents prints all that a table knows, in the order of ids.
func contents(t *Table) []string {
	var lines []string
	for e := range t.All() {
		rec := e.record()
		var accused string
		if e.accused != nil {
			accused = fmt.Sprint(e.accused.generation, e.accused.incarnation, e.accused.accusers())
		}
		lines = append(lines, fmt.Sprintf("%s %v i%d %v v%d %x s%d %s", rec.ID, Generation(rec.Generation),
			rec.Incarnation, int32(rec.Verdict), rec.Version, rec.Owner, rec.StateVersion, accused))
	}
	slices.Sort(lines)
	return lines
}

// fataler is what a test, a benchmark and a property have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkTable checks whatever must hold of a table after every call.
func checkTable(tb fataler, t *Table) {
	tb.Helper()
	root, view, buckets := t.Recount()
	if root != t.Root() || view != t.ViewHash() || buckets != t.Buckets() {
		tb.Fatalf("sums are %x %x, recounted %x %x", t.Root(), t.ViewHash(), root, view)
	}
	for i, e := range t.Peers() {
		if !e.Live() || e == t.Self() || int(e.index) != i || t.Lookup(e.Key()) != e || t.LookupID(e.ID()) != e {
			tb.Fatalf("peer %d, %s, is out of place", i, e.ID())
		}
	}
	removed := 0
	for i, e := range t.Gone() {
		if e.Live() || int(e.index) != i || t.Lookup(e.Key()) != e || t.LookupID(e.ID()) != e {
			tb.Fatalf("gone %d, %s, is out of place", i, e.ID())
		}
		if e.Verdict() == hearsayv1.VerdictRemoved {
			removed++
		}
	}
	if removed != t.removed {
		tb.Fatalf("%d are removed, %d counted", removed, t.removed)
	}
	count, last := 0, uint64(0)
	for e := range t.All() {
		if e.Changed() <= last || e.Changed() > t.Version() {
			tb.Fatalf("%s changed at %d, after %d", e.ID(), e.Changed(), last)
		}
		last = e.Changed()
		count++
		if e.Live() && e.Owner() == nil {
			tb.Fatalf("%s is live without an owner part", e.ID())
		}
		if e.accused != nil && e.outranks(e.accused.generation, e.accused.incarnation) {
			tb.Fatalf("%s keeps accusations that it outlived", e.ID())
		}
	}
	self := 0
	if t.Self() != nil {
		self = 1
	}
	if count != t.Len() || count != len(t.Peers())+len(t.Gone())+self || count != t.byKey.count {
		tb.Fatalf("%d entries in the chain, %d by id, %d peers, %d gone", count, t.Len(), len(t.Peers()), len(t.Gone()))
	}
}
