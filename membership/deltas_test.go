package membership

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Whoever follows a table by its deltas, at whatever pace, holds its records.
func TestAFollowerOfDeltasHoldsTheTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		source, follower := sampleTable(t, "a"), sampleTable(t, "z")
		var delta hearsayv1.MembershipDelta
		at := uint64(0)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			rec := drawRecord("b", "c", "d", "e").Draw(rt, "record")
			mustMerge(t, source, 0, rec)
			if !rapid.Bool().Draw(rt, "follow") {
				continue
			}
			source.DeltaSince(at, &delta)
			if delta.From != at || delta.To != source.Version() {
				rt.Fatalf("a delta (%d, %d] after %d of %d", delta.From, delta.To, at, source.Version())
			}
			at = delta.To
			for i := range delta.Records {
				mustMerge(t, follower, 0, delta.Records[i])
			}
			if a, b := contents(source), contents(follower); !slices.Equal(a, b) {
				rt.Fatalf("source %v\nfollower %v", a, b)
			}
		}
	})
}

func TestDeltasHoldWhatChangedInOrder(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	for i, id := range []string{"b", "c", "d"} {
		mustMerge(t, table, 0, sampleRecord(id, byte(i)))
	}
	at := table.Version()
	mustMerge(t, table, 0, changed(sampleRecord("c", 1), func(r *hearsayv1.NodeRecord) { r.Version = 2 }))
	if err := table.Refute(0, 0); err != nil {
		t.Fatal(err)
	}
	mustMerge(t, table, 0, changed(sampleRecord("c", 1), func(r *hearsayv1.NodeRecord) { r.Version = 3 }))
	for _, test := range []struct {
		since uint64
		want  string
	}{
		{at, "[a c]"}, {table.Version(), "[]"}, {0, "[b d a c]"},
		{table.Version() + 1, "[b d a c]"}, // a version of another table
	} {
		var delta hearsayv1.MembershipDelta
		table.DeltaSince(test.since, &delta)
		ids := []string{}
		for _, rec := range delta.Records {
			ids = append(ids, rec.ID)
		}
		if got := fmt.Sprint(ids); got != test.want {
			t.Errorf("since %d: %v, want %v", test.since, got, test.want)
		}
		if test.since > table.Version() && delta.From != 0 {
			t.Errorf("a delta from %d of a table at %d", delta.From, table.Version())
		}
	}
}

// A record that was copied out stays as it was, and its memory is used again.
func TestACopiedRecordIsNobodysButItsHolders(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, sampleRecord("b", 2))
	var rec hearsayv1.NodeRecord
	e := table.Lookup(wire.Key("b"))
	e.CopyTo(&rec)
	owner := rec.Owner
	for i := range rec.Owner {
		rec.Owner[i] = 0xff
	}
	if want := sampleRecord("b", 2); !e.holds(&want) {
		t.Fatal("writing into a copied record has changed the table")
	}
	e.CopyTo(&rec)
	if &owner[0] != &rec.Owner[0] {
		t.Error("the memory of a copied record is not used again")
	}
}

func TestRecordSizeIsThatOfTheEncodedRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rec := drawRecord("b", "a longer name").Draw(rt, "record")
		rec.Incarnation = rapid.Uint32().Draw(rt, "incarnation")
		rec.StateVersion = rapid.Uint64().Draw(rt, "state version")
		rec.Verdict = hearsayv1.Verdict(rapid.Int32Min(1).Draw(rt, "verdict"))
		table := sampleTable(t, "a")
		mustMerge(t, table, 0, rec)
		if got, want := table.LookupID(rec.ID).RecordSize(), len(rec.AppendTo(nil)); got != want {
			rt.Fatalf("size %d of %d bytes", got, want)
		}
	})
}
