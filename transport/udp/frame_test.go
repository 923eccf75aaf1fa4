package udp

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

// TestPlainFrameIsFixed keeps the bytes that other builds read.
func TestPlainFrameIsFixed(t *testing.T) {
	frame := newPlainFraming(transport.Local{Cluster: "example", WireMin: 1, WireMax: 3})
	datagram := frame.finish(append(frame.begin(nil, 2), "envelope"...))
	// SHA-256 of "example" begins with 50d858e0.
	if got, want := hex.EncodeToString(datagram), "0250d858e0"+hex.EncodeToString([]byte("envelope")); got != want {
		t.Errorf("datagram %s, want %s", got, want)
	}
	if got := len(datagram) - len("envelope"); got > frame.overhead() {
		t.Errorf("framing takes %d bytes, more than the %d it says", got, frame.overhead())
	}
}

func TestPlainFrameIsCheckedBeforeDecoding(t *testing.T) {
	local := transport.Local{Cluster: "example", WireMin: 2, WireMax: 3}
	frame := newPlainFraming(local)
	good := append(frame.begin(nil, 2), "envelope"...)
	with := func(at int, value byte) []byte {
		changed := bytes.Clone(good)
		changed[at] = value
		return changed
	}
	tests := []struct {
		name     string
		datagram []byte
		ok       bool
		cause    transport.Drop
	}{
		{"good", good, true, 0},
		{"highest version", with(0, 3), true, 0},
		{"nothing behind the frame", good[:plainOverhead], true, 0},
		{"empty", nil, false, transport.DropMalformed},
		{"cut", good[:plainOverhead-1], false, transport.DropMalformed},
		{"version 0", with(0, 0), false, transport.DropVersion},
		{"version below", with(0, 1), false, transport.DropVersion},
		{"version above", with(0, 4), false, transport.DropVersion},
		{"sealed", with(0, 0x82), false, transport.DropUnauthenticated},
		{"unknown flag", with(0, 0x12), false, transport.DropMalformed},
		{"another cluster", with(4, good[4]^1), false, transport.DropForeign},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			payload, version, cause, ok := frame.open(bytes.Clone(test.datagram))
			if ok != test.ok || cause != test.cause {
				t.Fatalf("open: %v, %v; want %v, %v", ok, cause, test.ok, test.cause)
			}
			if ok && (!bytes.Equal(payload, test.datagram[plainOverhead:]) || version != test.datagram[0]) {
				t.Errorf("open: payload %q of version %d", payload, version)
			}
		})
	}
}
