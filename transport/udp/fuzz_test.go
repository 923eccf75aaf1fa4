package udp

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// receiver is the receiving path behind the socket, and what came out of it.
type receiver struct {
	t    rapid.TB
	node *Transport
	now  time.Time
	fed  uint64
}

func newReceiver(t rapid.TB, frame framing) *receiver {
	inbox, err := transport.NewInbox(transport.InboxConfig{MaxEnvelopeBytes: DefaultReceiveMaxBytes})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1000, 0)
	return &receiver{t: t, now: now, node: &Transport{
		config: Config{}.withDefaults(), frame: frame, inbox: inbox, strangers: newStrangers(MaxStrangerRate, now),
	}}
}

// feed lets a datagram arrive and returns the envelope that Poll gives for it,
// if any. Whatever happened to it was counted once, under one cause.
func (r *receiver) feed(datagram []byte) (transport.Inbound, bool) {
	r.t.Helper()
	r.fed++
	r.node.receive(addressOf4, bytes.Clone(datagram), r.now)
	batch := make([]transport.Inbound, 2)
	n, err := r.node.inbox.Poll(batch)
	if err != nil {
		r.t.Fatal(err)
	}
	stats := r.node.inbox.Stats()
	counted := stats.Received
	for _, count := range stats.Dropped {
		counted += count
	}
	if counted != r.fed || n > 1 {
		r.t.Fatalf("%d datagrams, %d polled, counted as %+v", r.fed, n, stats)
	}
	return batch[0], n == 1
}

func (r *receiver) dropped(cause transport.Drop) uint64 {
	return r.node.inbox.Stats().Dropped[cause]
}

// FuzzReceive feeds the whole receiving path in plaintext.
func FuzzReceive(f *testing.F) {
	frame := newPlainFraming(transporttest.Local("a"))
	good := transporttest.QuietEnvelope("b", 1).AppendTo(frame.begin(nil, 1))
	f.Add(good)
	f.Add(good[:3])
	f.Add(transporttest.EnvelopeOfSize("b", 600).AppendTo(frame.begin(nil, 1)))
	f.Add(bytes.Repeat([]byte{0xff}, 2000))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		node := newReceiver(t, frame)
		in, ok := node.feed(datagram)
		if !ok {
			return
		}
		// What was accepted is of this cluster and version, and its envelope
		// survives being sent on.
		again := in.Envelope.AppendTo(frame.begin(nil, in.Version))
		if !bytes.Equal(again[:plainOverhead], datagram[:plainOverhead]) {
			t.Fatalf("accepted a datagram that begins with %x", datagram[:plainOverhead])
		}
		if _, ok := node.feed(again); !ok {
			t.Fatalf("%x was accepted, but not as %x", datagram, again)
		}
	})
}

// FuzzReceiveSealed feeds the whole receiving path of a node with a key: bytes
// that were never sealed, an envelope that a member sealed, the same again, and
// the same with a byte changed or its end cut off.
func FuzzReceiveSealed(f *testing.F) {
	keys := ringOf(testKey(1), testKey(2))
	local := transporttest.Local("a")
	quiet := transporttest.QuietEnvelope("b", 1).AppendTo(nil)
	// The fuzzer has many processes: all must know the same authentic datagram.
	author := newSealedFraming(local, ringOf(testKey(2)), MinSenders)
	author.sealer.Store(author.newSealer(author.keys.current.Load(), &life{number: [lifeBytes]byte{1}}))
	sealed := sealOf(author, string(quiet))
	f.Add(sealed, quiet, uint16(3), byte(1), uint16(0))
	f.Add(sealed[:headerBytes], quiet[:3], uint16(30), byte(0x80), uint16(1))
	f.Add([]byte{flagSealed | 1}, []byte{}, uint16(9), byte(7), uint16(40))
	f.Add(bytes.Repeat([]byte{0x81}, 2000), transporttest.EnvelopeOfSize("b", 600).AppendTo(nil), uint16(25), byte(1), uint16(0))
	f.Fuzz(func(t *testing.T, made, payload []byte, at uint16, change byte, cut uint16) {
		if len(payload) > DefaultReceiveMaxBytes {
			return
		}
		node := newReceiver(t, newSealedFraming(local, keys, MinSenders))
		if in, ok := node.feed(made); ok && !bytes.Equal(made, sealed) {
			t.Fatalf("%x was accepted as %+v", made, in)
		}
		member := newSealedFraming(local, ringOf(testKey(2)), MinSenders)
		datagram := member.finish(append(member.begin(nil, 1), payload...))
		forged := bytes.Clone(datagram)
		forged[int(at)%len(forged)] ^= change
		forged = forged[:len(forged)-int(cut)%len(forged)]
		if !bytes.Equal(forged, datagram) {
			if in, ok := node.feed(forged); ok {
				t.Fatalf("%x, forged from %x, was accepted as %+v", forged, datagram, in)
			}
		}
		in, ok := node.feed(datagram)
		if malformed := node.dropped(transport.DropMalformed); !ok && malformed == 0 {
			t.Fatalf("an authentic datagram was dropped: %+v", node.node.inbox.Stats())
		}
		if ok && !bytes.Equal(datagram[:plainOverhead], sealed[:plainOverhead]) {
			t.Fatalf("accepted %x as %+v", datagram, in)
		}
		replayed := node.dropped(transport.DropReplayed)
		if in, ok := node.feed(datagram); ok || node.dropped(transport.DropReplayed) != replayed+1 {
			t.Fatalf("a replay was accepted as %+v, or counted otherwise", in)
		}
	})
}
