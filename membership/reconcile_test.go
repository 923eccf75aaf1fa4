package membership

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// exchange is one side of a reconciliation: it hands over what the other
// answers, and counts.
type exchange struct {
	size, count int
	rng         *rand.Rand
	records     int
}

// run lets a send a Sum to b, and carries the exchange to its end: Tags,
// records, Want, and the answers to stale records.
func (x *exchange) run(t fataler, a, b *Table) {
	t.Helper()
	var sum hearsayv1.Sum
	a.AppendSum(&sum, x.rng.Uint64()|1, x.size)
	if n := len(sum.AppendTo(nil)); n > x.size-sumHeadroom+16 && len(sum.Buckets) > 1 {
		t.Fatalf("a Sum of %d bytes for a budget of %d", n, x.size)
	}
	var answer SumAnswer
	if err := b.AnswerSum(&sum, x.size, x.count, &answer); err != nil {
		t.Fatalf("answering a Sum of %d buckets: %v", len(sum.Buckets), err)
	}
	if len(answer.Tags) > x.count {
		t.Fatalf("%d messages of Tags, %d allowed", len(answer.Tags), x.count)
	}
	x.hand(t, b, a, answer.Records, x.size*x.count)
	for i := range answer.Tags {
		if n := len(answer.Tags[i].AppendTo(nil)); n > x.size {
			t.Fatalf("Tags of %d bytes for a budget of %d", n, x.size)
		}
		var back TagsAnswer
		if err := a.AnswerTags(&answer.Tags[i], x.size, x.size*x.count, &back); err != nil {
			t.Fatalf("answering Tags: %v", err)
		}
		want := hearsayv1.Want{Salt: sum.Salt, Tags: back.Want}
		if n := len(want.AppendTo(nil)); n > x.size {
			t.Fatalf("a Want of %d bytes for a budget of %d", n, x.size)
		}
		x.hand(t, a, b, back.Records, x.size*x.count)
		x.hand(t, b, a, b.AnswerWant(&want, x.size*x.count, nil), x.size*x.count)
	}
	checkTable(t, a)
	checkTable(t, b)
}

// hand merges records of one table into the other, and the winners back.
func (x *exchange) hand(t fataler, from, to *Table, entries []*Entry, room int) {
	t.Helper()
	var rec, winner hearsayv1.NodeRecord
	for _, e := range entries {
		if room -= e.RecordSize() + recordHeadroom; room < 0 {
			t.Fatalf("more records than there is room for")
		}
	}
	// What is handed is encoded at once, before the answers change the table.
	records := make([]hearsayv1.NodeRecord, len(entries))
	for i, e := range entries {
		e.CopyTo(&records[i])
	}
	for _, rec = range records {
		x.records++
		outcome, err := to.Merge(0, &rec)
		if err != nil {
			t.Fatalf("merge of %+v: %v", rec, err)
		}
		if outcome.Has(Stale) && to.Answer(rec.ID, &winner) {
			if _, err := from.Merge(0, &winner); err != nil {
				t.Fatalf("merge of the winner %+v: %v", winner, err)
			}
		}
	}
}

// diverged returns two tables that agree on common members, each of which
// knows some that the other does not, and newer records of some.
func diverged(tb testing.TB, common, onlyA, onlyB, newerA, newerB, dead int) (a, b *Table) {
	a, b = sampleTable(tb, "a"), sampleTable(tb, "b")
	beginSample(tb, a, 1)
	beginSample(tb, b, 2)
	number := 0
	add := func(n int, tables ...*Table) {
		for range n {
			for _, table := range tables {
				mustMerge(tb, table, 0, sampleRecord(fmt.Sprintf("m%05d", number), byte(number)))
			}
			number++
		}
	}
	add(common, a, b)
	add(onlyA, a)
	add(onlyB, b)
	change := func(table *Table, from, to int, change func(*hearsayv1.NodeRecord)) {
		for i := from; i < to; i++ {
			mustMerge(tb, table, 0, changed(sampleRecord(fmt.Sprintf("m%05d", i), byte(i)), change))
		}
	}
	change(a, 0, newerA, func(r *hearsayv1.NodeRecord) { r.Version, r.Owner = 2, sampleOwnerBytes(77, hearsayv1.NodeStatusUp) })
	change(b, newerA, newerA+newerB, func(r *hearsayv1.NodeRecord) { r.Incarnation = 2 })
	change(b, newerA+newerB, newerA+newerB+dead, func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead })
	return a, b
}

