package membership

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Whatever fits an owner part is kept to the byte, and endpoint by endpoint: of
// one endpoint or several, in a profile's own memory or not.
func TestProfilesKeepOwnerPartsOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 4).Draw(t, "endpoints")
		part := &hearsayv1.OwnerPart{
			Status: hearsayv1.NodeStatusUp,
			Zone:   string(bytes.Repeat([]byte{'z'}, rapid.IntRange(0, MaxZoneBytes).Draw(t, "zone"))),
		}
		for i := range count {
			part.Endpoints = append(part.Endpoints, hearsayv1.Endpoint{
				Transport: "udp", IP: []byte{10, 0, 0, byte(i + 1)}, Port: uint32(i + 1),
				Scope: fmt.Sprint("scope-", i)[:rapid.SampledFrom([]int{0, 7}).Draw(t, "scope")],
			})
		}
		rec := hearsayv1.NodeRecord{ID: "b", Generation: uint64(NewGeneration(1, 1)), Version: 1, Owner: part.AppendTo(nil)}
		decoder := newOwnerDecoder()
		p, err := decoder.profile(&rec)
		if err != nil {
			t.Fatal(err)
		}
		if !p.says(&rec) || !bytes.Equal(p.owner(), rec.Owner) || p.zone() != part.Zone || len(p.listens()) != count {
			t.Fatalf("%+v became %+v", part, p)
		}
		for i, e := range p.listens() {
			if want := part.Endpoints[i]; uint32(e.Address.Port()) != want.Port || e.Scope != want.Scope || e.Network != want.Transport {
				t.Fatalf("endpoint %d is %v", i, e)
			}
		}
		owner := bytes.Clone(rec.Owner)
		rec.Owner[0]++
		if !bytes.Equal(p.owner(), owner) {
			t.Fatal("the profile has the record's memory")
		}
	})
}

// A record that says the same has the same profile, whatever is held against its
// node; one of another incarnation has another, and the first stays as it was.
func TestAProfileChangesWithWhatItSays(t *testing.T) {
	table := sampleTable(t, "a")
	rec := sampleRecord("b", 2)
	mustMerge(t, table, 0, rec)
	e := table.LookupID("b")
	first := e.profile
	rec.StateVersion, rec.Verdict = 9, hearsayv1.VerdictDead
	mustMerge(t, table, 0, rec)
	if e.profile != first {
		t.Error("a verdict has made another profile")
	}
	rec.Incarnation, rec.Verdict = 1, hearsayv1.VerdictNone
	mustMerge(t, table, 0, rec)
	if e.profile == first || first.incarnation != 0 || e.Incarnation() != 1 || !bytes.Equal(first.owner(), e.Owner()) {
		t.Errorf("refuted: %+v, before %+v", e.profile, first)
	}
}

// An input may end with the table forgetting the member that it came from.
func TestAVoidEntryIsNobody(t *testing.T) {
	table := sampleTable(t, "a")
	rec := changed(sampleRecord("b", 2), func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead })
	mustMerge(t, table, 0, rec)
	e := table.LookupID("b")
	if table.Expire(100*day) != 1 {
		t.Fatal("it is remembered")
	}
	if e.ID() != "" || e.Generation() != 0 || e.CurrentLife(1) || e.Endpoints() != nil || e.Owner() != nil || e.Zone() != "" {
		t.Errorf("a void entry is %+v", e)
	}
}

// Views hold what the table holds, and no copy of it.
func TestViewsShareTheProfilesOfTheTable(t *testing.T) {
	c := formed(t, 17, 6, nil)
	n := c.nodes[0]
	for e := range n.table.All() {
		if shown, ok := n.View().find(e.ID()); !ok || shown.profile != e.profile || shown.standing != standingOf(StatusUp, HealthUnreported, nil) {
			t.Errorf("%s is shown as %+v", e.ID(), shown)
		}
	}
}

func TestACrowdOfRumoursGivesItsMemoryBack(t *testing.T) {
	q := newRumourQueue()
	for i := range uint64(10 * keptRumours) {
		q.add(rumourName{subject: i + 1}, 0, false)
	}
	for q.len() > 0 {
		q.begin(2, 2)
		for r := q.take(); r != nil; r = q.take() {
			r.sent = true
		}
		q.end()
	}
	if len(q.free) > keptRumours || q.queued != 0 || cap(q.levels[1].queue) > keptRumours {
		t.Errorf("%d rumours are kept, and %d places", len(q.free), cap(q.levels[1].queue))
	}
	q.add(rumourName{subject: 1}, 0, false)
	q.begin(2, 2)
	if r := q.take(); r == nil || r.name.subject != 1 {
		t.Error("the queue is of no use afterwards")
	}
}
