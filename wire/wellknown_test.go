package wire_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

// TestWellKnownTypes judges their codecs by protobuf's own descriptors.
func TestWellKnownTypes(t *testing.T) {
	t.Run("Any", func(t *testing.T) { wiretest.Test[wire.Any](t, wiretest.Expect{}) })
	t.Run("Duration", func(t *testing.T) { wiretest.Test[wire.Duration](t, wiretest.Expect{}) })
	t.Run("Empty", func(t *testing.T) { wiretest.Test[wire.Empty](t, wiretest.Expect{}) })
	t.Run("FieldMask", func(t *testing.T) { wiretest.Test[wire.FieldMask](t, wiretest.Expect{}) })
	t.Run("Timestamp", func(t *testing.T) { wiretest.Test[wire.Timestamp](t, wiretest.Expect{}) })

	t.Run("Struct", func(t *testing.T) { wiretest.Test[wire.Struct](t, wiretest.Expect{Allocates: true}) })
	t.Run("Value", func(t *testing.T) { wiretest.Test[wire.Value](t, wiretest.Expect{Allocates: true}) })
	t.Run("ListValue", func(t *testing.T) { wiretest.Test[wire.ListValue](t, wiretest.Expect{Allocates: true}) })

	t.Run("BoolValue", func(t *testing.T) { wiretest.Test[wire.BoolValue](t, wiretest.Expect{}) })
	t.Run("Int32Value", func(t *testing.T) { wiretest.Test[wire.Int32Value](t, wiretest.Expect{}) })
	t.Run("Int64Value", func(t *testing.T) { wiretest.Test[wire.Int64Value](t, wiretest.Expect{}) })
	t.Run("UInt32Value", func(t *testing.T) { wiretest.Test[wire.UInt32Value](t, wiretest.Expect{}) })
	t.Run("UInt64Value", func(t *testing.T) { wiretest.Test[wire.UInt64Value](t, wiretest.Expect{}) })
	t.Run("FloatValue", func(t *testing.T) { wiretest.Test[wire.FloatValue](t, wiretest.Expect{}) })
	t.Run("DoubleValue", func(t *testing.T) { wiretest.Test[wire.DoubleValue](t, wiretest.Expect{}) })
	t.Run("StringValue", func(t *testing.T) { wiretest.Test[wire.StringValue](t, wiretest.Expect{}) })
	t.Run("BytesValue", func(t *testing.T) { wiretest.Test[wire.BytesValue](t, wiretest.Expect{}) })
}

// seconds and nanos are of any size, and mostly near where something changes.
var (
	seconds = rapid.OneOf(rapid.Int64(), rapid.Int64Range(-62_135_596_802, -62_135_596_798),
		rapid.Int64Range(253_402_300_797, 253_402_300_801), rapid.Int64Range(315_575_999_998, 315_576_000_002),
		rapid.Int64Range(-315_576_000_002, -315_575_999_998), rapid.Int64Range(9223372030, 9223372040),
		rapid.Int64Range(-9223372040, -9223372030), rapid.Int64Range(-3, 3))
	nanos = rapid.OneOf(rapid.Int32(), rapid.Int32Range(-1, 1), rapid.Int32Range(999_999_998, 1_000_000_001),
		rapid.Int32Range(-1_000_000_001, -999_999_998), rapid.Int32Range(854_775_806, 854_775_809), rapid.Int32Range(-854_775_809, -854_775_806))
)

// TestTimestampIsProtobufs compares with protobuf-go's own type.
func TestTimestampIsProtobufs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := wire.Timestamp{Seconds: seconds.Draw(t, "seconds"), Nanos: nanos.Draw(t, "nanos")}
		theirs := &timestamppb.Timestamp{Seconds: m.Seconds, Nanos: m.Nanos}
		if got, want := m.Time(), theirs.AsTime(); got != want {
			t.Errorf("%v, want %v", got, want)
		}
		if m.IsValid() != theirs.IsValid() {
			t.Errorf("valid: %v, want %v", m.IsValid(), theirs.IsValid())
		}
		if m.IsValid() && !wire.NewTimestamp(m.Time()).Equal(&m) {
			t.Errorf("back again it is %v", wire.NewTimestamp(m.Time()))
		}
	})
}

