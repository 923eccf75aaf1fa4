package membership

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

func TestMergeTellsWhoKnewMore(t *testing.T) {
	stored := changed(sampleRecord("b", 2), func(r *hearsayv1.NodeRecord) {
		r.Incarnation, r.Version, r.StateVersion = 3, 3, 3
	})
	type change = func(*hearsayv1.NodeRecord)
	for _, test := range []struct {
		name   string
		change change
		want   Outcome
	}{
		{"the same", func(r *hearsayv1.NodeRecord) {}, Unchanged},
		{"an older life", func(r *hearsayv1.NodeRecord) { r.Generation-- }, Stale},
		{"a lower incarnation", func(r *hearsayv1.NodeRecord) { r.Incarnation = 2 }, Stale},
		{"a verdict on a lower incarnation", func(r *hearsayv1.NodeRecord) {
			r.Incarnation, r.Verdict = 2, hearsayv1.VerdictDead
		}, Stale},
		{"less state", func(r *hearsayv1.NodeRecord) { r.StateVersion = 1 }, Unchanged},
		{"more state", func(r *hearsayv1.NodeRecord) { r.StateVersion = 99 }, Changed | Announced},
		{"a newer life", func(r *hearsayv1.NodeRecord) { r.Generation++ }, Changed},
		{"a refutation", func(r *hearsayv1.NodeRecord) { r.Incarnation = 4 }, Changed},
		{"a verdict", func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead }, Changed},
		{"a verdict without owner part", func(r *hearsayv1.NodeRecord) {
			r.Verdict, r.Version, r.Owner = hearsayv1.VerdictRemoved, 0, nil
		}, Changed | Stale},
		{"newer content of a lower incarnation", func(r *hearsayv1.NodeRecord) {
			r.Incarnation, r.Version = 1, 4
		}, Changed | Stale},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := sampleTable(t, "a")
			mustMerge(t, table, 0, stored)
			before := table.Version()
			if got := mustMerge(t, table, 0, changed(stored, test.change)); got != test.want {
				t.Errorf("outcome %b, want %b", got, test.want)
			}
			if rose := table.Version() > before; rose != test.want.Has(Changed) {
				t.Errorf("version went from %d to %d", before, table.Version())
			}
			checkTable(t, table)
		})
	}
}

func TestMergeRefusesWithoutAChange(t *testing.T) {
	owner := sampleOwner(9, hearsayv1.NodeStatusUp)
	withOwner := func(change func(*hearsayv1.OwnerPart)) func(*hearsayv1.NodeRecord) {
		return func(r *hearsayv1.NodeRecord) {
			part := owner.Clone()
			change(part)
			r.Owner = part.AppendTo(nil)
		}
	}
	for _, test := range []struct {
		name   string
		change func(*hearsayv1.NodeRecord)
		want   error
	}{
		{"no id", func(r *hearsayv1.NodeRecord) { r.ID = "" }, ErrBadID},
		{"an id of 65 bytes", func(r *hearsayv1.NodeRecord) { r.ID = strings.Repeat("x", 65) }, ErrBadID},
		{"an id that is no UTF-8", func(r *hearsayv1.NodeRecord) { r.ID = "\xff" }, ErrBadID},
		{"no generation", func(r *hearsayv1.NodeRecord) { r.Generation = 0 }, ErrBadGeneration},
		{"a nonce without counter", func(r *hearsayv1.NodeRecord) { r.Generation = 1<<32 - 1 }, ErrBadGeneration},
		{"a counter above the maximum", func(r *hearsayv1.NodeRecord) {
			r.Generation = uint64(NewGeneration(MaxCounter+1, 0))
		}, ErrBadGeneration},
		{"a negative verdict", func(r *hearsayv1.NodeRecord) { r.Verdict = -1 }, ErrBadVerdict},
		{"neither verdict nor owner part", func(r *hearsayv1.NodeRecord) { r.Version, r.Owner = 0, nil }, ErrNoOwner},
		{"a version without owner part", func(r *hearsayv1.NodeRecord) { r.Owner = nil }, ErrBadOwner},
		{"an owner part without version", func(r *hearsayv1.NodeRecord) {
			r.Version, r.Verdict = 0, hearsayv1.VerdictDead
		}, ErrBadOwner},
		{"too many bytes", func(r *hearsayv1.NodeRecord) {
			r.Owner = make([]byte, MaxOwnerBytes(r.ID)+1)
		}, ErrRecordTooLarge},
		{"an owner part that does not decode", func(r *hearsayv1.NodeRecord) { r.Owner = []byte{0x0a, 0x7f} }, ErrBadOwner},
		{"no endpoint", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints = nil }), ErrBadOwner},
		{"an address of 5 bytes", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].IP = make([]byte, 5) }), ErrBadOwner},
		{"an unspecified address", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].IP = make([]byte, 4) }), ErrBadOwner},
		{"a multicast address", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].IP = []byte{224, 0, 0, 1} }), ErrBadOwner},
		{"no port", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].Port = 0 }), ErrBadOwner},
		{"a port above 65535", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].Port = 65536 }), ErrBadOwner},
		{"no transport", withOwner(func(o *hearsayv1.OwnerPart) { o.Endpoints[0].Transport = "" }), ErrBadOwner},
		{"no status", withOwner(func(o *hearsayv1.OwnerPart) { o.Status = 0 }), ErrBadOwner},
		{"wire versions upside down", withOwner(func(o *hearsayv1.OwnerPart) { o.WireMin = 3 }), ErrBadOwner},
		{"a wire version above 255", withOwner(func(o *hearsayv1.OwnerPart) { o.WireMax = 256 }), ErrBadOwner},
		{"a zone of 65 bytes", withOwner(func(o *hearsayv1.OwnerPart) { o.Zone = strings.Repeat("z", 65) }), ErrBadOwner},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, known := range []bool{false, true} {
				table := sampleTable(t, "a")
				if known {
					mustMerge(t, table, 0, sampleRecord("b", 2))
				}
				before, version := contents(table), table.Version()
				rec := changed(sampleRecord("b", 3), func(r *hearsayv1.NodeRecord) { r.Generation += 9; r.Version = 9 })
				test.change(&rec)
				outcome, err := table.Merge(0, &rec)
				if outcome != Unchanged || !errors.Is(err, test.want) || !errors.Is(err, ErrRefused) {
					t.Errorf("known=%v: outcome %b, %v; want %v", known, outcome, err, test.want)
				}
				if !slices.Equal(before, contents(table)) || table.Version() != version {
					t.Errorf("known=%v: the table has changed", known)
				}
				checkTable(t, table)
			}
		})
	}
}

