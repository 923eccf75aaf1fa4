package membership

import (
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Whatever an envelope holds, a table takes or refuses each part of it, keeps
// its sums and its own record, and does nothing when it comes a second time.
func FuzzTable(f *testing.F) {
	own := sampleRecord("self", 1)
	own.Incarnation, own.Verdict = 7, hearsayv1.VerdictDead
	known, dead := sampleRecord("b", 9), sampleRecord("c", 3)
	dead.Verdict = hearsayv1.VerdictDead
	for _, seed := range []*hearsayv1.Envelope{
		{Delta: &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{own, known, dead}}},
		{Accusations: []hearsayv1.Accusation{{Subject: wire.Key("b"), Generation: known.Generation, Accuser: 3, Evidence: 1}}},
		{Sum: &hearsayv1.Sum{Salt: 3, Buckets: make([]uint32, 64)}},
		{Tags: &hearsayv1.Tags{Salt: 3, Buckets: 16, Covered: []byte{255, 255}, Tags: []uint32{1, 2, 3}}},
		{Want: &hearsayv1.Want{Keys: []uint64{wire.Key("b")}, Salt: 3, Tags: []uint32{1}}},
	} {
		f.Add(seed.AppendTo(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var envelope hearsayv1.Envelope
		if envelope.Unmarshal(data) != nil {
			return
		}
		table := sampleTable(t, "self")
		beginSample(t, table, 1)
		for i, id := range []string{"b", "c", "d", "e"} {
			mustMerge(t, table, 0, sampleRecord(id, byte(2+i)))
		}
		before := table.Self().record()
		mergeAll(table, &envelope)
		checkTable(t, table)
		checkAnswers(t, table, &envelope)
		if !table.Self().holds(&before) {
			t.Fatalf("the own record is now %+v", table.Self().record())
		}
		version := table.Version()
		mergeAll(table, &envelope)
		if table.Version() != version {
			t.Fatal("the same envelope has changed the table twice")
		}
		table.Expire(Instant(1000 * 24 * time.Hour))
		checkTable(t, table)
		mergeAll(table, &envelope)
		checkTable(t, table)
	})
}

func mergeAll(table *Table, envelope *hearsayv1.Envelope) {
	if envelope.Delta != nil {
		for i := range envelope.Delta.Records {
			_, _ = table.Merge(0, &envelope.Delta.Records[i])
		}
	}
	for i := range envelope.Accusations {
		_, _ = table.MergeAccusation(0, &envelope.Accusations[i])
	}
}

// checkAnswers asks the table what the envelope asks, within 4 datagrams.
func checkAnswers(t *testing.T, table *Table, envelope *hearsayv1.Envelope) {
	const size, count = 1160, 4
	var records []*Entry
	if envelope.Sum != nil {
		var answer SumAnswer
		_ = table.AnswerSum(envelope.Sum, size, count, &answer)
		records = append(records, answer.Records...)
		for i := range answer.Tags {
			if answer.Tags[i].Size() > size {
				t.Fatalf("Tags of %d bytes", answer.Tags[i].Size())
			}
		}
	}
	if envelope.Tags != nil {
		var answer TagsAnswer
		_ = table.AnswerTags(envelope.Tags, size, size*count, &answer)
		records = append(records, answer.Records...)
		if len(answer.Want) > size/4 {
			t.Fatalf("%d tags are wanted", len(answer.Want))
		}
	}
	if envelope.Want != nil {
		records = append(records, table.AnswerWant(envelope.Want, size*count, nil)...)
	}
	for _, e := range records {
		if table.Lookup(e.Key()) != e {
			t.Fatalf("%s is sent and not in the table", e.ID())
		}
	}
}
