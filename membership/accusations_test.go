package membership

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

func accusationOf(e *Entry, accuser uint64) hearsayv1.Accusation {
	return hearsayv1.Accusation{
		Subject: e.Key(), Generation: uint64(e.Generation()), Incarnation: uint32(e.Incarnation()),
		Accuser: accuser, Evidence: hearsayv1.EvidenceNack,
	}
}

func mustAccuse(tb testing.TB, t *Table, a hearsayv1.Accusation) Outcome {
	tb.Helper()
	outcome, err := t.MergeAccusation(0, &a)
	if err != nil {
		tb.Fatalf("MergeAccusation(%+v): %v", a, err)
	}
	return outcome
}

// suspectTable holds b, at incarnation 1, whom nobody accuses yet.
func suspectTable(tb testing.TB) (*Table, *Entry) {
	table := sampleTable(tb, "a")
	mustMerge(tb, table, 0, changed(sampleRecord("b", 2), func(r *hearsayv1.NodeRecord) { r.Incarnation = 1 }))
	return table, table.LookupID("b")
}

func TestAnAccusedMemberIsSuspect(t *testing.T) {
	table, b := suspectTable(t)
	root := table.Root()
	if got := mustAccuse(t, table, accusationOf(b, 5)); got != Changed {
		t.Errorf("the first accusation: outcome %b", got)
	}
	if b.Shown() != StatusSuspect || !b.Live() || b.AccusedBy(5) != hearsayv1.EvidenceNack || b.AccusedBy(6) != hearsayv1.EvidenceUnspecified {
		t.Errorf("shown as %v, accused by 5 for %v", b.Shown(), b.AccusedBy(5))
	}
	if table.Root() != root {
		t.Error("a suspect is summed otherwise than before")
	}
	if got := mustAccuse(t, table, accusationOf(b, 5)); got != Unchanged {
		t.Errorf("the same again: outcome %b", got)
	}
	harder := accusationOf(b, 5)
	harder.Evidence = hearsayv1.EvidenceUnreachable
	if got := mustAccuse(t, table, harder); got != Changed || b.AccuserCount() != 1 {
		t.Errorf("harder evidence of the same accuser: outcome %b, %d accusers", got, b.AccuserCount())
	}
	if got := b.AppendAccusations(nil); len(got) != 1 || !got[0].Equal(&harder) {
		t.Errorf("accusations to pass on: %+v", got)
	}
}

func TestAccusationsEndWithWhatTheyAccuse(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*hearsayv1.NodeRecord)
		outcome Outcome
		shown   Status
	}{
		{"a refutation", func(r *hearsayv1.NodeRecord) { r.Incarnation++ }, Stale, StatusUp},
		{"a new life", func(r *hearsayv1.NodeRecord) { r.Generation++ }, Stale, StatusUp},
		{"a removal", func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictRemoved }, Stale, StatusRemoved},
		{"Dead keeps them: who accused whom stays visible", func(r *hearsayv1.NodeRecord) {
			r.Verdict = hearsayv1.VerdictDead
		}, Unchanged, StatusDead},
		{"other content keeps them", func(r *hearsayv1.NodeRecord) { r.Version++ }, Unchanged, StatusSuspect},
	} {
		t.Run(test.name, func(t *testing.T) {
			table, b := suspectTable(t)
			old := accusationOf(b, 5)
			mustAccuse(t, table, old)
			mustMerge(t, table, 0, changed(b.record(), test.change))
			if kept := b.AccuserCount() == 1; kept != (test.outcome == Unchanged) || b.Shown() != test.shown {
				t.Errorf("accusation kept: %v, shown as %v", kept, b.Shown())
			}
			if got := mustAccuse(t, table, old); got != test.outcome {
				t.Errorf("the accusation once more: outcome %b, want %b", got, test.outcome)
			}
			checkTable(t, table)
		})
	}
}

func TestAnAccusationAheadOfTheRecordWaitsForIt(t *testing.T) {
	table, b := suspectTable(t)
	ahead := accusationOf(b, 5)
	ahead.Incarnation = 2
	if got := mustAccuse(t, table, ahead); got != Changed|Behind {
		t.Errorf("outcome %b", got)
	}
	if b.Shown() != StatusUp || b.AppendAccusations(nil) != nil {
		t.Errorf("shown as %v before the record is known", b.Shown())
	}
	if got := mustAccuse(t, table, accusationOf(b, 6)); got != Unchanged {
		t.Errorf("an accusation that was refuted meanwhile: outcome %b", got)
	}
	mustMerge(t, table, 0, changed(b.record(), func(r *hearsayv1.NodeRecord) { r.Incarnation = 2 }))
	if b.Shown() != StatusSuspect || b.AccuserCount() != 1 {
		t.Errorf("shown as %v once the record is known", b.Shown())
	}
}

