package wire_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

func TestBudget(t *testing.T) {
	tests := []struct {
		name   string
		limits wire.Limits
		size   int
		charge func(b *wire.Budget) bool
		want   bool
	}{
		{"input within memory", wire.Limits{Memory: 10}, 10, notExceeded, true},
		{"input beyond memory", wire.Limits{Memory: 9}, 10, notExceeded, false},
		{"defaults", wire.Limits{}, 10, charge(1, 9*16+4096), true},
		{"defaults grow with the input", wire.Limits{}, 1000, charge(1, 1000*15+4096), true},
		{"beyond the defaults", wire.Limits{}, 1000, charge(1, 1000*15+4097), false},
		{"negative stands for the default", wire.Limits{Memory: -1, Depth: -1, Items: -1}, 10, charge(100, 1), true},
		{"items", wire.Limits{Items: 3}, 10, charge(3, 1), true},
		{"too many items", wire.Limits{Items: 3}, 10, charge(4, 1), false},
		{"depth", wire.Limits{Depth: 2}, 10, enter(2), true},
		{"too deep", wire.Limits{Depth: 2}, 10, enter(3), false},
		{"default depth", wire.Limits{}, 10, enter(wire.DefaultDepth + 1), false},
		{"unlimited", wire.Unlimited, math.MaxInt32, charge(math.MaxInt32, 1000), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := test.limits.Budget(test.size)
			if got := test.charge(&b); got != test.want {
				t.Errorf("allowed: %v, want %v", got, test.want)
			}
			if b.Exceeded() == test.want {
				t.Errorf("exceeded: %v", b.Exceeded())
			}
		})
	}
}

func notExceeded(b *wire.Budget) bool { return !b.Exceeded() }

func charge(n, size int) func(b *wire.Budget) bool {
	return func(b *wire.Budget) bool { return b.Charge(n, size) }
}

func enter(depth int) func(b *wire.Budget) bool {
	return func(b *wire.Budget) bool {
		for range depth {
			if !b.EnterItem(1) {
				return false
			}
		}
		return true
	}
}

func TestLeaveGivesDepthBack(t *testing.T) {
	b := wire.Limits{Depth: 1}.Budget(0)
	for range 10 {
		if !b.Enter(0) {
			t.Fatal("refused although the message before was left")
		}
		b.Leave()
	}
}

// bombs are messages that take far more memory than bytes, as far as decoders
// let them.
func bombs(size int) map[string][]byte {
	fill := func(unit ...byte) []byte { return slices.Repeat(unit, size/len(unit)) }
	packed := protowire.AppendBytes(protowire.AppendTag(nil, 14, protowire.BytesType),
		protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), make([]byte, size&^3)))
	return map[string][]byte{
		"empty accusations":       fill(10<<3|2, 0),
		"empty state":             fill(20<<3&0x7f|0x80|2, 1, 0),
		"empty deltas, merged":    fill(9<<3|2, 0),
		"records in merged delta": fill(9<<3|2, 2, 3<<3|2, 0),
		"alternating":             fill(10<<3|2, 0, 20<<3&0x7f|0x80|2, 1, 0, 9<<3|2, 2, 3<<3|2, 0),
		"unknown":                 fill(0xf8, 0x7f, 1),
		"tags":                    packed,
		"challenges":              fill(18<<3&0x7f|0x80|2, 1, 1, 7),
	}
}

// TestDecodingAllocatesWithinItsLimits measures what hostile messages of 64 KiB
// allocate on the way to where they are refused.
func TestDecodingAllocatesWithinItsLimits(t *testing.T) {
	const size = 64 << 10
	const bound = 3 * (wire.DefaultMemoryFactor*size + wire.DefaultMemoryBase)
	for name, b := range bombs(size) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var e hearsayv1.Envelope
			err := e.Unmarshal(b)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > bound {
				t.Errorf("%d bytes made the decoder allocate %d, more than %d (%v)", len(b), got, bound, err)
			}
			if err != nil && !errors.Is(err, wire.ErrLimit) {
				t.Errorf("unexpected error: %v", err)
			}
		})
	}
}

func TestBombsAreRefused(t *testing.T) {
	for _, name := range []string{"empty accusations", "empty state", "records in merged delta", "alternating"} {
		var e hearsayv1.Envelope
		if err := e.Unmarshal(bombs(64 << 10)[name]); !errors.Is(err, wire.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHonestMessagesFit decodes messages of usual content at all sizes up to
// what a stream carries.
func TestHonestMessagesFit(t *testing.T) {
	var delta hearsayv1.MembershipDelta
	for i := range 2000 {
		delta.Records = append(delta.Records, hearsayv1.NodeRecord{
			ID: "n", Generation: uint64(i) + 1, Incarnation: 1, Version: 1, Owner: []byte("o"),
		})
	}
	for n := 1; n <= len(delta.Records); n *= 2 {
		e := hearsayv1.Envelope{Sender: 1, Delta: &hearsayv1.MembershipDelta{Records: delta.Records[:n]}}
		var decoded hearsayv1.Envelope
		if err := decoded.Unmarshal(e.AppendTo(nil)); err != nil || !decoded.Equal(&e) {
			t.Errorf("%d small records: %v", n, err)
		}
	}
}

func TestMaxItems(t *testing.T) {
	for n, want := range map[int]error{256: nil, 257: wire.ErrLimit} {
		sum := hearsayv1.Sum{Salt: 1, Buckets: make([]uint32, n)}
		var decoded hearsayv1.Sum
		if err := decoded.Unmarshal(sum.AppendTo(nil)); !errors.Is(err, want) {
			t.Errorf("%d buckets: %v, want %v", n, err, want)
		}
	}
}
