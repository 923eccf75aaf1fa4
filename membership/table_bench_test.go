package membership

import (
	"fmt"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// benchRecords returns the records of n members with names and owner parts of
// ordinary length.
func benchRecords(n int) []hearsayv1.NodeRecord {
	records := make([]hearsayv1.NodeRecord, n)
	for i := range records {
		records[i] = sampleRecord(fmt.Sprintf("node-%05d.eu1", i), byte(i))
	}
	return records
}

func benchTable(b *testing.B, records []hearsayv1.NodeRecord) *Table {
	table := sampleTable(b, "self")
	for i := range records {
		if outcome, err := table.Merge(0, &records[i]); outcome != Changed || err != nil {
			b.Fatal(outcome, err)
		}
	}
	return table
}

// What arrives is nearly always known. It must cost a look-up and a comparison.
func BenchmarkMergeKnownRecord(b *testing.B) {
	records := benchRecords(256)
	table := benchTable(b, records)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if outcome, err := table.Merge(0, &records[i&255]); outcome != Unchanged || err != nil {
			b.Fatal(outcome, err)
		}
		i++
	}
}

func BenchmarkMergeStaleRecord(b *testing.B) {
	records := benchRecords(256)
	table := benchTable(b, records)
	for i := range records {
		mustMerge(b, table, 0, changed(records[i], func(r *hearsayv1.NodeRecord) { r.Incarnation++ }))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if outcome, err := table.Merge(0, &records[i&255]); outcome != Stale || err != nil {
			b.Fatal(outcome, err)
		}
		i++
	}
}

// New records of unknown members, in a table that has room for them.
func BenchmarkMergeNewRecord(b *testing.B) {
	const n = 1024
	records := benchRecords(n)
	table := benchTable(b, records)
	b.ReportAllocs()
	merged := 0
	for b.Loop() {
		if merged%n == 0 {
			b.StopTimer()
			for i := range records {
				table.takeOut(table.LookupID(records[i].ID))
			}
			b.StartTimer()
		}
		if outcome, err := table.Merge(0, &records[merged%n]); outcome != Changed || err != nil {
			b.Fatal(outcome, err)
		}
		merged++
	}
}

// takeOut makes the table as if it had never heard of a live member.
func (t *Table) takeOut(e *Entry) {
	t.sums.remove(e.key, e.leaf, t.viewTerm(e))
	t.unlist(e, true)
	t.unchain(e)
	t.unindex(e)
	t.release(e)
}

// A change of what a member says of itself.
func BenchmarkMergeNewerRecord(b *testing.B) {
	records := benchRecords(256)
	table := benchTable(b, records)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		rec := &records[i&255]
		rec.Incarnation++
		if outcome, err := table.Merge(0, rec); outcome != Changed || err != nil {
			b.Fatal(outcome, err)
		}
		i++
	}
}

func BenchmarkMergeFullTable(b *testing.B) {
	for _, n := range []int{256, 1024} {
		records := benchRecords(n)
		table := benchTable(b, records)
		b.Run(fmt.Sprintf("known/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i := range records {
					if _, err := table.Merge(0, &records[i]); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("new/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				benchTable(b, records)
			}
		})
	}
}

func BenchmarkMergeKnownAccusation(b *testing.B) {
	table := benchTable(b, benchRecords(256))
	e := table.Lookup(wire.Key("node-00007.eu1"))
	a := accusationOf(e, 5)
	mustAccuse(b, table, a)
	b.ReportAllocs()
	for b.Loop() {
		if outcome, err := table.MergeAccusation(0, &a); outcome != Unchanged || err != nil {
			b.Fatal(outcome, err)
		}
	}
}

func BenchmarkAnswerSumOfAJoiner(b *testing.B) {
	table := benchTable(b, benchRecords(1024))
	joiner := sampleTable(b, "joiner")
	beginSample(b, joiner, 1)
	var sum hearsayv1.Sum
	var answer SumAnswer
	joiner.AppendSum(&sum, 0x9e3779b97f4a7c15, 1160)
	b.ReportAllocs()
	for b.Loop() {
		if err := table.AnswerSum(&sum, 1160, 4, &answer); err != nil || len(answer.Records) == 0 {
			b.Fatal(err)
		}
	}
}

// The calls of every datagram allocate nothing, however long a node runs.
func TestTheCommonCallsDoNotAllocate(t *testing.T) {
	table := sampleTable(t, "self")
	beginSample(t, table, 1)
	records := benchRecords(64)
	for i := range records {
		mustMerge(t, table, 0, records[i])
	}
	stale := changed(records[3], func(r *hearsayv1.NodeRecord) { r.Generation-- })
	accusation := accusationOf(table.LookupID(records[5].ID), 9)
	mustAccuse(t, table, accusation)
	verdict := changed(records[9], func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead })
	mustMerge(t, table, 0, verdict)
	var rec hearsayv1.NodeRecord
	var sum hearsayv1.Sum
	var delta hearsayv1.MembershipDelta
	var answer SumAnswer
	table.DeltaSince(0, &delta)
	for name, call := range map[string]func(){
		"a known record":     func() { _, _ = table.Merge(0, &records[7]) },
		"a stale record":     func() { _, _ = table.Merge(0, &stale) },
		"a known accusation": func() { _, _ = table.MergeAccusation(0, &accusation) },
		"a state's progress": func() { records[8].StateVersion++; _, _ = table.Merge(0, &records[8]) },
		"a copy":             func() { table.LookupID("node-00003.eu1").CopyTo(&rec) },
		"an answer":          func() { table.Answer("node-00003.eu1", &rec) },
		"look-ups":           func() { table.Lookup(5); table.Root(); table.RootWithout(5); table.ViewHash() },
		"a sum":              func() { table.AppendSum(&sum, 3, 1160) },
		"an answer to a sum": func() { _ = table.AnswerSum(&sum, 1160, 4, &answer) },
		"a delta":            func() { table.DeltaSince(0, &delta) },
		"an idle expiry":     func() { table.Expire(1) },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	// What a record says anew is one object, which the views share.
	for name, call := range map[string]func(){
		"a newer record": func() { records[8].Incarnation++; _, _ = table.Merge(0, &records[8]) },
		"a new verdict":  func() { verdict.Incarnation++; _, _ = table.Merge(0, &verdict) },
	} {
		if n := testing.AllocsPerRun(100, call); n > 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// A Want that names all members again and again, as long as one may be: what it
// costs must grow with the Want, and not with its square.
func BenchmarkAnswerWant(b *testing.B) {
	const members = 1024
	table := benchTable(b, benchRecords(members))
	for _, keys := range []int{1024, 8192} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			var want hearsayv1.Want
			for i := range keys {
				want.Keys = append(want.Keys, table.Peers()[i%members].Key())
			}
			var answer []*Entry
			b.ReportAllocs()
			for b.Loop() {
				if answer = table.AnswerWant(&want, 1<<20, answer[:0]); len(answer) != members {
					b.Fatal(len(answer))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(keys), "ns/key")
		})
	}
}