func TestMergeRefusesBeyondItsBound(t *testing.T) {
	table, err := NewTable(TableConfig{Cluster: "test", Self: "a", MaxMembers: 2})
	if err != nil {
		t.Fatal(err)
	}
	mustMerge(t, table, 0, sampleRecord("b", 2))
	mustMerge(t, table, 0, sampleRecord("c", 3))
	rec := sampleRecord("d", 4)
	if _, err := table.Merge(0, &rec); !errors.Is(err, ErrTableFull) {
		t.Errorf("a third member of two: %v", err)
	}
	if table.Len() != 2 || table.LookupID("d") != nil {
		t.Error("the table grew beyond its bound")
	}
	checkTable(t, table)
}

func TestMergeRefusesTheKeyOfAnotherID(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, sampleRecord("b", 2))
	// No two ids with one key are known: pretend that b has the key of c.
	b := table.LookupID("b")
	table.unindex(b)
	b.key = wire.Key("c")
	table.index(b)
	rec := sampleRecord("c", 3)
	if _, err := table.Merge(0, &rec); !errors.Is(err, ErrKeyCollision) {
		t.Errorf("a record with the key of another id: %v", err)
	}
}

func TestMergeLeavesTheOwnRecordAlone(t *testing.T) {
	table := sampleTable(t, "a")
	ghost := sampleRecord("a", 9)
	if got := mustMerge(t, table, 0, ghost); got != Contested || table.Len() != 0 {
		t.Fatalf("before the life begins: outcome %b, %d entries", got, table.Len())
	}
	if err := table.BeginLife(0, NewGeneration(2, 1), sampleOwner(1, hearsayv1.NodeStatusUp)); err != nil {
		t.Fatal(err)
	}
	own := table.Self().record()
	for _, test := range []struct {
		name string
		rec  hearsayv1.NodeRecord
		want Outcome
	}{
		{"itself", own, Unchanged},
		{"a life before", ghost, Stale},
		{"a verdict on this life", changed(own, func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictDead }), Contested},
		{"an incarnation that was never taken", changed(own, func(r *hearsayv1.NodeRecord) { r.Incarnation = 5 }), Contested},
		{"a content that was never written", changed(own, func(r *hearsayv1.NodeRecord) { r.Version = 5 }), Contested},
		{"a life that was never lived", changed(own, func(r *hearsayv1.NodeRecord) { r.Generation++ }), Contested},
	} {
		if got := mustMerge(t, table, 0, test.rec); got != test.want {
			t.Errorf("%s: outcome %b, want %b", test.name, got, test.want)
		}
		if !table.Self().holds(&own) {
			t.Fatalf("%s: the own record has changed", test.name)
		}
	}
	malformed := changed(own, func(r *hearsayv1.NodeRecord) { r.Version, r.Owner = 9, []byte{0x0a, 0x7f} })
	if outcome, err := table.Merge(0, &malformed); outcome != Unchanged || !errors.Is(err, ErrBadOwner) {
		t.Errorf("a content that nobody would take: outcome %b, %v", outcome, err)
	}
	checkTable(t, table)
}

