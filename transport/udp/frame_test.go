package udp

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
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

// FuzzReceive feeds the whole receiving path behind the socket.
func FuzzReceive(f *testing.F) {
	local := transporttest.Local("a")
	frame := newPlainFraming(local)
	good := transporttest.QuietEnvelope("b", 1).AppendTo(frame.begin(nil, 1))
	f.Add(good)
	f.Add(good[:3])
	f.Add(transporttest.EnvelopeOfSize("b", 600).AppendTo(frame.begin(nil, 1)))
	f.Add(bytes.Repeat([]byte{0xff}, 2000))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		inbox, err := transport.NewInbox(transport.InboxConfig{MaxEnvelopeBytes: DefaultReceiveMaxBytes})
		if err != nil {
			t.Fatal(err)
		}
		node := &Transport{config: Config{}.withDefaults(), frame: frame, inbox: inbox}
		node.receive(addressOf4, bytes.Clone(datagram))
		batch := make([]transport.Inbound, 2)
		n, err := inbox.Poll(batch)
		if err != nil {
			t.Fatal(err)
		}
		stats := inbox.Stats()
		dropped := uint64(0)
		for _, count := range stats.Dropped {
			dropped += count
		}
		if stats.Received+dropped != 1 || uint64(n) != stats.Received {
			t.Fatalf("one datagram: %d polled, counted as %+v", n, stats)
		}
		if n == 0 {
			return
		}
		// What was accepted is of this cluster and version, and its envelope
		// survives being sent on.
		again := batch[0].Envelope.AppendTo(frame.begin(nil, batch[0].Version))
		if !bytes.Equal(again[:plainOverhead], datagram[:plainOverhead]) {
			t.Fatalf("accepted a datagram that begins with %x", datagram[:plainOverhead])
		}
		node.receive(addressOf4, again)
		if inbox.Stats().Received != 2 {
			t.Fatalf("%x was accepted, but not as %x", datagram, again)
		}
	})
}
