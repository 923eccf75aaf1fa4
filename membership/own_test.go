package membership

import (
	"errors"
	"math"
	"strings"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

func TestOwnChangesRaiseTheirCounterAndNoOther(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Table) error
		want   func(*hearsayv1.NodeRecord)
	}{
		{"a refutation", func(t *Table) error { return t.Refute(0, 4) },
			func(r *hearsayv1.NodeRecord) { r.Incarnation = 5 }},
		{"a refutation of something older", func(t *Table) error { return t.Refute(0, 0) },
			func(r *hearsayv1.NodeRecord) { r.Incarnation = 2 + 1 }},
		{"the same content under a greater version", func(t *Table) error { return t.RaiseVersion(0, 8) },
			func(r *hearsayv1.NodeRecord) { r.Version = 9 }},
		{"another content", func(t *Table) error { return t.SetOwner(0, sampleOwner(1, hearsayv1.NodeStatusLeaving)) },
			func(r *hearsayv1.NodeRecord) {
				r.Version, r.Owner = 3+1, sampleOwnerBytes(1, hearsayv1.NodeStatusLeaving)
			}},
		{"the same content", func(t *Table) error { return t.SetOwner(0, sampleOwner(1, hearsayv1.NodeStatusUp)) },
			func(r *hearsayv1.NodeRecord) {}},
		{"more state", func(t *Table) error { return t.SetStateVersion(0, 7) },
			func(r *hearsayv1.NodeRecord) { r.StateVersion = 7 }},
		{"less state", func(t *Table) error { return t.SetStateVersion(0, 1) },
			func(r *hearsayv1.NodeRecord) {}},
		{"its end", func(t *Table) error { return t.RemoveSelf(0) },
			func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictRemoved }},
		{"a new life", func(t *Table) error {
			return t.BeginLife(0, NewGeneration(2, 3), sampleOwner(2, hearsayv1.NodeStatusJoining))
		}, func(r *hearsayv1.NodeRecord) {
			*r = hearsayv1.NodeRecord{ID: "a", Generation: uint64(NewGeneration(2, 3)), Version: 1,
				Owner: sampleOwnerBytes(2, hearsayv1.NodeStatusJoining)}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := sampleTable(t, "a")
			beginSample(t, table, 1)
			for _, err := range []error{
				table.Refute(0, 1), table.RaiseVersion(0, 2), table.SetStateVersion(0, 5),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			want := changed(table.Self().record(), test.want)
			if err := test.change(table); err != nil {
				t.Fatal(err)
			}
			if got := table.Self().record(); !sameRecord(&got, &want) {
				t.Errorf("the record is %+v, want %+v", got, want)
			}
			checkTable(t, table)
		})
	}
}

func TestOwnChangesNeedALife(t *testing.T) {
	table := sampleTable(t, "a")
	for name, err := range map[string]error{
		"refute": table.Refute(0, 0), "raise": table.RaiseVersion(0, 0), "state": table.SetStateVersion(0, 1),
		"remove": table.RemoveSelf(0), "owner": table.SetOwner(0, sampleOwner(1, hearsayv1.NodeStatusUp)),
	} {
		if !errors.Is(err, ErrNoLife) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if table.Len() != 0 || table.Self() != nil {
		t.Error("a life began by itself")
	}
}

func TestALifeBeginsAboveAllThatIsKnown(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	part := sampleOwner(1, hearsayv1.NodeStatusUp)
	if err := table.BeginLife(0, table.Self().Generation(), part); !errors.Is(err, ErrOldGeneration) {
		t.Errorf("the same generation again: %v", err)
	}
	if err := table.BeginLife(0, NewGeneration(MaxCounter+1, 1), part); !errors.Is(err, ErrBadGeneration) {
		t.Errorf("a counter above the maximum: %v", err)
	}
	if err := table.BeginLife(0, NewGeneration(MaxCounter, math.MaxUint32), part); err != nil {
		t.Errorf("the last generation of all: %v", err)
	}
}

func TestCountersEndWithAnError(t *testing.T) {
	table := sampleTable(t, "a")
	beginSample(t, table, 1)
	for _, err := range []error{
		table.Refute(0, math.MaxUint32-1), table.RaiseVersion(0, math.MaxUint32-1),
	} {
		if err != nil {
			t.Fatalf("the last value of a counter: %v", err)
		}
	}
	before := table.Self().record()
	for name, err := range map[string]error{
		"refute": table.Refute(0, 0), "raise": table.RaiseVersion(0, 0),
		"owner": table.SetOwner(0, sampleOwner(9, hearsayv1.NodeStatusUp)),
	} {
		if !errors.Is(err, ErrCounterAtMaximum) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !table.Self().holds(&before) {
		t.Error("the record has changed")
	}
}

func TestAnOwnerPartThatDoesNotFitIsRefusedByItsWriter(t *testing.T) {
	table := sampleTable(t, strings.Repeat("a", MaxIDBytes))
	part := sampleOwner(1, hearsayv1.NodeStatusUp)
	for len(part.Endpoints) < MaxEndpoints {
		part.Endpoints = append(part.Endpoints, hearsayv1.Endpoint{Transport: "quic", IP: make([]byte, 16), Port: 1})
		part.Endpoints[len(part.Endpoints)-1].IP[0] = 0xfd
	}
	if err := table.BeginLife(0, NewGeneration(1, 1), part); !errors.Is(err, ErrRecordTooLarge) {
		t.Errorf("%d bytes of owner part: %v", part.Size(), err)
	}
	part.Endpoints = nil
	if err := table.BeginLife(0, NewGeneration(1, 1), part); !errors.Is(err, ErrBadOwner) {
		t.Errorf("no endpoint: %v", err)
	}
	if table.Self() != nil || table.Len() != 0 {
		t.Error("the table has an own record")
	}
}

func TestCondemnRaisesAVerdictAndNothingElse(t *testing.T) {
	table := sampleTable(t, "a")
	mustMerge(t, table, 0, sampleRecord("b", 2))
	b := table.LookupID("b")
	for _, test := range []struct {
		name    string
		g       Generation
		i       Incarnation
		verdict hearsayv1.Verdict
		want    Outcome
	}{
		{"a life before", b.Generation() - 1, 0, hearsayv1.VerdictRemoved, Stale},
		{"Dead", b.Generation(), 0, hearsayv1.VerdictDead, Changed},
		{"Dead again", b.Generation(), 0, hearsayv1.VerdictDead, Unchanged},
		{"Removed", b.Generation(), 0, hearsayv1.VerdictRemoved, Changed},
		{"Dead after Removed", b.Generation(), 0, hearsayv1.VerdictDead, Stale},
	} {
		outcome, err := table.Condemn(0, b.Key(), test.g, test.i, test.verdict)
		if err != nil || outcome != test.want {
			t.Errorf("%s: outcome %b, %v; want %b", test.name, outcome, err, test.want)
		}
	}
	if _, err := table.Condemn(0, wire.Key("nobody"), b.Generation(), 0, hearsayv1.VerdictDead); !errors.Is(err, ErrUnknownSubject) {
		t.Errorf("an unknown node: %v", err)
	}
	want := changed(sampleRecord("b", 2), func(r *hearsayv1.NodeRecord) { r.Verdict = hearsayv1.VerdictRemoved })
	if !b.holds(&want) {
		t.Errorf("the record is %+v", b.record())
	}
}