// Whatever the order and however often things arrive, equal sets of them make
// equal tables.
func TestTablesAreEqualWhateverTheOrder(t *testing.T) {
	ids := []string{"b", "c", "d"}
	keys := []uint64{wire.Key("b"), wire.Key("c"), wire.Key("d")}
	rapid.Check(t, func(rt *rapid.T) {
		records := rapid.SliceOfN(drawRecord(ids...), 1, 12).Draw(rt, "records")
		accusations := rapid.SliceOfN(drawAccusation(keys...), 0, 20).Draw(rt, "accusations")
		shuffled := func(name string) *Table {
			// Unknown subjects are dropped, so each is known from the start.
			table := sampleTable(t, "a")
			for i, id := range ids {
				mustMerge(t, table, 0, sampleRecord(id, byte(i)))
			}
			steps := len(records) + len(accusations)
			order := slices.Concat(rapid.Permutation(upTo(steps)).Draw(rt, name),
				rapid.SliceOf(rapid.IntRange(0, steps-1)).Draw(rt, name+" again"))
			for _, i := range order {
				if i < len(records) {
					mustMerge(t, table, 0, records[i])
				} else if _, err := table.MergeAccusation(0, &accusations[i-len(records)]); err != nil {
					rt.Fatalf("accusation: %v", err)
				}
			}
			checkTable(rt, table)
			return table
		}
		one, two := shuffled("one"), shuffled("two")
		if a, b := contents(one), contents(two); !slices.Equal(a, b) {
			rt.Fatalf("tables differ:\n%s\n\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
		if one.Root() != two.Root() || one.ViewHash() != two.ViewHash() {
			rt.Fatalf("hashes differ: %x %x", one.Root(), two.Root())
		}
	})
}

func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// tableMachine drives a table with everything it has, beside a naive twin: a
// map from ids to joined records.
type tableMachine struct {
	table *Table
	now   Instant
	twin  map[string]hearsayv1.NodeRecord
	// delta is the version up to which deltas were taken.
	delta uint64
}

func (m *tableMachine) merge(t *rapid.T) {
	rec := drawRecord("a", "b", "c", "d", "e").Draw(t, "record")
	outcome, err := m.table.Merge(m.now, &rec)
	if err != nil {
		t.Fatalf("a valid record was refused: %v", err)
	}
	if rec.ID == "a" {
		return
	}
	before, known := m.twin[rec.ID]
	after := rec
	if known {
		after = Join(before, rec)
	}
	m.twin[rec.ID] = after
	if want := !known || !sameRecord(&before, &after); outcome.Has(Changed) != want {
		t.Fatalf("outcome %b of joining %+v to %+v", outcome, rec, before)
	}
	if want := !sameButState(&after, &rec); outcome.Has(Stale) != want {
		t.Fatalf("outcome %b of joining %+v to %+v", outcome, rec, before)
	}
}

func (m *tableMachine) accuse(t *rapid.T) {
	a := drawAccusation(wire.Key("a"), wire.Key("b"), wire.Key("c")).Draw(t, "accusation")
	known := m.table.Lookup(a.Subject) != nil
	if _, err := m.table.MergeAccusation(0, &a); known != (err == nil) {
		t.Fatalf("accusation of a subject (known: %v): %v", known, err)
	}
}

func (m *tableMachine) own(t *rapid.T) {
	before, alive := hearsayv1.NodeRecord{}, m.table.Self() != nil
	if alive {
		before = m.table.Self().record()
	}
	var err error
	switch rapid.IntRange(0, 5).Draw(t, "own change") {
	case 0:
		err = m.table.Refute(m.now, Incarnation(rapid.Uint32Range(0, 3).Draw(t, "above")))
	case 1:
		err = m.table.RaiseVersion(m.now, rapid.Uint32Range(0, 3).Draw(t, "above"))
	case 2:
		err = m.table.SetOwner(m.now, sampleOwner(rapid.ByteRange(1, 3).Draw(t, "host"), hearsayv1.NodeStatusUp))
	case 3:
		err = m.table.SetStateVersion(m.now, rapid.Uint64Range(0, 9).Draw(t, "state"))
	case 4:
		err = m.table.RemoveSelf(m.now)
	default:
		g := m.table.KnownGeneration("a").Counter() + 1
		err = m.table.BeginLife(m.now, NewGeneration(g, 1), sampleOwner(1, hearsayv1.NodeStatusJoining))
		alive = true
	}
	if alive != (err == nil) {
		t.Fatalf("own change (alive: %v): %v", alive, err)
	}
	if before.ID != "" {
		after := m.table.Self().record()
		if joined := Join(before, after); !sameRecord(&joined, &after) {
			t.Fatalf("the own record fell from %+v to %+v", before, after)
		}
	}
}

func (m *tableMachine) condemn(t *rapid.T) {
	id := rapid.SampledFrom([]string{"b", "c", "d"}).Draw(t, "id")
	before, known := m.twin[id]
	v := hearsayv1.Verdict(rapid.IntRange(1, 2).Draw(t, "verdict"))
	outcome, err := m.table.Condemn(m.now, wire.Key(id), Generation(before.Generation), Incarnation(before.Incarnation), v)
	if known != (err == nil) {
		t.Fatalf("condemning %s (known: %v): %v", id, known, err)
	}
	if !known {
		return
	}
	rec := before
	rec.Verdict = v
	after := Join(before, rec)
	if outcome.Has(Changed) == sameRecord(&before, &after) {
		t.Fatalf("outcome %b of condemning %+v", outcome, before)
	}
	m.twin[id] = after
}

func (m *tableMachine) pass(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
}

func (m *tableMachine) check(t *rapid.T) {
	checkTable(t, m.table)
	others := 0
	for id, want := range m.twin {
		e := m.table.LookupID(id)
		if e == nil || !e.holds(&want) {
			t.Fatalf("the table has %+v of %s, its twin %+v", e, id, want)
		}
		others++
	}
	if self := m.table.Self(); self != nil {
		others++
	}
	if others != m.table.Len() {
		t.Fatalf("%d entries, %d expected", m.table.Len(), others)
	}
	var delta hearsayv1.MembershipDelta
	m.table.DeltaSince(m.delta, &delta)
	if delta.From != m.delta || delta.To != m.table.Version() || len(delta.Records) > m.table.Len() {
		t.Fatalf("delta (%d, %d] of %d records", delta.From, delta.To, len(delta.Records))
	}
	m.delta = delta.To
}

func TestTableAgainstItsNaiveTwin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &tableMachine{table: sampleTable(t, "a"), twin: map[string]hearsayv1.NodeRecord{}}
		rt.Repeat(map[string]func(*rapid.T){
			"merge": m.merge, "accuse": m.accuse, "own": m.own,
			"condemn": m.condemn, "pass": m.pass, "": m.check,
		})
	})
}

