package membership

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

const day = Instant(24 * time.Hour)

// withVerdict is the record of b under a verdict.
func withVerdict(v hearsayv1.Verdict) hearsayv1.NodeRecord {
	return changed(sampleRecord("b", 2), func(r *hearsayv1.NodeRecord) { r.Incarnation, r.Verdict = 3, v })
}

func TestTheGoneAreForgottenInTime(t *testing.T) {
	for _, test := range []struct {
		verdict hearsayv1.Verdict
		end     Instant
	}{
		{hearsayv1.VerdictDead, 7 * day},
		{hearsayv1.VerdictRemoved, Instant(time.Hour)},
		{9, 7 * day},
	} {
		table := sampleTable(t, "a")
		const from = 5
		mustMerge(t, table, 1, sampleRecord("b", 2))
		mustMerge(t, table, from, withVerdict(test.verdict))
		if n := table.Expire(from + test.end - 1); n != 0 || len(table.Gone()) != 1 {
			t.Errorf("%v: forgotten before its time", test.verdict)
		}
		if n := table.Expire(from + test.end); n != 1 || table.Len() != 0 || table.Floors() != 1 || table.Forgets() != 1 {
			t.Errorf("%v: %d forgotten at the end of its time, %d floors", test.verdict, n, table.Floors())
		}
		checkTable(t, table)
	}
}

func TestTheLiveAreNeverForgotten(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	mustMerge(t, table, 0, sampleRecord("b", 2))
	mustMerge(t, table, 1, withVerdict(hearsayv1.VerdictDead))
	mustMerge(t, table, 2, changed(withVerdict(hearsayv1.VerdictNone), func(r *hearsayv1.NodeRecord) { r.Incarnation = 4 }))
	if err := table.RemoveSelf(3); err != nil {
		t.Fatal(err)
	}
	if n := table.Expire(1000 * day); n != 0 || table.LookupID("b") == nil || table.Self() == nil {
		t.Errorf("%d forgotten", n)
	}
}

func TestWhatAFloorLetsPass(t *testing.T) {
	for _, test := range []struct {
		name   string
		floor  hearsayv1.Verdict
		change func(*hearsayv1.NodeRecord)
		want   Outcome
	}{
		{"Dead: the same verdict is no news", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) {}, Unchanged},
		{"Dead: the incarnation that was condemned", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Verdict = 0 }, Stale},
		{"Dead: newer content of it", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Verdict, r.Version = 0, 9 }, Stale},
		{"Dead: an incarnation before", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Incarnation = 1 }, Stale},
		{"Dead: a refutation passes", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Verdict, r.Incarnation = 0, 4 }, Changed},
		{"Dead: a removal passes", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictRemoved }, Changed},
		{"Dead: a life before", hearsayv1.VerdictDead, func(r *hearsayv1.NodeRecord) { r.Generation-- }, Stale},
		{"Removed: a refutation", hearsayv1.VerdictRemoved, func(r *hearsayv1.NodeRecord) { r.Verdict, r.Incarnation = 0, 9 }, Stale},
		{"Removed: Dead", hearsayv1.VerdictRemoved, func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead }, Stale},
		{"Removed: a new life passes", hearsayv1.VerdictRemoved, func(r *hearsayv1.NodeRecord) { r.Verdict = 0; r.Generation++ }, Changed},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := sampleTable(t, "a")
			mustMerge(t, table, 0, withVerdict(test.floor))
			table.Expire(1000 * day)
			if table.Floors() != 1 {
				t.Fatal("no floor")
			}
			known := table.KnownGeneration("b")
			rec := withVerdict(test.floor)
			test.change(&rec)
			if got := mustMerge(t, table, 1000*day, rec); got != test.want {
				t.Fatalf("outcome %b, want %b", got, test.want)
			}
			passed := test.want.Has(Changed)
			if e := table.LookupID("b"); passed != (e != nil && e.holds(&rec)) {
				t.Errorf("passed: %v, entry %+v", passed, e)
			}
			if passed != (table.Floors() == 0) {
				t.Errorf("passed: %v, %d floors", passed, table.Floors())
			}
			if got := table.KnownGeneration("b"); got < known || known == 0 {
				t.Errorf("known generation went from %v to %v", known, got)
			}
			checkTable(t, table)
		})
	}
}

func TestAFloorAnswersForTheForgotten(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, withVerdict(hearsayv1.VerdictDead))
	table.Expire(7 * day)
	var answer hearsayv1.NodeRecord
	if !table.Answer("b", &answer) {
		t.Fatal("no answer")
	}
	want := changed(withVerdict(hearsayv1.VerdictDead), func(r *hearsayv1.NodeRecord) { r.Version, r.Owner = 0, nil })
	if !sameRecord(&answer, &want) || answer.ID != "b" {
		t.Errorf("the floor answers %+v", answer)
	}
	// Who still holds b as live takes the verdict from the floor's answer.
	other := sampleTable(t, "c")
	mustMerge(t, other, 0, changed(withVerdict(0), func(r *hearsayv1.NodeRecord) {}))
	if got := mustMerge(t, other, 0, answer); got != Changed|Stale || other.LookupID("b").Shown() != StatusDead {
		t.Errorf("outcome %b of a floor's answer, shown as %v", got, other.LookupID("b").Shown())
	}
	if table.Answer("nobody", &answer) {
		t.Error("an answer for an unknown id")
	}
}

