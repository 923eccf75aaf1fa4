package wiretest

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/hearsay-gossip/hearsay/wire"
)

// Judge decodes b into m and with dynamicpb, and fails the test if the verdicts
// or the results differ. m may hold anything: what it holds must not matter.
func Judge[T any, M Message[T]](tb testing.TB, m M, b []byte) {
	tb.Helper()
	judge(tb, Descriptor[T, M](tb), m, b)
}

// judge is Judge with the descriptor at hand.
func judge[T any, M Message[T]](tb testing.TB, d protoreflect.MessageDescriptor, m M, b []byte) {
	tb.Helper()
	input := bytes.Clone(b)
	theirs := dynamicpb.NewMessage(d)
	want, ok := theirVerdict(b, theirs)
	got := m.UnmarshalLimits(b, wire.Unlimited)
	switch {
	case !ok:
	case errors.Is(got, wire.ErrLimit):
		if !mayBreakMaxItems(d, theirs, want) {
			tb.Fatalf("%x: a limit was reported, and none was broken", b)
		}
	case (got == nil) != (want == nil):
		tb.Fatalf("%x:\n our verdict: %v\ndynamicpb's: %v", b, got, want)
	case got == nil:
		sameEncoding(tb, m, withOurNaNs(d, encode(tb, theirs), m.AppendTo(nil)), b)
	case m.Size() != 0:
		tb.Fatalf("%x: refused with %v, but something is left of it", b, got)
	}
	// Under the default limits the verdict is the same, or that of a limit.
	limited := m.Unmarshal(b)
	if limited != got && !errors.Is(limited, wire.ErrLimit) {
		tb.Fatalf("%x:\nwithout limits: %v\n   with limits: %v", b, got, limited)
	}
	// Where strings come from changes nothing.
	encoded := m.AppendTo(nil)
	if cached := m.UnmarshalLimits(b, wire.Limits{Strings: cache}); cached != limited {
		tb.Fatalf("%x:\nwithout a cache of strings: %v\n   with a cache of strings: %v", b, limited, cached)
	}
	sameEncoding(tb, m, encoded, b)
	if !bytes.Equal(b, input) {
		tb.Fatalf("decoding changed its input %x to %x", input, b)
	}
}

// cache is one of all tests, so that it holds strings of many types.
var cache = wire.NewStringCache()

// theirVerdict decodes b with dynamicpb. It is false if dynamicpb panics, as
// v1.36 does on a map's entry with two keys of which the second has the wrong
// wire type.
func theirVerdict(b []byte, m *dynamicpb.Message) (err error, ok bool) {
	defer func() { ok = recover() == nil }()
	return proto.Unmarshal(b, m), true
}

// sameEncoding checks that m is encoded as want.
func sameEncoding[T any, M Message[T]](tb testing.TB, m M, want, from []byte) {
	tb.Helper()
	const prefix = "prefix"
	got := m.AppendTo([]byte(prefix))
	if !bytes.HasPrefix(got, []byte(prefix)) {
		tb.Fatalf("AppendTo changed what was in the buffer before: %q", got)
	}
	if got = got[len(prefix):]; !bytes.Equal(got, want) {
		tb.Fatalf("decoded from %x\n  ours: %x\ntheirs: %x", from, got, want)
	}
	if m.Size() != len(want) {
		tb.Fatalf("Size is %d and should be %d for %x", m.Size(), len(want), want)
	}
}

// withOurNaNs returns theirs with the signalling NaNs of ours: dynamicpb keeps
// values of type float in 64 bits, and on the way there and back their quiet bit
// is set. Ours are kept as they came.
func withOurNaNs(d protoreflect.MessageDescriptor, theirs, ours []byte) []byte {
	hasFloat := anyField(d, map[protoreflect.FullName]bool{}, func(field protoreflect.FieldDescriptor) bool {
		return field.Kind() == protoreflect.FloatKind || field.IsMap() && field.MapValue().Kind() == protoreflect.FloatKind
	})
	if !hasFloat || len(theirs) != len(ours) {
		return theirs
	}
	const quiet = 0x40
	mended := bytes.Clone(theirs)
	for i := range mended {
		// The bit is in the last byte but one, before 0x7f or 0xff.
		if i+1 < len(ours) && mended[i] == ours[i]|quiet && mended[i+1]&0x7f == 0x7f {
			mended[i] = ours[i]
		}
	}
	return mended
}

// mayBreakMaxItems reports whether a message may have been refused for a field
// with max_items: because the decoded message has too many elements, because a
// later part of it may have replaced what had, or because the element too many
// is malformed, so that both decoders stop there, each with its own reason.
func mayBreakMaxItems(d protoreflect.MessageDescriptor, m protoreflect.Message, refused error) bool {
	if !anyMaxItems(d, map[protoreflect.FullName]bool{}) {
		return false
	}
	return refused != nil || breaksMaxItems(m) || mayReplace(d, map[protoreflect.FullName]bool{})
}

// anyMaxItems reports whether a type or one inside of it bounds a field.
func anyMaxItems(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	return anyField(d, seen, func(field protoreflect.FieldDescriptor) bool { return maxItems(field) > 0 })
}

// mayReplace reports whether decoding may drop messages it has decoded: the
// entries of maps and the cases of oneofs.
func mayReplace(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	return anyField(d, seen, func(field protoreflect.FieldDescriptor) bool {
		oneof := field.ContainingOneof()
		return field.IsMap() && field.MapValue().Message() != nil ||
			field.Message() != nil && oneof != nil && !oneof.IsSynthetic()
	})
}

func anyField(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, has func(protoreflect.FieldDescriptor) bool) bool {
	if seen[d.FullName()] {
		return false
	}
	seen[d.FullName()] = true
	fields := d.Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if has(field) || field.Message() != nil && anyField(field.Message(), seen, has) {
			return true
		}
	}
	return false
}

func breaksMaxItems(m protoreflect.Message) bool {
	broken := false
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		bound := maxItems(field)
		switch {
		case field.IsList():
			list := v.List()
			broken = broken || bound > 0 && list.Len() > bound
			for i := 0; field.Message() != nil && i < list.Len(); i++ {
				broken = broken || breaksMaxItems(list.Get(i).Message())
			}
		case field.IsMap():
			broken = broken || bound > 0 && v.Map().Len() > bound
		case field.Message() != nil:
			broken = broken || breaksMaxItems(v.Message())
		}
		return !broken
	})
	return broken
}

// maxItemsNumber is the number of the option (hearsay.v1.max_items).
const maxItemsNumber = 51820

// maxItems returns the bound of a field, 0 if it has none. Programs that test
// generated code have no Go type of the option, so it is an unknown field.
func maxItems(field protoreflect.FieldDescriptor) int {
	raw, err := proto.Marshal(field.Options())
	if err != nil {
		return 0
	}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		size := protowire.ConsumeFieldValue(number, kind, raw[n:])
		if n < 0 || size < 0 {
			return 0
		}
		if number == maxItemsNumber && kind == protowire.VarintType {
			v, _ := protowire.ConsumeVarint(raw[n:])
			return int(v)
		}
		raw = raw[n+size:]
	}
	return 0
}