// liveRecords prints the live members of a table, in the order of ids.
func liveRecords(t *Table) []string {
	var lines []string
	for e := range t.live() {
		rec := e.record()
		lines = append(lines, fmt.Sprintf("%s %d %d %x", rec.ID, rec.Incarnation, rec.Version, rec.Owner))
	}
	slices.Sort(lines)
	return lines
}

func TestExchangesMakeTablesAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 60)
		common := n.Draw(rt, "common") + 15
		a, b := diverged(t, common, n.Draw(rt, "only a"), n.Draw(rt, "only b"),
			rapid.IntRange(0, 5).Draw(rt, "newer a"), rapid.IntRange(0, 5).Draw(rt, "newer b"), rapid.IntRange(0, 5).Draw(rt, "dead"))
		x := exchange{
			size: rapid.IntRange(256, 9000).Draw(rt, "size"), count: rapid.IntRange(1, 4).Draw(rt, "count"),
			rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)),
		}
		rounds := 0
		for ; a.Root() != b.Root(); rounds++ {
			if rounds == 60 {
				rt.Fatalf("after %d exchanges %d and %d members are known", rounds, a.LiveCount(), b.LiveCount())
			}
			x.run(rt, a, b)
			a, b = b, a
		}
		if !slices.Equal(liveRecords(a), liveRecords(b)) {
			rt.Fatalf("equal roots, other members")
		}
	})
}

// One exchange in ordinary datagrams settles what a burst of losses leaves.
func TestOneExchangeSettlesAFewDifferences(t *testing.T) {
	a, b := diverged(t, 1000, 3, 3, 2, 2, 2)
	x := exchange{size: 1160, count: 4, rng: rand.New(rand.NewPCG(1, 2))}
	x.run(t, a, b)
	if a.Root() != b.Root() {
		t.Error("the roots differ after an exchange")
	}
	// a and b do not know each other either: 2 more records; of the 12 others
	// each travels once, and those with an older twin at most twice.
	if x.records > 2+3+3+2*2+2*2+2 {
		t.Errorf("%d records were sent for 14 differences", x.records)
	}
}

// A joiner's next Sum is the cursor: it is given other records each time, and
// hardly any twice.
func TestAJoinerIsGivenTheTableInPieces(t *testing.T) {
	const n = 500
	_, b := diverged(t, n, 0, 0, 0, 0, 0)
	joiner := sampleTable(t, "joiner")
	beginSample(t, joiner, 9)
	x := exchange{size: 1160, count: 4, rng: rand.New(rand.NewPCG(3, 4))}
	rounds := 0
	for ; joiner.Root() != b.Root(); rounds++ {
		if rounds == 20 {
			t.Fatalf("%d of %d members after %d exchanges", joiner.LiveCount(), n, rounds)
		}
		x.run(t, joiner, b)
	}
	if x.records > n+n/10 {
		t.Errorf("%d records were sent for a table of %d", x.records, n)
	}
	t.Logf("%d members in %d exchanges, %d records", n, rounds, x.records)
}

// A bucket whose tags do not fit a datagram is told in parts.
func TestBucketsBeyondADatagramAreReconciledInTheEnd(t *testing.T) {
	a, b := diverged(t, 3000, 20, 20, 0, 0, 0)
	x := exchange{size: 256, count: 4, rng: rand.New(rand.NewPCG(5, 6))}
	for rounds := 0; a.Root() != b.Root(); rounds++ {
		if rounds == 1000 {
			t.Fatalf("%d and %d members after %d exchanges", a.LiveCount(), b.LiveCount(), rounds)
		}
		x.run(t, a, b)
		a, b = b, a
	}
}

