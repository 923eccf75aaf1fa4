package membership

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/wire"
)

// The hashes are part of the wire: these values must never change.
func TestHashesHaveTheirGoldenValues(t *testing.T) {
	owner := []byte("\x0a\x0f\x0a\x03udp\x12\x04\x0a\x00\x00\x01\x18\x8a\x3e\x10\x02\x18\x01\x20\x01")
	view := viewHash(clusterSeed("prod"), "node-1", NewGeneration(3, 0x9f1c04aa), owner)
	for _, test := range []struct {
		name      string
		got, want uint64
	}{
		{"no bytes", hashBytes(0, ""), 0x42bc986dc5eec4d3},
		{"one byte", hashBytes(0, "a"), 0x218cac7ef932012f},
		{"eight bytes", hashBytes(0, "abcdefgh"), 0x0f567cd80a93cfb3},
		{"sixteen bytes", hashBytes(0, "abcdefghijklmnop"), 0x4ff3b52ca1e858d2},
		{"forty bytes", hashBytes(0, strings.Repeat("abcde", 8)), 0x1afc23da97557203},
		{"seeded", hashBytes(1, "a"), 0x4d0e41cb626f75fd},
		{"words", hashWords(1, 2, 3), 0x364e6cdecdd66d5c},
		{"cluster", clusterSeed("prod"), 0x66938eafb082a9ab},
		{"view", view, 0x6731537e625e7274},
		{"leaf", leafHash(view, 2, 5, 77), 0x46b34448594da505},
		{"rendezvous", rendezvous(wire.Key("a"), wire.Key("b"), NewGeneration(1, 2)), 0xdf794dab03a33008},
	} {
		if test.got != test.want {
			t.Errorf("%s: %#016x, want %#016x", test.name, test.got, test.want)
		}
	}
}

func TestHashOfStringAndBytesAgree(t *testing.T) {
	text := strings.Repeat("hearsay", 20)
	seen := map[uint64]int{}
	for n := range len(text) {
		h := hashBytes(9, text[:n])
		if b := hashBytes(9, []byte(text[:n])); b != h {
			t.Fatalf("%d bytes hash to %x as a string and %x as bytes", n, h, b)
		}
		if other, ok := seen[h]; ok {
			t.Fatalf("%d and %d bytes collide", n, other)
		}
		seen[h] = n
	}
}

// A hash that is summed must spread every change of its input over all bits:
// each bit of input flips each bit of output about half of the time.
func TestHashSpreadsEveryBit(t *testing.T) {
	const trials = 2000
	for _, size := range []int{8, 13, 16, 24, 40} {
		input := make([]byte, size)
		for bit := range size * 8 {
			var flips [64]int
			for n := range trials {
				for i := 0; i+8 <= size; i += 8 {
					binary.LittleEndian.PutUint64(input[i:], uint64(n+1)*0x9e3779b97f4a7c15+uint64(i))
				}
				h := hashBytes(uint64(n), input)
				input[bit/8] ^= 1 << (bit % 8)
				for d := h ^ hashBytes(uint64(n), input); d != 0; d &= d - 1 {
					flips[bits.TrailingZeros64(d)]++
				}
				input[bit/8] ^= 1 << (bit % 8)
			}
			for out, n := range flips {
				if n < trials*35/100 || n > trials*65/100 {
					t.Fatalf("%d bytes: bit %d flips bit %d in %d of %d", size, bit, out, n, trials)
				}
			}
		}
	}
}

func TestHashTellsFieldsApart(t *testing.T) {
	g := NewGeneration(1, 1)
	base := viewHash(1, "ab", g, []byte("c"))
	seen := map[uint64]string{base: "base"}
	for name, h := range map[string]uint64{
		"another id":          viewHash(1, "abc", g, nil),
		"bytes in the id":     viewHash(1, "a", g, []byte("bc")),
		"another generation":  viewHash(1, "ab", g+1, []byte("c")),
		"another cluster":     viewHash(2, "ab", g, []byte("c")),
		"another incarnation": leafHash(base, 1, 0, 0),
		"another version":     leafHash(base, 0, 1, 0),
		"another state":       leafHash(base, 0, 0, 1),
		"nothing else":        leafHash(base, 0, 0, 0),
	} {
		if other, ok := seen[h]; ok {
			t.Errorf("%s collides with %s", name, other)
		}
		seen[h] = name
	}
}
