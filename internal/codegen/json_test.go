package codegen_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	everythingv1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/everything/v1"
	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/wirejson"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

// TestFormsInJSON checks protobuf's mapping where it is not what one would guess.
func TestFormsInJSON(t *testing.T) {
	tests := map[string]struct {
		m    wirejson.Message
		want string
	}{
		"empty":             {&hearsayv1.NodeRecord{}, `{}`},
		"64 bits as text":   {&everythingv1.Singular{AnInt64: -1, AUint64: math.MaxUint64}, `{"anInt64":"-1","aUint64":"18446744073709551615"}`},
		"bytes in base64":   {&everythingv1.Singular{SomeBytes: []byte{0xff, 0}}, `{"someBytes":"/wA="}`},
		"enum by name":      {&everythingv1.Singular{AColour: everythingv1.ColourRed}, `{"aColour":"COLOUR_RED"}`},
		"enum by number":    {&everythingv1.Singular{AColour: 77}, `{"aColour":77}`},
		"no number":         {&everythingv1.Singular{ADouble: math.NaN(), AFloat: float32(math.Inf(-1))}, `{"aFloat":"-Infinity","aDouble":"NaN"}`},
		"absent or zero":    {&everythingv1.Optional{HasABool: true}, `{"aBool":false}`},
		"a oneof's zero":    {&everythingv1.Choice{FirstKind: everythingv1.ChoiceFirstAnInt32}, `{"anInt32":0}`},
		"sorted map":        {&everythingv1.Maps{Ints: map[int32]int32{7: 1, -7: 2}}, `{"ints":{"-7":2,"7":1}}`},
		"time":              {&everythingv1.Known{Timestamp: wire.NewTimestamp(time.Unix(0, 5e8))}, `{"timestamp":"1970-01-01T00:00:00.500Z"}`},
		"span":              {&everythingv1.Known{Duration: wire.NewDuration(-1500 * time.Millisecond)}, `{"duration":"-1.500s"}`},
		"wrapper":           {&everythingv1.Known{Int64Value: &wire.Int64Value{}}, `{"int64Value":"0"}`},
		"fields":            {&everythingv1.Known{FieldMask: &wire.FieldMask{Paths: []string{"node_id", "a.b_c"}}}, `{"fieldMask":"nodeId,a.bC"}`},
		"null in a oneof":   {&everythingv1.Known{Kind: everythingv1.KnownKindNever}, `{"never":null}`},
		"well known itself": {wire.NewTimestamp(time.Unix(0, 0)), `"1970-01-01T00:00:00Z"`},
		"well known in any": {&everythingv1.Known{Any: wire.NewAny(wire.NewDuration(time.Second))},
			`{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}`},
		"own type in any": {&everythingv1.Known{Any: wire.NewAny(&everythingv1.Singular{AString: "x"})},
			`{"any":{"@type":"type.googleapis.com/hearsay.test.everything.v1.Singular","aString":"x"}}`},
		"JSON in JSON": {&everythingv1.Known{Value: &wire.Value{Kind: wire.ValueKindListValue, ListValue: &wire.ListValue{Values: []wire.Value{
			{Kind: wire.ValueKindNullValue}, {Kind: wire.ValueKindNumberValue, NumberValue: 1.5}, {Kind: wire.ValueKindStringValue, StringValue: "<&>"},
		}}}}, `{"value":[null,1.5,"<&>"]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := wirejson.Marshal(test.m)
			if err != nil || string(got) != test.want {
				t.Errorf("%v: %s, want %s", err, got, test.want)
			}
			before := string(test.m.AppendTo(nil))
			if err := wirejson.Unmarshal([]byte(test.want), test.m); err != nil || string(test.m.AppendTo(nil)) != before {
				t.Errorf("%v: read as %x, want %x", err, test.m.AppendTo(nil), before)
			}
		})
	}
}

// jsonRoundTrip checks that random messages of a type come back from JSON as they
// were, but for what JSON does not tell apart.
func jsonRoundTrip[T any, M interface {
	wiretest.Message[T]
	wirejson.Message
}](t *testing.T) {
	source := wiretest.NewSource[T, M](t)
	for range 50 {
		m, back := M(source.Next()), M(new(T))
		text, err := wirejson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := wirejson.Unmarshal(text, back); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		again, err := wirejson.Marshal(back)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%v:\n%s\n%s", err, text, again)
		}
		// The payload of NaNs is lost.
		if !strings.Contains(string(text), "NaN") && !back.Equal((*T)(m)) {
			t.Fatalf("%s\n%x\n%x", text, m.AppendTo(nil), back.AppendTo(nil))
		}
	}
}

func TestJSONRoundTrips(t *testing.T) {
	t.Run("Envelope", jsonRoundTrip[hearsayv1.Envelope])
	t.Run("Singular", jsonRoundTrip[everythingv1.Singular])
	t.Run("Optional", jsonRoundTrip[everythingv1.Optional])
	t.Run("Repeated", jsonRoundTrip[everythingv1.Repeated])
	t.Run("Choice", jsonRoundTrip[everythingv1.Choice])
	t.Run("Maps", jsonRoundTrip[everythingv1.Maps])
	t.Run("Tree", jsonRoundTrip[everythingv1.Tree])
}

func TestOptionsOfJSON(t *testing.T) {
	m := &everythingv1.Bounded{Packed: []uint32{1}}
	text, err := wirejson.Options{Indent: "  ", Unpopulated: true}.Marshal(m)
	const want = `{
  "packed": [
    1
  ],
  "fixed": [],
  "unpacked": [],
  "strings": [],
  "messages": [],
  "entries": {}
}`
	if err != nil || string(text) != want {
		t.Errorf("%v: %s, want %s", err, text, want)
	}
	text, err = wirejson.Options{ProtoNames: true}.Marshal(&everythingv1.Singular{AnInt32: 1})
	if err != nil || string(text) != `{"an_int32":1}` {
		t.Errorf("%v: %s", err, text)
	}
	if err := (wirejson.Options{IgnoreUnknown: true}).Unmarshal([]byte(`{"x":{"y":1},"packed":[2]}`), m); err != nil || len(m.Packed) != 1 || m.Packed[0] != 2 {
		t.Errorf("%v: %v", err, m.Packed)
	}
}

func TestWhatHasNoJSON(t *testing.T) {
	tests := map[string]wirejson.Message{
		"time out of range": &everythingv1.Known{Timestamp: &wire.Timestamp{Nanos: -1}},
		"not UTF-8":         &everythingv1.Singular{AString: "\xff"},
		"unknown any":       &everythingv1.Known{Any: &wire.Any{TypeURL: "x/unknown.Type"}},
		"infinite value":    &everythingv1.Known{Value: &wire.Value{Kind: wire.ValueKindNumberValue, NumberValue: math.Inf(1)}},
	}
	for name, m := range tests {
		if text, err := wirejson.Marshal(m); err == nil || !strings.HasPrefix(err.Error(), "wirejson: ") {
			t.Errorf("%s: %v: %s", name, err, text)
		}
	}
}

func TestRefusedJSONLeavesNothing(t *testing.T) {
	tests := map[string]struct {
		text  string
		limit bool
	}{
		"no JSON":         {`{"packed":`, false},
		"unknown name":    {`{"packed":[1],"unknown":1}`, false},
		"wrong type":      {`{"packed":["x"]}`, false},
		"beyond maximum":  {`{"strings":["1","2","3","4"]}`, true},
		"beyond the type": {`{"packed":[4294967296]}`, false},
	}
	for name, test := range tests {
		m := &everythingv1.Bounded{Packed: []uint32{1}}
		if err := wirejson.Unmarshal([]byte(test.text), m); err == nil || errors.Is(err, wire.ErrLimit) != test.limit {
			t.Errorf("%s: %v", name, err)
		}
		if m.Size() != 0 {
			t.Errorf("%s: something is left: %v", name, m)
		}
	}
}

// TestManyEmptyElements is honest JSON that would break a decoder's limits.
func TestManyEmptyElements(t *testing.T) {
	text := `{"empties":[` + strings.Repeat("{},", 9999) + `{}]}`
	var m everythingv1.Repeated
	if err := wirejson.Unmarshal([]byte(text), &m); err != nil || len(m.Empties) != 10_000 {
		t.Errorf("%v: %d elements", err, len(m.Empties))
	}
}
