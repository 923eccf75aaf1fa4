package wire_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/hearsay-gossip/hearsay/wire"
)

// varints are numbers at which the length of a varint changes.
func varints() []uint64 {
	list := []uint64{0, 1, math.MaxInt32, math.MaxUint32, math.MaxInt64, math.MaxUint64}
	for shift := 7; shift < 64; shift += 7 {
		list = append(list, 1<<shift-1, 1<<shift)
	}
	return list
}

func TestVarintsAreThoseOfProtobuf(t *testing.T) {
	for _, v := range varints() {
		b := wire.AppendVarint([]byte("x"), v)
		if want := protowire.AppendVarint([]byte("x"), v); !bytes.Equal(b, want) {
			t.Errorf("%d is %x and should be %x", v, b, want)
		}
		if n := wire.SizeVarint(v); n != len(b)-1 {
			t.Errorf("the size of %d is %d and should be %d", v, n, len(b)-1)
		}
		if got, next := wire.Varint(b, 1); got != v || next != len(b) {
			t.Errorf("%x is %d up to %d", b, got, next)
		}
	}
}

func TestZigZagIsThatOfProtobuf(t *testing.T) {
	for _, v := range varints() {
		for _, s := range []int64{int64(v), -int64(v)} {
			if got, want := wire.ZigZag(s), protowire.EncodeZigZag(s); got != want {
				t.Errorf("ZigZag(%d) = %d, want %d", s, got, want)
			}
			if got := wire.UnZigZag(wire.ZigZag(s)); got != s {
				t.Errorf("%d came back as %d", s, got)
			}
		}
		if got, want := wire.UnZigZag32(v), int32(protowire.DecodeZigZag(v&math.MaxUint32)); got != want {
			t.Errorf("UnZigZag32(%d) = %d, want %d", v, got, want)
		}
	}
}

func TestMalformedIsRefusedWithItsReason(t *testing.T) {
	tests := []struct {
		name string
		b    []byte
		read func(b []byte) int
		want error
	}{
		{"empty varint", nil, varintAt, wire.ErrTruncated},
		{"varint without end", []byte{0x80, 0x80}, varintAt, wire.ErrTruncated},
		{"varint of 65 bits", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, varintAt, wire.ErrMalformed},
		{"varint of 11 bytes", bytes.Repeat([]byte{0x80}, 11), varintAt, wire.ErrMalformed},
		{"field number 0", []byte{0x02}, tagAt, wire.ErrMalformed},
		{"field number too large", protowire.AppendVarint(nil, 1<<32), tagAt, wire.ErrMalformed},
		{"length beyond the end", []byte{3, 1, 2}, bytesAt, wire.ErrTruncated},
		{"length of 64 bits", protowire.AppendVarint(nil, math.MaxUint64), bytesAt, wire.ErrTruncated},
		{"length that is negative as int", protowire.AppendVarint(nil, 1<<63), bytesAt, wire.ErrTruncated},
		{"half of four bytes", []byte{1, 2}, fixed32At, wire.ErrTruncated},
		{"half of eight bytes", []byte{1, 2, 3, 4}, fixed64At, wire.ErrTruncated},
		{"wire type 6", []byte{0x0e}, skipTag(6), wire.ErrMalformed},
		{"end of no group", nil, skipTag(4), wire.ErrMalformed},
		{"group without end", []byte{0x10, 1}, skipTag(3), wire.ErrTruncated},
		{"end of another group", []byte{0x1c}, skipTag(3), wire.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next := test.read(test.b)
			if next >= 0 {
				t.Fatalf("%x was read up to %d", test.b, next)
			}
			if err := wire.Err(next); !errors.Is(err, test.want) {
				t.Errorf("%x: %v, want %v", test.b, err, test.want)
			}
		})
	}
}

func varintAt(b []byte) int  { _, next := wire.Varint(b, 0); return next }
func tagAt(b []byte) int     { _, next := wire.Tag(b, 0); return next }
func bytesAt(b []byte) int   { _, next := wire.Bytes(b, 0); return next }
func fixed32At(b []byte) int { _, next := wire.Fixed32(b, 0); return next }
func fixed64At(b []byte) int { _, next := wire.Fixed64(b, 0); return next }

// skipTag skips the value of field 2 with the given wire type.
func skipTag(wireType uint64) func(b []byte) int {
	return func(b []byte) int {
		budget := wire.Limits{}.Budget(len(b))
		return wire.Skip(b, 0, 2<<3|wireType, &budget)
	}
}

func TestGroupsCountAgainstTheDepth(t *testing.T) {
	const depth = 10
	nested := func(n int) []byte {
		return append(bytes.Repeat([]byte{0x0b}, n), bytes.Repeat([]byte{0x0c}, n)...)
	}
	for n, want := range map[int]error{depth: nil, depth + 1: wire.ErrLimit, 1_000_000: wire.ErrLimit} {
		b := nested(n)
		budget := wire.Limits{Depth: depth}.Budget(len(b))
		next := wire.Skip(b, 1, 0x0b, &budget)
		if want == nil && next != len(b) || want != nil && (next >= 0 || wire.Err(next) != want) {
			t.Errorf("%d groups: position %d", n, next)
		}
	}
}

// FuzzSkip compares Skip with protowire.
func FuzzSkip(f *testing.F) {
	f.Add([]byte{0x08, 1})
	f.Add([]byte{0x0a, 1, 2})
	f.Add([]byte{0x0b, 0x10, 1, 0x0c})
	f.Add([]byte("\x0b\xed\xed\xed\xed00000\x0c")) // a number that is valid in groups only
	f.Fuzz(func(t *testing.T, b []byte) {
		number, kind, want := protowire.ConsumeTag(b)
		tag, next := wire.Tag(b, 0)
		if (want < 0 || number > protowire.MaxValidNumber) != (next < 0) {
			t.Fatalf("tag of %x ends at %d, and should at %d", b, next, want)
		}
		if next < 0 {
			return
		}
		budget := wire.Unlimited.Budget(len(b))
		end := wire.Skip(b, next, tag, &budget)
		size := protowire.ConsumeFieldValue(number, kind, b[want:])
		if (size < 0) != (end < 0) || size >= 0 && end != want+size {
			t.Fatalf("value of %x ends at %d, and its size is %d behind %d", b, end, size, want)
		}
	})
}

func TestEndLengthShiftsWhatIsLong(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1fffff, 0x200000} {
		body := make([]byte, n)
		for i := range body {
			body[i] = byte(rng.Uint32())
		}
		b := append([]byte("before"), 0)
		start := len(b)
		b = wire.EndLength(append(b, body...), start)
		want := append(protowire.AppendVarint([]byte("before"), uint64(n)), body...)
		if !bytes.Equal(b, want) {
			t.Errorf("%d bytes: wrong length or content", n)
		}
		if size := wire.SizeBytes(n); size != len(want)-len("before") {
			t.Errorf("SizeBytes(%d) = %d", n, size)
		}
	}
}