func TestDurationIsProtobufs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := wire.Duration{Seconds: seconds.Draw(t, "seconds"), Nanos: nanos.Draw(t, "nanos")}
		theirs := &durationpb.Duration{Seconds: m.Seconds, Nanos: m.Nanos}
		// protobuf-go's is not exact where the sign of the parts differs near the
		// limits, and such durations are not valid.
		if got, want := m.Duration(), theirs.AsDuration(); m.IsValid() && got != want {
			t.Errorf("%v, want %v", got, want)
		}
		if m.IsValid() != theirs.IsValid() {
			t.Errorf("valid: %v, want %v", m.IsValid(), theirs.IsValid())
		}
		d := time.Duration(rapid.Int64().Draw(t, "duration"))
		if got := wire.NewDuration(d); got.Duration() != d || !got.IsValid() {
			t.Errorf("%v becomes %v", d, got)
		}
	})
}

func TestDurationsOutOfRange(t *testing.T) {
	tests := []struct {
		seconds int64
		nanos   int32
		want    time.Duration
	}{
		{math.MaxInt64, math.MaxInt32, math.MaxInt64},
		{math.MinInt64, math.MinInt32, math.MinInt64},
		{9223372036, 854775807, math.MaxInt64},
		{9223372037, -145224193, math.MaxInt64},
		{9223372037, -145224194, math.MaxInt64 - 1},
		{-9223372036, -854775808, math.MinInt64},
		{-9223372037, 145224193, math.MinInt64 + 1},
		{9223372038, -2_000_000_000, 9223372036 * time.Second},
		{-1, 1, -time.Second + 1},
		{1, -1_500_000_000, -500 * time.Millisecond},
	}
	for _, test := range tests {
		m := wire.Duration{Seconds: test.seconds, Nanos: test.nanos}
		if got := m.Duration(); got != test.want {
			t.Errorf("%d s and %d ns are %d, want %d", test.seconds, test.nanos, got, test.want)
		}
	}
}

func TestAbsentTimes(t *testing.T) {
	var at *wire.Timestamp
	var span *wire.Duration
	if !at.Time().IsZero() || span.Duration() != 0 || at.IsValid() || span.IsValid() {
		t.Errorf("%v, %v", at.Time(), span.Duration())
	}
}

func TestTimesAreSetInPlace(t *testing.T) {
	now := time.Unix(1e9, 5).UTC()
	var at wire.Timestamp
	var span wire.Duration
	if n := testing.AllocsPerRun(10, func() { at.SetTime(now); span.SetDuration(-time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if at.Time() != now || span.Duration() != -time.Millisecond {
		t.Errorf("%v, %v", at.Time(), span.Duration())
	}
}

func TestAnyIsProtobufs(t *testing.T) {
	packed := wire.NewAny(&wire.StringValue{Value: "x"})
	theirs, err := anypb.New(wrapperspb.String("x"))
	if err != nil {
		t.Fatal(err)
	}
	if packed.TypeURL != theirs.GetTypeUrl() || string(packed.Value) != string(theirs.GetValue()) {
		t.Errorf("%q %x, want %v", packed.TypeURL, packed.Value, theirs)
	}
	var text wire.StringValue
	if err := packed.Into(&text, wire.Limits{}); err != nil || text.Value != "x" {
		t.Errorf("%v: %q", err, text.Value)
	}
}

func TestAnyOfAnotherType(t *testing.T) {
	packed := wire.NewAny(&wire.StringValue{Value: "x"})
	number := wire.Int32Value{Value: 7}
	if err := packed.Into(&number, wire.Limits{}); !errors.Is(err, wire.ErrWrongType) || number.Value != 7 {
		t.Errorf("%v: %d", err, number.Value)
	}
	var none *wire.Any
	if err := none.Into(&number, wire.Limits{}); !errors.Is(err, wire.ErrWrongType) || none.TypeName() != "" {
		t.Errorf("absent: %v", err)
	}
	var text wire.StringValue
	if err := packed.Into(&text, wire.Limits{Memory: 1}); !errors.Is(err, wire.ErrLimit) {
		t.Errorf("beyond its limits: %v", err)
	}
	packed.Value = []byte{0xff}
	if err := packed.Into(&text, wire.Limits{}); !errors.Is(err, wire.ErrTruncated) {
		t.Errorf("truncated: %v", err)
	}
	for url, want := range map[string]string{"": "", "a.B": "a.B", "https://x.test/y/a.B": "a.B", "a/": ""} {
		if got := (&wire.Any{TypeURL: url}).TypeName(); got != want {
			t.Errorf("%q names %q, want %q", url, got, want)
		}
	}
}
