package udp

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// receiveModel is a receiver, members that seal for it, and what it must do with
// each datagram, by the books.
type receiveModel struct {
	ring     *Keyring
	receiver *receiver
	members  []*sealedFraming
	sent     []sealedRecord
	// highest is what the receiver has seen of each life, taken which ones.
	highest map[[lifeBytes]byte]uint64
	taken   map[int]bool
	serial  uint32
}

type sealedRecord struct {
	datagram []byte
	key      KeyID
	number   [lifeBytes]byte
	counter  uint64
	serial   uint32
}

// restart has the receiver forget what it has seen, as a new process does.
func (m *receiveModel) restart(t rapid.TB) {
	m.receiver = newReceiver(t, newSealedFraming(transporttest.Local("a"), m.ring, DefaultSenders))
	m.highest, m.taken = map[[lifeBytes]byte]uint64{}, map[int]bool{}
}

// seal has a member seal an envelope.
func (m *receiveModel) seal(member *sealedFraming) {
	m.serial++
	envelope := transporttest.QuietEnvelope("b", m.serial)
	datagram := member.finish(envelope.AppendTo(member.begin(nil, 1)))
	s := member.sealer.Load()
	m.sent = append(m.sent, sealedRecord{datagram, s.ring.keys[0].id, s.life.number, s.life.count.Load(), m.serial})
}

// want is what must become of a datagram that arrives now.
func (m *receiveModel) want(at int) (cause transport.Drop, accepted bool) {
	r := &m.sent[at]
	highest := m.highest[r.number]
	switch {
	case m.taken[at], highest >= r.counter && highest-r.counter >= windowDatagrams:
		return transport.DropReplayed, false
	case m.ring.current.Load().named(r.key) == nil:
		return transport.DropUnauthenticated, false
	}
	m.taken[at] = true
	m.highest[r.number] = max(highest, r.counter)
	return 0, true
}

// arrive feeds a datagram that was sealed and compares.
func (m *receiveModel) arrive(t *rapid.T, at int) {
	cause, accepted := m.want(at)
	before := m.receiver.dropped(cause)
	in, ok := m.receiver.feed(m.sent[at].datagram)
	switch {
	case ok != accepted:
		t.Fatalf("datagram %d of %d accepted: %v, want %v (%v)", at, len(m.sent), ok, accepted, cause)
	case ok && in.Envelope.Sequence != m.sent[at].serial:
		t.Fatalf("datagram %d arrived as %d", m.sent[at].serial, in.Envelope.Sequence)
	case !ok && m.receiver.dropped(cause) != before+1:
		t.Fatalf("datagram %d was not counted as %v: %+v", at, cause, m.receiver.node.inbox.Stats())
	}
}

// Datagrams of several members arrive in any order, more than once, changed and
// cut, while keys are added, used and removed, members and the receiver start
// again: each is accepted once in the life of the receiver, if its key is in the
// ring and it is not too far behind, and nothing else ever is.
func TestTheReceivingPathByTheBooks(t *testing.T) { rapid.Check(t, receiveByTheBooks) }

// FuzzReceiveByTheBooks lets the fuzzer choose what happens.
func FuzzReceiveByTheBooks(f *testing.F) { f.Fuzz(rapid.MakeFuzz(receiveByTheBooks)) }

func receiveByTheBooks(t *rapid.T) {
	keys := []Key{testKey(1), testKey(2), testKey(3)}
	m := &receiveModel{ring: ringOf(keys[0])}
	m.restart(t)
	rings := []*Keyring{ringOf(keys[0]), ringOf(keys[0]), ringOf(keys[1])}
	begin := func(i int) *sealedFraming {
		return newSealedFraming(transporttest.Local("b"), rings[i], MinSenders)
	}
	for i := range rings {
		m.members = append(m.members, begin(i))
	}
	t.Repeat(map[string]func(*rapid.T){
		"seal": func(r *rapid.T) {
			for range rapid.SampledFrom([]int{1, 1, 5, windowDatagrams}).Draw(r, "count") {
				m.seal(rapid.SampledFrom(m.members).Draw(r, "member"))
			}
		},
		"arrive": func(r *rapid.T) {
			if len(m.sent) > 0 {
				m.arrive(r, rapid.IntRange(0, len(m.sent)-1).Draw(r, "at"))
			}
		},
		"arrive in order": func(r *rapid.T) {
			for at := max(0, len(m.sent)-20); at < len(m.sent); at++ {
				m.arrive(r, at)
			}
		},
		"forge": func(r *rapid.T) {
			if len(m.sent) == 0 {
				return
			}
			datagram := bytes.Clone(rapid.SampledFrom(m.sent).Draw(r, "of").datagram)
			datagram[rapid.IntRange(0, len(datagram)-1).Draw(r, "at")] ^= rapid.ByteRange(1, 255).Draw(r, "change")
			datagram = datagram[:len(datagram)-rapid.SampledFrom([]int{0, 0, 1, 30}).Draw(r, "cut")]
			if in, ok := m.receiver.feed(datagram); ok {
				r.Fatalf("a forgery was accepted: %+v", in)
			}
		},
		"rotate": func(r *rapid.T) {
			key := rapid.SampledFrom(keys).Draw(r, "key")
			ring := rapid.SampledFrom(append(rings, m.ring)).Draw(r, "ring")
			switch id, err := ring.Add(key); rapid.IntRange(0, 2).Draw(r, "step") {
			case 0:
				if err != nil {
					r.Fatal(err)
				}
			case 1:
				_ = ring.Use(id)
			case 2:
				_ = ring.Remove(id) // not if it seals
			}
		},
		"restart a member":     func(r *rapid.T) { i := rapid.IntRange(0, 2).Draw(r, "member"); m.members[i] = begin(i) },
		"restart the receiver": func(*rapid.T) { m.restart(t) },
	})
}