func TestLookUpByAddress(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	for i, id := range []string{"b", "c", "d"} {
		mustMerge(t, table, 0, sampleRecord(id, byte(2+i/2)))
	}
	at := func(id string) Endpoint {
		endpoint, ok := table.LookupID(id).Endpoint("udp")
		if !ok {
			t.Fatalf("%s has no endpoint", id)
		}
		return endpoint
	}
	first := table.LookupID("b")
	if other := table.LookupID("c"); other.Key() < first.Key() {
		first = other
	}
	if got := table.AtAddress("udp", at("b").Address); got != first {
		t.Errorf("two members at one address: found %v", got.ID())
	}
	second := table.LookupID("b")
	if second == first {
		second = table.LookupID("c")
	}
	if _, err := table.Condemn(0, first.Key(), first.Generation(), 0, hearsayv1.VerdictDead); err != nil {
		t.Fatal(err)
	}
	if got := table.AtAddress("", at("b").Address); got != second {
		t.Errorf("a live member comes before a dead one: found %v", got.ID())
	}
	if got := table.AtAddress("quic", at("b").Address); got != nil {
		t.Errorf("found %s on a network where it does not listen", got.ID())
	}
	if _, ok := first.Endpoint("quic"); ok {
		t.Error("an endpoint of a network that the member does not name")
	}
}

func TestRootWithoutAMember(t *testing.T) {
	with, without := sampleTable(t, "a"), sampleTable(t, "z")
	beginSample(t, with, 1)
	mustMerge(t, with, 0, sampleRecord("b", 2))
	mustMerge(t, without, 0, sampleRecord("b", 2))
	if with.RootWithout(wire.Key("a")) != without.Root() {
		t.Error("the root without a is not that of a table without a")
	}
	if with.RootWithout(wire.Key("nobody")) != with.Root() {
		t.Error("the root without an unknown node is another")
	}
	if with.Root() == without.Root() {
		t.Error("one member more, and the root is the same")
	}
}

func TestNewTableRefusesWhatCannotWork(t *testing.T) {
	for _, cfg := range []TableConfig{
		{Cluster: "c"},
		{Cluster: "c", Self: strings.Repeat("a", 65)},
		{Cluster: "c", Self: "a", MaxMembers: -1},
		{Cluster: "c", Self: "a", MaxFloors: -1},
		{Cluster: "c", Self: "a", DeadKeep: -1},
		{Cluster: "c", Self: "a", RemovedKeep: -1},
		{Cluster: "c", Self: "a", AheadKeep: -1},
	} {
		if _, err := NewTable(cfg); err == nil {
			t.Errorf("%+v makes a table", cfg)
		}
	}
}
