package transporttest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
	"github.com/hearsay-gossip/hearsay/wire"
)

func TestEnvelopeOfSizeIsExact(t *testing.T) {
	for size := 128; size < 70_000; size += 1 + size/50 {
		envelope := transporttest.EnvelopeOfSize("a", size)
		if got := len(envelope.AppendTo(nil)); got != size {
			t.Errorf("an envelope of %d bytes has %d", size, got)
		}
		if envelope.Sender != wire.Key("a") {
			t.Fatalf("its sender is %x", envelope.Sender)
		}
	}
}

func TestRandomEnvelopesAreValidAndFit(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	sizes := make(map[int]bool)
	for range 2000 {
		envelope := transporttest.RandomEnvelope(rng, "a", 1160)
		encoded := envelope.AppendTo(nil)
		if len(encoded) > 1160 {
			t.Fatalf("an envelope of %d bytes", len(encoded))
		}
		var decoded hearsayv1.Envelope
		if err := decoded.Unmarshal(encoded); err != nil || !decoded.Equal(envelope) {
			t.Fatalf("%+v decodes to %+v, %v", envelope, decoded, err)
		}
		sizes[len(encoded)] = true
	}
	if len(sizes) < 100 {
		t.Errorf("only %d different sizes", len(sizes))
	}
}

func ExampleEnvelopeOfSize() {
	envelope := transporttest.EnvelopeOfSize("alice", 1160)
	fmt.Println(envelope.Size(), envelope.Sender == wire.Key("alice"))
	// Output:
	// 1160 true
}