// buryMany merges n dead, one a second, and returns the time of the last.
func buryMany(tb testing.TB, table *Table, n int, verdict hearsayv1.Verdict) Instant {
	var now Instant
	for i := range n {
		now = Instant(i) * Instant(time.Second)
		mustMerge(tb, table, now, changed(sampleRecord(fmt.Sprintf("gone-%04d", i), byte(i)), func(r *hearsayv1.NodeRecord) { r.Verdict = verdict }))
	}
	return now
}

func TestTheOldestOfTooManyGoneGoFirst(t *testing.T) {
	for _, verdict := range []hearsayv1.Verdict{hearsayv1.VerdictDead, hearsayv1.VerdictRemoved} {
		table := sampleTable(t, "a")
		now := buryMany(t, table, 100, verdict)
		if n := table.Expire(now); n != 100-64 {
			t.Errorf("%v: %d of 100 forgotten", verdict, n)
		}
		if table.LookupID("gone-0035") != nil || table.LookupID("gone-0036") == nil {
			t.Errorf("%v: not the oldest were forgotten", verdict)
		}
		checkTable(t, table)
	}
}

func TestTheGoneAreBoundedByTheLive(t *testing.T) {
	table := sampleTable(t, "a")
	for i := range 50 {
		mustMerge(t, table, 0, sampleRecord(fmt.Sprintf("live-%02d", i), byte(i)))
	}
	now := buryMany(t, table, 150, hearsayv1.VerdictDead)
	table.Expire(now)
	if n := len(table.Gone()); n != 100 {
		t.Errorf("%d dead are kept beside 50 live", n)
	}
}

func TestABurstOfDeathsIsBoundedBeforeExpire(t *testing.T) {
	table := sampleTable(t, "a")
	for i := range 1000 {
		id := fmt.Sprintf("burst-%04d", i)
		mustMerge(t, table, 0, changed(sampleRecord(id, byte(i)), func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead }))
		if n := len(table.Gone()); n > 2*minGone {
			t.Fatalf("%d dead are kept after %d deaths at one time", n, i+1)
		}
		if table.LookupID(id) == nil {
			t.Fatal("the newest death was forgotten at once")
		}
	}
	checkTable(t, table)
}

func TestFloorsAreBoundedAndTheOldestGoesFirst(t *testing.T) {
	table, err := NewTable(TableConfig{Cluster: "test", Self: "a", MaxFloors: 10})
	if err != nil {
		t.Fatal(err)
	}
	now := buryMany(t, table, 12, hearsayv1.VerdictDead)
	for i := range 10 {
		// One after the other reaches its end.
		table.Expire(7*day + Instant(i)*Instant(time.Second))
	}
	// The ghost of the first keeps coming back: its floor stays.
	ghost := sampleRecord("gone-0000", 0)
	if got := mustMerge(t, table, now, ghost); got != Stale {
		t.Fatalf("a ghost: outcome %b", got)
	}
	table.Expire(1000 * day)
	if table.Floors() != 10 {
		t.Errorf("%d floors of at most 10", table.Floors())
	}
	for id, want := range map[string]bool{"gone-0000": true, "gone-0001": false, "gone-0002": false, "gone-0003": true, "gone-0011": true} {
		if got := table.KnownGeneration(id) != 0; got != want {
			t.Errorf("floor of %s: %v, want %v", id, got, want)
		}
	}
}

// The floors against a naive list, newest last.
func TestFloorsAgainstANaiveList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 4
		floors := newFloors(limit)
		var list []uint64
		remove := func(key uint64) {
			for i, k := range list {
				if k == key {
					list = append(list[:i:i], list[i+1:]...)
					return
				}
			}
		}
		key := rapid.Uint64Range(1, 8)
		t.Repeat(map[string]func(*rapid.T){
			"lay": func(t *rapid.T) {
				k := key.Draw(t, "key")
				floors.lay(floor{key: k, generation: Generation(k)})
				remove(k)
				if list = append(list, k); len(list) > limit {
					list = list[1:]
				}
			},
			"drop": func(t *rapid.T) {
				k := key.Draw(t, "key")
				floors.drop(k)
				remove(k)
			},
			"touch": func(t *rapid.T) {
				if len(list) > 0 {
					k := rapid.SampledFrom(list).Draw(t, "key")
					floors.touch(k)
					remove(k)
					list = append(list, k)
				}
			},
			"": func(t *rapid.T) {
				if floors.len() != len(list) || len(floors.slots) > limit {
					t.Fatalf("%d floors in %d slots, %d expected", floors.len(), len(floors.slots), len(list))
				}
				at := floors.oldest
				for _, k := range list {
					if f, ok := floors.find(k); !ok || f.generation != Generation(k) || floors.slots[at].key != k {
						t.Fatalf("floor of %d: %v %v", k, f, ok)
					}
					at = floors.slots[at].newer
				}
			},
		})
	})
}

func TestEntriesAreUsedAgain(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, withVerdict(hearsayv1.VerdictDead))
	first := table.LookupID("b")
	table.Expire(7 * day)
	mustMerge(t, table, 7*day, sampleRecord("c", 3))
	c := table.LookupID("c")
	if c != first {
		t.Error("the entry of a forgotten member is not used again")
	}
	if want := sampleRecord("c", 3); !c.holds(&want) || c.Key() != wire.Key("c") || c.Accused() {
		t.Errorf("the entry kept something of its former member: %+v", c)
	}
	checkTable(t, table)
}
