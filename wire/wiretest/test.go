package wiretest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/hearsay-gossip/hearsay/wire"
)

// Expect says what a message type cannot be expected to do.
type Expect struct {
	// Allocates says that decoding allocates each time, as it does with maps.
	Allocates bool
}

// rounds is how many random messages each test tries.
const rounds = 64

// Test tests all methods of a generated message.
func Test[T any, M Message[T]](t *testing.T, expect Expect) {
	s := &suite[T, M]{d: Descriptor[T, M](t)}
	run(t, "RoundTrip", s.roundTrip)
	run(t, "Merge", s.merge)
	run(t, "Truncated", s.truncated)
	run(t, "Corrupted", s.corrupted)
	run(t, "Copies", s.copies)
	run(t, "Limits", s.limits)
	run(t, "Allocations", func(t testing.TB) { s.allocations(t, expect) })
}

func run(t *testing.T, name string, test func(t testing.TB)) {
	t.Run(name, func(t *testing.T) { test(t) })
}

type suite[T any, M Message[T]] struct {
	d protoreflect.MessageDescriptor
}

// roundTrip decodes what dynamicpb encoded, both into a new message and into one
// that held the message before.
func (s *suite[T, M]) roundTrip(t testing.TB) {
	rng := newRand(t)
	reused := M(new(T))
	for range rounds {
		b := randomEncoded(t, rng, s.d)
		judge(t, s.d, M(new(T)), b)
		judge(t, s.d, reused, b)
		if err := reused.UnmarshalLimits(b, wire.Unlimited); err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		sameEncoding(t, reused, b, b)
	}
}

// merge decodes messages one behind the other, with fields in any order, of any
// wire type and at any place.
func (s *suite[T, M]) merge(t testing.TB) {
	rng := newRand(t)
	reused := M(new(T))
	for range rounds {
		parts := [][]byte{randomEncoded(t, rng, s.d), randomEncoded(t, rng, s.d)}
		for range rng.IntN(4) {
			parts = append(parts, strangeField(rng, s.d))
		}
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		judge(t, s.d, reused, bytes.Join(parts, nil))
	}
}

// strangeField encodes a field with a number near those of the message, with any
// wire type.
func strangeField(rng *rand.Rand, d protoreflect.MessageDescriptor) []byte {
	highest := 1
	for i := range d.Fields().Len() {
		highest = max(highest, int(d.Fields().Get(i).Number()))
	}
	return appendField(rng, nil, protoreflect.FieldNumber(1+rng.IntN(highest+1)))
}

func (s *suite[T, M]) truncated(t testing.TB) {
	rng := newRand(t)
	reused := M(new(T))
	for range rounds / 8 {
		b := randomEncoded(t, rng, s.d)
		step := 1 + len(b)/64
		for n := 0; n < len(b); n += step {
			// A copy of that size, so that reading beyond it panics.
			judge(t, s.d, reused, bytes.Clone(b[:n]))
		}
	}
}

func (s *suite[T, M]) corrupted(t testing.TB) {
	rng := newRand(t)
	reused := M(new(T))
	for range rounds * 4 {
		b := randomEncoded(t, rng, s.d)
		if len(b) > 512 {
			b = b[:512]
		}
		for range 1 + rng.IntN(4) {
			b = corrupt(rng, b)
		}
		judge(t, s.d, reused, b)
	}
}

// corrupt changes, removes or adds something somewhere.
func corrupt(rng *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return append(b, byte(rng.Uint32()))
	}
	at := rng.IntN(len(b))
	switch rng.IntN(5) {
	case 0:
		b[at] ^= 1 << rng.IntN(8)
	case 1:
		b[at] = byte(rng.Uint32())
	case 2:
		b = append(b[:at], b[at+1:]...)
	case 3:
		b = append(b[:at:at], append([]byte{byte(rng.Uint32())}, b[at:]...)...)
	default:
		// The length of something becomes very long.
		b = append(b[:at:at], append([]byte{0xff, 0xff, 0xff, 0xff, 0x07}, b[at:]...)...)
	}
	return b
}

// copies tests Clone, CopyFrom, Equal and Reset.
func (s *suite[T, M]) copies(t testing.TB) {
	rng := newRand(t)
	target := M(new(T))
	for range rounds {
		a := randomEncoded(t, rng, s.d)
		b := variant(t, rng, s.d, a)
		m, o := M(new(T)), M(new(T))
		s.decode(t, m, a)
		s.decode(t, o, b)
		if m.Equal((*T)(o)) != bytes.Equal(a, b) || o.Equal((*T)(m)) != bytes.Equal(a, b) {
			t.Fatalf("Equal is wrong about %x and %x", a, b)
		}
		clone := M(m.Clone())
		target.CopyFrom((*T)(m))
		sameEncoding(t, clone, a, a)
		sameEncoding(t, target, a, a)
		if !m.Equal((*T)(clone)) || !m.Equal((*T)(target)) {
			t.Fatalf("a copy of %x is not equal to it", a)
		}
		// What happens to the copies does not happen to the message.
		other := randomEncoded(t, rng, s.d)
		s.decode(t, clone, other)
		s.decode(t, target, other)
		sameEncoding(t, m, a, a)
		target.Reset()
		if target.Size() != 0 || !target.Equal(new(T)) || !target.Equal(nil) {
			t.Fatalf("something is left of %x after Reset", other)
		}
	}
}

func (s *suite[T, M]) decode(t testing.TB, m M, b []byte) {
	t.Helper()
	if err := m.UnmarshalLimits(b, wire.Unlimited); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
}

// limits tests that a message which needs more memory than allowed is refused,
// and leaves nothing behind.
func (s *suite[T, M]) limits(t testing.TB) {
	rng := newRand(t)
	m := M(new(T))
	for range rounds {
		b := randomEncoded(t, rng, s.d)
		if len(b) < 2 {
			continue
		}
		s.decode(t, m, b)
		if err := m.UnmarshalLimits(b, wire.Limits{Memory: len(b) - 1}); !errors.Is(err, wire.ErrLimit) {
			t.Fatalf("%x: %v with memory for less than the input", b, err)
		}
		if m.Size() != 0 {
			t.Fatalf("%x: refused, but something is left of it", b)
		}
	}
}

func (s *suite[T, M]) allocations(t testing.TB, expect Expect) {
	rng := newRand(t)
	m := M(new(T))
	for range rounds / 8 {
		b := randomEncoded(t, rng, s.d)
		s.decode(t, m, b)
		buffer := make([]byte, 0, 2*len(b)+16)
		if n := testing.AllocsPerRun(5, func() { buffer = m.AppendTo(buffer[:0]) }); n > 0 && !expect.Allocates {
			t.Errorf("encoding allocates %v times: %x", n, b)
		}
		decode := func() {
			if err := m.UnmarshalLimits(b, wire.Unlimited); err != nil {
				t.Error(err)
			}
		}
		if n := testing.AllocsPerRun(5, decode); n > 0 && !expect.Allocates {
			t.Errorf("decoding the same again allocates %v times: %x", n, b)
		}
	}
}

// Fuzz is a fuzz target for the decoder of a generated message.
func Fuzz[T any, M Message[T]](f *testing.F) {
	d := Descriptor[T, M](f)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 16 {
		b := randomEncoded(f, rng, d)
		f.Add(b)
		f.Add(corrupt(rng, bytes.Clone(b)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := M(new(T))
		judge(t, d, m, b)
		judge(t, d, m, b)
	})
}