// What is ahead keeps out what is said of the record as it is for a time, once.
func TestAccusationsAheadOfTheRecordHaveTheirTime(t *testing.T) {
	table, b := suspectTable(t)
	keep := table.cfg.AheadKeep
	for _, step := range []struct {
		at          time.Duration
		incarnation uint32
		accuser     uint64
		want        Outcome
		shown       Status
	}{
		{1, 2, 5, Changed | Behind, StatusUp},
		{2, 1, 6, Unchanged, StatusUp},
		{3, 9, 5, Changed | Behind, StatusUp}, // more and more of it buys no time
		{keep, 1, 6, Unchanged, StatusUp},
		{keep + 1, math.MaxUint32, 5, Behind, StatusUp},
		{keep + 1, 9, 7, Behind, StatusUp},
		{keep + 2, 1, 6, Changed, StatusSuspect},
		{keep + 3, 9, 5, Behind, StatusSuspect},
		{2*keep + 3, 9, 5, Behind, StatusSuspect},
		{2*keep + 3, 1, 7, Changed, StatusSuspect},
	} {
		a := accusationOf(b, step.accuser)
		a.Incarnation = step.incarnation
		got, err := table.MergeAccusation(Instant(step.at), &a)
		if err != nil || got != step.want || b.Shown() != step.shown {
			t.Errorf("after %v, of incarnation %d: outcome %b, %v, shown as %v; want %b, %v",
				step.at, step.incarnation, got, err, b.Shown(), step.want, step.shown)
		}
	}
	mustMerge(t, table, 0, changed(b.record(), func(r *hearsayv1.NodeRecord) { r.Incarnation = 3 }))
	ahead := accusationOf(b, 5)
	ahead.Incarnation = 4
	if got := mustAccuse(t, table, ahead); got != Changed|Behind || b.Shown() != StatusUp {
		t.Errorf("when the record has changed: outcome %b, shown as %v", got, b.Shown())
	}
	mustMerge(t, table, 0, changed(b.record(), func(r *hearsayv1.NodeRecord) { r.Incarnation = 4 }))
	if b.Shown() != StatusSuspect {
		t.Errorf("caught up with, shown as %v", b.Shown())
	}
}

func TestTheSameAccusersAreKeptInAnyOrder(t *testing.T) {
	_, b := suspectTable(t)
	keys := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	want := slices.Clone(keys)
	slices.SortFunc(want, func(x, y uint64) int {
		return cmp.Compare(rendezvous(x, b.Key(), b.Generation()), rendezvous(y, b.Key(), b.Generation()))
	})
	for _, backwards := range []bool{false, true} {
		table, b := suspectTable(t)
		if backwards {
			slices.Reverse(keys)
		}
		for _, key := range keys {
			mustAccuse(t, table, accusationOf(b, key))
		}
		var got []uint64
		for _, a := range b.AppendAccusations(nil) {
			got = append(got, a.Accuser)
		}
		if !slices.Equal(got, want[:MaxAccusers]) {
			t.Errorf("kept %v of %v, want %v", got, keys, want[:MaxAccusers])
		}
	}
}

func TestMalformedAccusationsAreRefused(t *testing.T) {
	table, b := suspectTable(t)
	for _, test := range []struct {
		name   string
		change func(*hearsayv1.Accusation)
		want   error
	}{
		{"of nobody", func(a *hearsayv1.Accusation) { a.Subject = 0 }, ErrBadAccusation},
		{"by nobody", func(a *hearsayv1.Accusation) { a.Accuser = 0 }, ErrBadAccusation},
		{"of oneself", func(a *hearsayv1.Accusation) { a.Accuser = a.Subject }, ErrBadAccusation},
		{"without evidence", func(a *hearsayv1.Accusation) { a.Evidence = 0 }, ErrBadAccusation},
		{"of no life", func(a *hearsayv1.Accusation) { a.Generation = 0 }, ErrBadAccusation},
		{"of an impossible life", func(a *hearsayv1.Accusation) { a.Generation = 1<<63 | 1<<32 }, ErrBadAccusation},
		{"of an unknown node", func(a *hearsayv1.Accusation) { a.Subject = wire.Key("nobody") }, ErrUnknownSubject},
	} {
		a := accusationOf(b, 5)
		test.change(&a)
		version := table.Version()
		if _, err := table.MergeAccusation(0, &a); !errors.Is(err, test.want) || !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if table.Version() != version || b.Accused() {
			t.Errorf("%s: the table has changed", test.name)
		}
	}
}