// Where the other side has nothing, tags would be a round trip for nothing.
func TestRecordsAnswerForEmptyBucketsAndTagsForOthers(t *testing.T) {
	_, table := diverged(t, 200, 0, 0, 0, 0, 0)
	var sum hearsayv1.Sum
	var answer SumAnswer
	sampleTable(t, "joiner").AppendSum(&sum, 3, 1160)
	if err := table.AnswerSum(&sum, 1160, 100, &answer); err != nil || len(answer.Tags) != 0 || len(answer.Records) != table.LiveCount() {
		t.Errorf("an empty table is answered with %d Tags and %d records, %v", len(answer.Tags), len(answer.Records), err)
	}
	table.AppendSum(&sum, 3, 1160)
	for i := range sum.Buckets {
		sum.Buckets[i] ^= 1 << 31
	}
	if err := table.AnswerSum(&sum, 1160, 100, &answer); err != nil || len(answer.Records) != 0 {
		t.Errorf("a table that differs everywhere is answered with %d records, %v", len(answer.Records), err)
	}
	tags := 0
	for i := range answer.Tags {
		tags += len(answer.Tags[i].Tags)
	}
	if tags != table.LiveCount() {
		t.Errorf("%d tags for %d members", tags, table.LiveCount())
	}
}

// Answers that are cut short must not begin at the same members each time: of
// two joiners, or of two answers that were lost, each would be given the same.
func TestAnswersThatAreCutShortBeginElsewhereEachTime(t *testing.T) {
	_, table := diverged(t, 300, 0, 0, 0, 0, 0)
	rng := rand.New(rand.NewPCG(7, 8))
	var sum hearsayv1.Sum
	var answer SumAnswer
	firsts := map[string]bool{}
	for range 50 {
		sampleTable(t, "joiner").AppendSum(&sum, rng.Uint64()|1, 1160)
		if err := table.AnswerSum(&sum, 1160, 1, &answer); err != nil || len(answer.Records) == 0 || len(answer.Records) > 50 {
			t.Fatalf("%d records in one datagram, %v", len(answer.Records), err)
		}
		firsts[answer.Records[0].ID()] = true
	}
	if len(firsts) < 25 {
		t.Errorf("50 answers began at %d members", len(firsts))
	}
}

// Buckets are not divided, so messages do not fill; what stays unused counts.
func TestUnusedRoomOfMessagesCounts(t *testing.T) {
	const size = 256
	a, b := diverged(t, 1250, 0, 0, 0, 0, 0)
	var sum hearsayv1.Sum
	var answer SumAnswer
	a.AppendSum(&sum, 5, size)
	for i := range sum.Buckets {
		sum.Buckets[i] ^= 1 << 31
	}
	for count := 1; count <= len(sum.Buckets); count++ {
		if err := b.AnswerSum(&sum, size, count, &answer); err != nil || len(answer.Tags) > count || len(answer.Tags) == 0 {
			t.Errorf("%d messages of Tags where %d are allowed, %v", len(answer.Tags), count, err)
		}
	}
}

func TestSumsHaveAsManyBucketsAsFit(t *testing.T) {
	for _, test := range []struct{ budget, want int }{
		{0, 1}, {100, 1}, {104, 2}, {256, 32}, {512, 64}, {607, 64}, {608, 128}, {1119, 128}, {1120, 256}, {1160, 256}, {1 << 20, 256},
	} {
		if got := sumBuckets(test.budget); got != test.want {
			t.Errorf("%d buckets in %d bytes, want %d", got, test.budget, test.want)
		}
	}
}

func TestCoarserBucketsAreSumsOfFinerOnes(t *testing.T) {
	_, table := diverged(t, 300, 0, 0, 0, 0, 0)
	for count := 1; count <= leaves; count *= 2 {
		want := make([]uint64, count)
		for e := range table.live() {
			want[bucketOf(e.key, count)] += e.leaf
		}
		for i := range want {
			if got := table.sums.bucket(i, count); got != want[i] {
				t.Fatalf("bucket %d of %d is %x, want %x", i, count, got, want[i])
			}
		}
	}
}

