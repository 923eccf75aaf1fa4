package conformance

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	conformancev1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/conformance/v1"
	"github.com/hearsay-gossip/hearsay/internal/codegen/internal/googlepb/conformancepb"
	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

// google is a type of protobuf-go for the same message.
type google[G any] interface {
	*G
	proto.Message
}

// deterministic is protobuf-go's encoding of what all implementations agree on.
var deterministic = proto.MarshalOptions{Deterministic: true}

// compare decodes b with our code and with protobuf-go's and compares verdicts
// and results. It returns our verdict under default limits. fatal is told what
// differs.
func compare[T any, M wiretest.Message[T], G any, P google[G]](fatal func(format string, args ...any), m M, b []byte) error {
	theirs := P(new(G))
	want := proto.Unmarshal(b, theirs)
	got := m.UnmarshalLimits(b, wire.Unlimited)
	if (got == nil) != (want == nil) {
		fatal("%x:\n our verdict: %v\nprotobuf-go's: %v", b, got, want)
	}
	if got == nil {
		ours, encoded := m.AppendTo(nil), encode(fatal, theirs)
		if !bytes.Equal(ours, encoded) && !bytes.Equal(shortTags[G, P](fatal, ours), encoded) {
			fatal("decoded from %x\n  ours: %x\ntheirs: %x", b, ours, encoded)
		}
	}
	limited := m.Unmarshal(b)
	// Limits may refuse what is sound, and do so by one error alone.
	if limited != got && limited != wire.ErrLimit {
		fatal("%x:\nwithout limits: %v\n   with limits: %v", b, got, limited)
	}
	return limited
}

// shortTags decodes and encodes b with protobuf-go, which writes tags of unknown
// fields in as few bytes as they need. We, and dynamicpb, keep them as they came.
func shortTags[G any, P google[G]](fatal func(format string, args ...any), b []byte) []byte {
	m := P(new(G))
	if err := proto.Unmarshal(b, m); err != nil {
		fatal("protobuf-go cannot decode what we encode: %x: %v", b, err)
	}
	return encode(fatal, m)
}

func encode(fatal func(format string, args ...any), m proto.Message) []byte {
	b, err := deterministic.Marshal(m)
	if err != nil {
		fatal("protobuf-go cannot encode its own message: %v", err)
	}
	return b
}

// agree checks random messages of a type: what dynamicpb encodes, both decode and
// encode again, alone and one merged into another.
func agree[T any, M wiretest.Message[T], G any, P google[G]](t *testing.T) {
	d := wiretest.Descriptor[T, M](t)
	sameSchema(t, d, P(new(G)).ProtoReflect().Descriptor())
	reused := M(new(T))
	rapid.Check(t, func(t *rapid.T) {
		first := encoded(t, d, "first")
		compare[T, M, G, P](t.Fatalf, M(new(T)), first)
		compare[T, M, G, P](t.Fatalf, reused, first)
		if ours := reused.AppendTo(nil); len(ours) != reused.Size() {
			t.Fatalf("Size is %d, want %d", reused.Size(), len(ours))
		}
		compare[T, M, G, P](t.Fatalf, reused, append(first, encoded(t, d, "second")...))
	})
}

func encoded(t *rapid.T, d protoreflect.MessageDescriptor, label string) []byte {
	return encode(t.Fatalf, message(d).Draw(t, label))
}

// sameSchema checks that both types have the same fields.
func sameSchema(t *testing.T, ours, theirs protoreflect.MessageDescriptor) {
	t.Helper()
	if ours.Fields().Len() != theirs.Fields().Len() {
		t.Fatalf("%d fields, and %d", ours.Fields().Len(), theirs.Fields().Len())
	}
	for i := range ours.Fields().Len() {
		a, b := ours.Fields().Get(i), theirs.Fields().Get(i)
		if a.Name() != b.Name() || a.Number() != b.Number() || a.Kind() != b.Kind() || a.IsPacked() != b.IsPacked() || a.JSONName() != b.JSONName() {
			t.Errorf("%v is not %v", a, b)
		}
	}
}

func TestAgreesWithProtobufGo(t *testing.T) {
	t.Run("AllTypes", agree[conformancev1.AllTypes, *conformancev1.AllTypes, conformancepb.AllTypes])
	t.Run("Presence", agree[conformancev1.Presence, *conformancev1.Presence, conformancepb.Presence])
	t.Run("Nothing", agree[conformancev1.Nothing, *conformancev1.Nothing, conformancepb.Nothing])
}

// FuzzAllTypes looks for bytes about which three decoders differ.
func FuzzAllTypes(f *testing.F) {
	corpus := newCorpus(f, 1, 64)
	for _, b := range corpus.inputs {
		f.Add(b)
		f.Add(corpus.next())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m conformancev1.AllTypes
		compare[conformancev1.AllTypes, *conformancev1.AllTypes, conformancepb.AllTypes](t.Fatalf, &m, b)
		wiretest.Judge(t, &m, b)
	})
}
