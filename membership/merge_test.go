package membership

import (
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

func TestJoinIsASemilattice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := drawRecord("a")
		a, b, c := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		ab, ba := Join(a, b), Join(b, a)
		if !sameRecord(&ab, &ba) {
			t.Fatalf("not commutative: %+v and %+v", ab, ba)
		}
		left, right := Join(ab, c), Join(a, Join(b, c))
		if !sameRecord(&left, &right) {
			t.Fatalf("not associative: %+v and %+v", left, right)
		}
		if aa := Join(a, a); !sameRecord(&aa, &a) {
			t.Fatalf("not idempotent: %+v of %+v", aa, a)
		}
		if again := Join(ab, b); !sameRecord(&again, &ab) {
			t.Fatalf("a join does not contain what was joined: %+v", again)
		}
	})
}

func TestJoinOfWhatIsAcceptedIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) hearsayv1.NodeRecord {
			id := "an id of some length"
			rec := hearsayv1.NodeRecord{
				ID: id, Generation: uint64(NewGeneration(1, 1)),
				Incarnation:  rapid.Uint32().Draw(t, "incarnation"),
				Verdict:      hearsayv1.Verdict(rapid.Int32Min(0).Draw(t, "verdict")),
				Version:      rapid.Uint32().Draw(t, "version"),
				StateVersion: rapid.Uint64().Draw(t, "state"),
			}
			if rec.Version > 0 {
				rec.Owner = make([]byte, rapid.IntRange(1, MaxOwnerBytes(id)+1).Draw(t, "owner"))
			}
			return rec
		})
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if checkRecord(&a) != nil || checkRecord(&b) != nil {
			return
		}
		joined := Join(a, b)
		if err := checkRecord(&joined); err != nil {
			t.Fatalf("two valid records join into an invalid one: %v", err)
		}
		if size := recordSize(&joined); size > MaxRecordBytes || size != joined.Size() {
			t.Fatalf("the joined record is counted as %d bytes and has %d", size, joined.Size())
		}
	})
}

func TestJoinKeepsTheGreaterOfEachPart(t *testing.T) {
	type rec = hearsayv1.NodeRecord
	const g, next = 1<<32 | 5, 2<<32 | 1
	one, two := []byte{1}, []byte{2}
	for _, test := range []struct {
		name       string
		a, b, want rec
	}{
		{"a greater generation wins whole",
			rec{Generation: g, Incarnation: 9, Verdict: hearsayv1.VerdictRemoved, Version: 9, Owner: two, StateVersion: 9},
			rec{Generation: next, Version: 1, Owner: one},
			rec{Generation: next, Version: 1, Owner: one}},
		{"the counter of a generation comes before its nonce",
			rec{Generation: 1<<32 | 0xffffffff, Version: 1, Owner: one},
			rec{Generation: next, Version: 1, Owner: two},
			rec{Generation: next, Version: 1, Owner: two}},
		{"a verdict names what it condemns: a refutation outranks Dead",
			rec{Generation: g, Verdict: hearsayv1.VerdictDead, Version: 1, Owner: one},
			rec{Generation: g, Incarnation: 1, Version: 1, Owner: one},
			rec{Generation: g, Incarnation: 1, Version: 1, Owner: one}},
		{"Dead outranks what it condemns",
			rec{Generation: g, Incarnation: 1, Verdict: hearsayv1.VerdictDead},
			rec{Generation: g, Incarnation: 1, Version: 1, Owner: one},
			rec{Generation: g, Incarnation: 1, Verdict: hearsayv1.VerdictDead, Version: 1, Owner: one}},
		{"Removed is final for its generation",
			rec{Generation: g, Verdict: hearsayv1.VerdictRemoved},
			rec{Generation: g, Incarnation: 7, Version: 1, Owner: one},
			rec{Generation: g, Verdict: hearsayv1.VerdictRemoved, Version: 1, Owner: one}},
		{"Removed outranks verdicts that came later",
			rec{Generation: g, Verdict: hearsayv1.VerdictRemoved},
			rec{Generation: g, Incarnation: 7, Verdict: 9},
			rec{Generation: g, Verdict: hearsayv1.VerdictRemoved}},
		{"an unknown verdict outranks Dead",
			rec{Generation: g, Verdict: hearsayv1.VerdictDead},
			rec{Generation: g, Verdict: 9},
			rec{Generation: g, Verdict: 9}},
		{"judgement, content and progress are kept apart",
			rec{Generation: g, Incarnation: 1, Verdict: hearsayv1.VerdictDead, Version: 1, Owner: two, StateVersion: 3},
			rec{Generation: g, Version: 2, Owner: one, StateVersion: 1},
			rec{Generation: g, Incarnation: 1, Verdict: hearsayv1.VerdictDead, Version: 2, Owner: one, StateVersion: 3}},
		{"of two contents of one version all nodes keep the same",
			rec{Generation: g, Version: 2, Owner: one},
			rec{Generation: g, Version: 2, Owner: two},
			rec{Generation: g, Version: 2, Owner: two}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Join(test.a, test.b); !sameRecord(&got, &test.want) {
				t.Errorf("joined to %+v, want %+v", got, test.want)
			}
		})
	}
}
