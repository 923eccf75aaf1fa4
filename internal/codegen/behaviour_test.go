package codegen_test

import (
	"errors"
	"math"
	"testing"
	"unsafe"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	everythingv1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/everything/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// The generated tests compare codecs with protobuf. These are about what
// protobuf has no word on: memory, presence and names.

func TestSubMessagesOfTheCallerAreNotWrittenTo(t *testing.T) {
	mine := &hearsayv1.MembershipDelta{From: 1}
	e := hearsayv1.Envelope{Delta: mine}
	other := hearsayv1.Envelope{Delta: &hearsayv1.MembershipDelta{From: 2}}
	if err := e.Unmarshal(other.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	if e.Delta == mine || mine.From != 1 || e.Delta.From != 2 {
		t.Errorf("the caller's delta became %+v, the decoded one is %+v", mine, e.Delta)
	}
	e.Delta = mine
	e.CopyFrom(&other)
	if mine.From != 1 {
		t.Errorf("CopyFrom wrote to the caller's delta: %+v", mine)
	}
}

func TestDecodedSubMessagesAreTakenAgain(t *testing.T) {
	with := (&hearsayv1.Envelope{Delta: &hearsayv1.MembershipDelta{From: 2}}).AppendTo(nil)
	without := (&hearsayv1.Envelope{Sender: 1}).AppendTo(nil)
	var e hearsayv1.Envelope
	decode(t, &e, with)
	first := e.Delta
	decode(t, &e, without)
	if e.Delta != nil {
		t.Errorf("an absent delta is %+v", e.Delta)
	}
	decode(t, &e, with)
	if e.Delta != first {
		t.Error("the delta was allocated anew")
	}
	e.Reset()
	if e.Delta != nil {
		t.Errorf("after Reset the delta is %+v", e.Delta)
	}
	decode(t, &e, with)
	if e.Delta != first || e.Delta.From != 2 {
		t.Error("Reset gave away the memory of the delta")
	}
}

func decode(t *testing.T, m interface{ Unmarshal(b []byte) error }, b []byte) {
	t.Helper()
	if err := m.Unmarshal(b); err != nil {
		t.Fatal(err)
	}
}

func TestStringsAreKeptWhereTheyAreEqual(t *testing.T) {
	delta := hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{{ID: "node-1"}, {ID: "node-2"}}}
	var m hearsayv1.MembershipDelta
	decode(t, &m, delta.AppendTo(nil))
	before := unsafe.StringData(m.Records[1].ID)
	delta.Records[0].ID = "node-3"
	decode(t, &m, delta.AppendTo(nil))
	if m.Records[0].ID != "node-3" || unsafe.StringData(m.Records[1].ID) != before {
		t.Errorf("records are %+v", m.Records)
	}
}

func TestUnmarshalHoldsNoPartOfItsInput(t *testing.T) {
	record := hearsayv1.NodeRecord{ID: "node-1", Owner: []byte("owner")}
	b := append(record.AppendTo(nil), 0xf8, 0x7f, 1)
	var m hearsayv1.NodeRecord
	decode(t, &m, b)
	clear(b)
	if m.ID != "node-1" || string(m.Owner) != "owner" || m.UnknownFields()[0] != 0xf8 {
		t.Errorf("changed with its input: %+v", m)
	}
}

func TestAnErrorLeavesTheMessageEmpty(t *testing.T) {
	full := hearsayv1.Envelope{Sender: 1, Delta: &hearsayv1.MembershipDelta{From: 1}, State: make([]hearsayv1.StateDelta, 3)}
	b := full.AppendTo(nil)
	var e hearsayv1.Envelope
	decode(t, &e, b)
	if err := e.Unmarshal(b[:len(b)-1]); !errors.Is(err, wire.ErrTruncated) {
		t.Fatal(err)
	}
	if !e.Equal(&hearsayv1.Envelope{}) || e.Delta != nil || len(e.State) != 0 {
		t.Errorf("left: %+v", e)
	}
}

func TestOneofSaysWhichFieldIsSet(t *testing.T) {
	var c hearsayv1.Change
	if c.ContentKind != hearsayv1.ChangeContentNone {
		t.Error("a new message has a content")
	}
	// What is not named by the kind does not count.
	c = hearsayv1.Change{Value: []byte("x")}
	if c.Size() != 0 || !c.Equal(&hearsayv1.Change{}) {
		t.Errorf("encoded as %x", c.AppendTo(nil))
	}
	// A zero value that is named does.
	c = hearsayv1.Change{ContentKind: hearsayv1.ChangeContentDeleted}
	if c.Size() == 0 || c.Equal(&hearsayv1.Change{}) {
		t.Error("a case with its zero value is not encoded")
	}
	// The last one wins, and the other is gone.
	both := (&hearsayv1.Change{ContentKind: hearsayv1.ChangeContentValue, Value: []byte("x")}).AppendTo(nil)
	both = (&hearsayv1.Change{ContentKind: hearsayv1.ChangeContentDeleted, Deleted: true}).AppendTo(both)
	decode(t, &c, both)
	if c.ContentKind != hearsayv1.ChangeContentDeleted || len(c.Value) != 0 || !c.Deleted {
		t.Errorf("decoded as %+v", c)
	}
	if got := c.ContentKind.String(); got != "Deleted" {
		t.Errorf("the kind is called %q", got)
	}
}

func TestOptionalFieldsKnowWhetherTheyArePresent(t *testing.T) {
	var m everythingv1.Optional
	decode(t, &m, (&everythingv1.Optional{HasAUint32: true, HasAString: true}).AppendTo(nil))
	if !m.HasAUint32 || !m.HasAString || m.HasABool || m.HasSomeBytes {
		t.Errorf("decoded as %+v", m)
	}
	if m.Equal(&everythingv1.Optional{}) {
		t.Error("present and absent are equal")
	}
	if size := (&everythingv1.Optional{AUint32: 7}).Size(); size != 0 {
		t.Errorf("a field that is not present takes %d bytes", size)
	}
}

func TestUnknownEnumValuesAreKept(t *testing.T) {
	record := hearsayv1.NodeRecord{Verdict: 77}
	var m hearsayv1.NodeRecord
	decode(t, &m, record.AppendTo(nil))
	if m.Verdict != 77 || m.Verdict.String() != "Verdict(77)" {
		t.Errorf("verdict is %v", m.Verdict)
	}
	if got := hearsayv1.NodeStatusUp.String(); got != "Up" {
		t.Errorf("NodeStatusUp prints as %q", got)
	}
	if everythingv1.ColourRouge != everythingv1.ColourRed || everythingv1.ColourRouge.String() != "Red" {
		t.Error("an alias is not the same value")
	}
}

func TestNilIsAnEmptyMessage(t *testing.T) {
	var m *hearsayv1.NodeRecord
	if m.Size() != 0 || len(m.AppendTo(nil)) != 0 || !m.Equal(&hearsayv1.NodeRecord{}) || m.Clone() != nil {
		t.Error("nil is not empty")
	}
	full := hearsayv1.NodeRecord{ID: "x"}
	if m.Equal(&full) || full.Equal(nil) {
		t.Error("nil is equal to a message that is not empty")
	}
	full.CopyFrom(nil)
	if full.Size() != 0 {
		t.Error("a copy of nil is not empty")
	}
	// In a field, present and empty is not the same as absent.
	if (&hearsayv1.Envelope{Delta: &hearsayv1.MembershipDelta{}}).Equal(&hearsayv1.Envelope{}) {
		t.Error("an empty delta is equal to none")
	}
}

func TestFloatsAreEqualByTheirBits(t *testing.T) {
	nan := everythingv1.Singular{ADouble: math.NaN()}
	if !nan.Equal(nan.Clone()) {
		t.Error("not a number is not equal to itself")
	}
	if (&everythingv1.Singular{ADouble: math.Copysign(0, -1)}).Equal(&everythingv1.Singular{}) {
		t.Error("negative zero is encoded, and yet equal to zero")
	}
}

func TestRecursionEndsAtTheLimit(t *testing.T) {
	nest := func(depth int) []byte {
		tree := &everythingv1.Tree{}
		for range depth {
			tree = &everythingv1.Tree{Left: tree}
		}
		return tree.AppendTo(nil)
	}
	var tree everythingv1.Tree
	memory := wire.Limits{Memory: 1 << 20}
	if err := tree.UnmarshalLimits(nest(wire.DefaultDepth), memory); err != nil {
		t.Errorf("at the default depth: %v", err)
	}
	if err := tree.UnmarshalLimits(nest(wire.DefaultDepth+1), memory); !errors.Is(err, wire.ErrLimit) {
		t.Errorf("one level too deep: %v", err)
	}
	if err := tree.UnmarshalLimits(nest(5), wire.Limits{Depth: 4}); !errors.Is(err, wire.ErrLimit) {
		t.Errorf("5 levels with a limit of 4: %v", err)
	}
}

func TestItemsAreCountedInTheWholeMessage(t *testing.T) {
	m := everythingv1.Repeated{
		Bools: []bool{true, false}, Strings: []string{"a", "b"}, Empties: make([]everythingv1.Empty, 2), Sint64s: []int64{-1, 1},
	}
	b := m.AppendTo(nil)
	for items, want := range map[int]error{8: nil, 7: wire.ErrLimit} {
		var decoded everythingv1.Repeated
		if err := decoded.UnmarshalLimits(b, wire.Limits{Items: items}); !errors.Is(err, want) {
			t.Errorf("8 items with a limit of %d: %v", items, err)
		}
	}
}

func TestSteadyStateOfAnEnvelopeAllocatesNothing(t *testing.T) {
	e := hearsayv1.Envelope{
		Sender: 1, Generation: 2, Root: 3, Probe: 4,
		Delta:       &hearsayv1.MembershipDelta{Records: []hearsayv1.NodeRecord{{ID: "a", Owner: []byte("x")}, {ID: "b"}}},
		Accusations: []hearsayv1.Accusation{{Subject: 1}, {Subject: 2}},
		Want:        &hearsayv1.Want{Keys: []uint64{1, 2, 3}},
		State:       []hearsayv1.StateDelta{{Owner: 1, Changes: []hearsayv1.Change{{Field: 1, ContentKind: hearsayv1.ChangeContentValue, Value: []byte("v")}}}},
	}
	full := e.AppendTo(nil)
	quiet := (&hearsayv1.Envelope{Sender: 1, Ack: 7}).AppendTo(nil)
	var decoded hearsayv1.Envelope
	allocs := testing.AllocsPerRun(20, func() {
		// Also when what is in it comes and goes.
		decode(t, &decoded, full)
		decode(t, &decoded, quiet)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