func TestMalformedDigestsAreRefused(t *testing.T) {
	_, table := diverged(t, 10, 0, 0, 0, 0, 0)
	for _, sum := range []hearsayv1.Sum{
		{Salt: 1}, {Salt: 2, Buckets: make([]uint32, 2)}, {Salt: 1, Buckets: make([]uint32, 3)}, {Salt: 1, Buckets: make([]uint32, 512)},
	} {
		var answer SumAnswer
		if err := table.AnswerSum(&sum, 1000, 4, &answer); !errors.Is(err, ErrBadDigest) || len(answer.Records)+len(answer.Tags) > 0 {
			t.Errorf("a Sum of %d buckets under %d: %v", len(sum.Buckets), sum.Salt, err)
		}
	}
	for _, tags := range []hearsayv1.Tags{
		{Salt: 1}, {Salt: 2, Buckets: 2}, {Salt: 1, Buckets: 3}, {Salt: 1, Buckets: 512},
		{Salt: 1, Buckets: 1 << 31}, {Salt: 1, Buckets: 8, Covered: make([]byte, 2)},
	} {
		var answer TagsAnswer
		if err := table.AnswerTags(&tags, 1000, 4000, &answer); !errors.Is(err, ErrBadDigest) || len(answer.Records)+len(answer.Want) > 0 {
			t.Errorf("Tags of %d buckets under %d: %v", tags.Buckets, tags.Salt, err)
		}
	}
}

func TestWantsAreAnsweredWithinTheirRoom(t *testing.T) {
	_, table := diverged(t, 100, 0, 0, 0, 0, 0)
	gone := sampleRecord("gone", 3)
	gone.Verdict = hearsayv1.VerdictDead
	mustMerge(t, table, 0, gone)
	b := table.LookupID("m00001")
	want := hearsayv1.Want{
		Keys: []uint64{wire.Key("nobody"), wire.Key("gone"), b.Key(), b.Key()},
		Salt: 7, Tags: []uint32{shorten(b.leaf, 7), shorten(table.LookupID("m00002").leaf, 7), 1},
	}
	got := table.AnswerWant(&want, 4000, nil)
	names := []string{}
	for _, e := range got {
		names = append(names, e.ID())
	}
	if fmt.Sprint(names) != "[gone m00001 m00002]" {
		t.Errorf("answered with %v", names)
	}
	if got := table.AnswerWant(&want, b.RecordSize()+recordHeadroom, nil); len(got) != 1 {
		t.Errorf("%d records in the room of one", len(got))
	}
	var all hearsayv1.Want
	for e := range table.live() {
		all.Keys = append(all.Keys, e.Key())
	}
	often := hearsayv1.Want{Keys: slices.Repeat(all.Keys, 8)}
	if got := table.AnswerWant(&often, 1<<20, nil); len(got) != len(all.Keys) {
		t.Errorf("%d records for %d keys, each asked for 8 times", len(got), len(all.Keys))
	}
	size := 0
	for _, e := range table.AnswerWant(&all, 1000, nil) {
		size += e.RecordSize() + recordHeadroom
	}
	if size > 1000 || size < 900 {
		t.Errorf("%d bytes of records in a room of 1000", size)
	}
}

// A Want as long as one may be is answered without memory, and what it asks for
// twice is looked for in a set of bits: not among all that was found before.
func TestALongWantCostsNoMemory(t *testing.T) {
	_, table := diverged(t, 100, 0, 0, 0, 0, 0)
	var want hearsayv1.Want
	for len(want.Keys) < 8192 {
		for e := range table.live() {
			want.Keys = append(want.Keys, e.Key())
		}
	}
	answer := table.AnswerWant(&want, 1<<20, nil)
	found := len(answer)
	if allocs := testing.AllocsPerRun(10, func() { answer = table.AnswerWant(&want, 1<<20, answer[:0]) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if len(answer) != found || found != table.LiveCount() {
		t.Errorf("%d records, and then %d, of %d members", found, len(answer), table.LiveCount())
	}
	var set numberSet
	for range 2 {
		set.empty(200)
		for _, number := range []uint32{1, 63, 64, 65, 200} {
			if !set.add(number) || set.add(number) {
				t.Errorf("%d is not in the set once", number)
			}
		}
	}
}
