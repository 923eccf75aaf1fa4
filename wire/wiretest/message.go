package wiretest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/internal/descriptor"
)

// Message is what a pointer to a generated message can do.
type Message[T any] interface {
	*T
	// Size returns the number of bytes that AppendTo appends.
	Size() int
	// AppendTo appends the encoded message to b.
	AppendTo(b []byte) []byte
	// Unmarshal replaces the message by the decoded b, under default limits.
	Unmarshal(b []byte) error
	// UnmarshalLimits is Unmarshal under other limits.
	UnmarshalLimits(b []byte, limits wire.Limits) error
	// Reset empties the message and keeps its memory.
	Reset()
	// Equal tells whether both have the same encoding.
	Equal(o *T) bool
	// Clone returns a deep copy.
	Clone() *T
	// CopyFrom makes the message a deep copy of o.
	CopyFrom(o *T)
	// UnknownFields returns the encoded fields that the decoder did not know.
	UnknownFields() []byte
	// ProtoDescriptor returns the encoded descriptor set and the full name of
	// the message in it.
	ProtoDescriptor() (set, name string)
}

// Descriptor returns the descriptor of a generated message.
func Descriptor[T any, M Message[T]](tb testing.TB) protoreflect.MessageDescriptor {
	tb.Helper()
	found, err := descriptor.Of(M(new(T)))
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// seedVariable is the environment variable that repeats a failed test.
const seedVariable = "WIRETEST_SEED"

// newRand returns a random source, whose seed is in the test's log.
func newRand(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	if given := os.Getenv(seedVariable); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			tb.Fatalf("%s: %v", seedVariable, err)
		}
	}
	tb.Logf("repeat with %s=%d", seedVariable, seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// encode is protobuf's deterministic encoding.
func encode(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		tb.Fatalf("dynamicpb cannot encode its own message: %v", err)
	}
	return b
}

// randomEncoded returns the encoding of a random message.
func randomEncoded(tb testing.TB, rng *rand.Rand, d protoreflect.MessageDescriptor) []byte {
	tb.Helper()
	m := dynamicpb.NewMessage(d)
	fill(rng, m, 3)
	return encode(tb, m)
}

// variant returns the encoding of a message that differs from the encoded one in
// one field, or not at all.
func variant(tb testing.TB, rng *rand.Rand, d protoreflect.MessageDescriptor, b []byte) []byte {
	tb.Helper()
	m := dynamicpb.NewMessage(d)
	if err := proto.Unmarshal(b, m); err != nil {
		tb.Fatalf("dynamicpb cannot decode its own message: %v", err)
	}
	if n := d.Fields().Len(); n > 0 {
		field := d.Fields().Get(rng.IntN(n))
		m.Clear(field)
		if rng.IntN(2) == 0 {
			fillField(rng, m, field, 3)
		}
	}
	return encode(tb, m)
}
