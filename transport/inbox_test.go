package transport_test

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"pgregory.net/rapid"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

var peer = netip.MustParseAddrPort("192.0.2.1:7946")

func newInbox(t testing.TB, config transport.InboxConfig) *transport.Inbox {
	t.Helper()
	if config.MaxEnvelopeBytes == 0 {
		config.MaxEnvelopeBytes = 1400
	}
	inbox, err := transport.NewInbox(config)
	if err != nil {
		t.Fatal(err)
	}
	return inbox
}

func encoded(sequence uint32) []byte {
	return transporttest.QuietEnvelope("peer", sequence).AppendTo(nil)
}

func ready(inbox *transport.Inbox) bool {
	select {
	case <-inbox.Ready():
		return true
	default:
		return false
	}
}

func TestInboxConfigIsValidated(t *testing.T) {
	tests := []struct {
		name   string
		config transport.InboxConfig
		ok     bool
	}{
		{"defaults", transport.InboxConfig{MaxEnvelopeBytes: 1}, true},
		{"no largest envelope", transport.InboxConfig{}, false},
		{"negative largest envelope", transport.InboxConfig{MaxEnvelopeBytes: -1}, false},
		{"one slot", transport.InboxConfig{MaxEnvelopeBytes: 1, Slots: 1}, true},
		{"negative slots", transport.InboxConfig{MaxEnvelopeBytes: 1, Slots: -1}, false},
		{"most slots", transport.InboxConfig{MaxEnvelopeBytes: 1, Slots: transport.MaxInboxSlots}, true},
		{"too many slots", transport.InboxConfig{MaxEnvelopeBytes: 1, Slots: transport.MaxInboxSlots + 1}, false},
		{"bytes for one envelope", transport.InboxConfig{MaxEnvelopeBytes: 9, Bytes: 9}, true},
		{"bytes for less than one", transport.InboxConfig{MaxEnvelopeBytes: 9, Bytes: 8}, false},
		{"negative bytes", transport.InboxConfig{MaxEnvelopeBytes: 9, Bytes: -1}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := transport.NewInbox(test.config); (err == nil) != test.ok {
				t.Errorf("NewInbox(%+v): error %v", test.config, err)
			}
		})
	}
}

func TestInboxDropsAndCountsByCause(t *testing.T) {
	inbox := newInbox(t, transport.InboxConfig{MaxEnvelopeBytes: 100, Slots: 2})
	good := encoded(1)
	from := transport.Inbound{Source: peer}
	deliver := func(from transport.Inbound, payload []byte, want bool) {
		t.Helper()
		if got := inbox.Deliver(from, payload); got != want {
			t.Errorf("Deliver = %v, want %v", got, want)
		}
	}
	deliver(from, make([]byte, 101), false)
	deliver(from, good[:len(good)-1], false)
	deliver(transport.Inbound{Source: peer, Identity: "forger"}, good, false)
	deliver(transport.Inbound{Source: peer, Identity: "peer"}, good, true)
	deliver(from, good, true)
	deliver(from, good, false)
	if inbox.Notify(transport.Inbound{Source: peer, Notice: transport.NoticeExpired}) {
		t.Error("a full inbox took a notice")
	}
	inbox.Drop(transport.DropForeign)
	inbox.CountSent(7)
	want := transport.Stats{Received: 2, ReceivedBytes: uint64(2 * len(good)), Sent: 1, SentBytes: 7, Waiting: 2}
	want.Dropped[transport.DropOversize] = 1
	want.Dropped[transport.DropMalformed] = 1
	want.Dropped[transport.DropUnauthenticated] = 1
	want.Dropped[transport.DropInboxFull] = 2
	want.Dropped[transport.DropForeign] = 1
	if got := inbox.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestInboxBoundsBytes(t *testing.T) {
	large := transporttest.EnvelopeOfSize("peer", 1000).AppendTo(nil)
	inbox := newInbox(t, transport.InboxConfig{MaxEnvelopeBytes: 1000, Bytes: 2500})
	from := transport.Inbound{Source: peer}
	for nth := range 2 {
		if !inbox.Deliver(from, large) {
			t.Fatalf("envelope %d of 1000 bytes does not fit into 2500", nth+1)
		}
	}
	if inbox.Deliver(from, large) {
		t.Error("three envelopes of 1000 bytes fit into 2500")
	}
	if !inbox.Deliver(from, encoded(1)) {
		t.Error("a small envelope does not fit beside two large ones")
	}
	// Polled envelopes are still held; only the next poll gives them back.
	dst := make([]transport.Inbound, 1)
	for i := range 2 {
		if n, err := inbox.Poll(dst); n != 1 || err != nil {
			t.Fatalf("poll %d: %d, %v", i, n, err)
		}
		if got, want := inbox.Deliver(from, large), i == 1; got != want {
			t.Errorf("after poll %d: Deliver = %v, want %v", i, got, want)
		}
	}
}

func TestInboxUnmapsSources(t *testing.T) {
	inbox := newInbox(t, transport.InboxConfig{})
	mapped := netip.AddrPortFrom(netip.AddrFrom16(peer.Addr().As16()), peer.Port())
	inbox.Deliver(transport.Inbound{Source: mapped, Network: "udp", Version: 3, Notice: transport.NoticeRefused}, encoded(1))
	inbox.Notify(transport.Inbound{Source: mapped, Network: "udp", Identity: "x", Notice: transport.NoticeWrongIdentity})
	var dst [2]transport.Inbound
	if n, err := inbox.Poll(dst[:]); n != 2 || err != nil {
		t.Fatalf("poll: %d, %v", n, err)
	}
	envelope, notice := dst[0], dst[1]
	if envelope.Source != peer || envelope.Network != "udp" || envelope.Version != 3 || envelope.Notice != transport.NoticeNone {
		t.Errorf("envelope arrived as %+v", envelope)
	}
	if want := (transport.Inbound{Source: peer, Network: "udp", Identity: "x", Notice: transport.NoticeWrongIdentity}); notice != want {
		t.Errorf("notice arrived as %+v, want %+v", notice, want)
	}
	if inbox.Notify(transport.Inbound{Source: peer}) {
		t.Error("a notice of nothing was queued")
	}
}

func TestInboxAfterClose(t *testing.T) {
	inbox := newInbox(t, transport.InboxConfig{})
	inbox.Deliver(transport.Inbound{Source: peer}, encoded(1))
	before := inbox.Stats()
	before.Waiting = 0 // discarded
	inbox.Close()
	inbox.Close()
	if !ready(inbox) {
		t.Error("a driver that waits is not woken by Close")
	}
	if inbox.Deliver(transport.Inbound{Source: peer}, encoded(2)) || inbox.Notify(transport.Inbound{Notice: transport.NoticeExpired}) {
		t.Error("a closed inbox took something")
	}
	n, err := inbox.Poll(make([]transport.Inbound, 1))
	if n != 0 || !errors.Is(err, transport.ErrClosed) || !errors.Is(err, net.ErrClosed) {
		t.Errorf("poll: %d, %v", n, err)
	}
	if got := inbox.Stats(); got != before {
		t.Errorf("stats %+v, want %+v", got, before)
	}
}

// TestInboxAgainstModel compares the inbox with a slice, under any sequence of
// operations.
func TestInboxAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 8).Draw(t, "slots")
		inbox, err := transport.NewInbox(transport.InboxConfig{Slots: slots, MaxEnvelopeBytes: 1400})
		if err != nil {
			t.Fatal(err)
		}
		var waiting []uint32 // 0 stands for a notice
		polled, next := 0, uint32(1)
		fits := func() bool { return len(waiting)+polled < slots }
		t.Repeat(map[string]func(*rapid.T){
			"deliver": func(t *rapid.T) {
				want := fits()
				if got := inbox.Deliver(transport.Inbound{Source: peer}, encoded(next)); got != want {
					t.Fatalf("Deliver = %v, want %v", got, want)
				}
				if want {
					waiting = append(waiting, next)
				}
				next++
			},
			"notify": func(t *rapid.T) {
				want := fits()
				if got := inbox.Notify(transport.Inbound{Source: peer, Notice: transport.NoticeExpired}); got != want {
					t.Fatalf("Notify = %v, want %v", got, want)
				}
				if want {
					waiting = append(waiting, 0)
				}
			},
			"malformed": func(t *rapid.T) {
				if inbox.Deliver(transport.Inbound{Source: peer}, []byte{0xff}) {
					t.Fatal("garbage was delivered")
				}
			},
			"poll": func(t *rapid.T) {
				dst := make([]transport.Inbound, rapid.IntRange(0, 10).Draw(t, "dst"))
				n, err := inbox.Poll(dst)
				if err != nil || n != min(len(dst), len(waiting)) {
					t.Fatalf("Poll = %d, %v with %d waiting", n, err, len(waiting))
				}
				for i, in := range dst[:n] {
					if sequence := sequenceOf(in.Envelope); sequence != waiting[i] {
						t.Fatalf("polled %d, want %d", sequence, waiting[i])
					}
				}
				waiting, polled = waiting[n:], n
			},
			"": func(t *rapid.T) {
				if got, want := len(inbox.Ready()) == 1, len(waiting) > 0; got != want {
					t.Fatalf("Ready = %v with %d waiting", got, len(waiting))
				}
			},
		})
	})
}

func sequenceOf(envelope *hearsayv1.Envelope) uint32 {
	if envelope == nil {
		return 0
	}
	return envelope.Sequence
}

func TestInboxConcurrentDelivery(t *testing.T) {
	const peers, each = 4, 500
	inbox := newInbox(t, transport.InboxConfig{Slots: peers * each})
	var group sync.WaitGroup
	for p := range peers {
		group.Go(func() {
			from := transport.Inbound{Source: netip.AddrPortFrom(peer.Addr(), uint16(p+1))}
			for i := range uint32(each) {
				inbox.Deliver(from, encoded(i))
			}
		})
	}
	var last [peers]int
	dst := make([]transport.Inbound, 16)
	for got := 0; got < peers*each; {
		<-inbox.Ready()
		n, err := inbox.Poll(dst)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range dst[:n] {
			p := in.Source.Port() - 1
			if int(in.Envelope.Sequence) != last[p] {
				t.Fatalf("peer %d: envelope %d, want %d", p, in.Envelope.Sequence, last[p])
			}
			last[p]++
		}
		got += n
	}
	group.Wait()
}

func TestInboxSteadyStateAllocatesNothing(t *testing.T) {
	inbox := newInbox(t, transport.InboxConfig{})
	payload := transporttest.EnvelopeOfSize("peer", 1000).AppendTo(nil)
	dst := make([]transport.Inbound, 64)
	n := testing.AllocsPerRun(1000, func() {
		for range 40 {
			inbox.Deliver(transport.Inbound{Source: peer}, payload)
		}
		inbox.Notify(transport.Inbound{Source: peer, Notice: transport.NoticeExpired})
		if n, err := inbox.Poll(dst); n != 41 || err != nil {
			t.Fatalf("poll: %d, %v", n, err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations per batch of 40, want 0", n)
	}
}

func FuzzInboxDeliver(f *testing.F) {
	f.Add(encoded(1))
	f.Add(transporttest.EnvelopeOfSize("peer", 500).AppendTo(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		inbox := newInbox(t, transport.InboxConfig{})
		delivered := inbox.Deliver(transport.Inbound{Source: peer}, payload)
		n, err := inbox.Poll(make([]transport.Inbound, 2))
		if err != nil || (n == 1) != delivered || n > 1 {
			t.Fatalf("delivered %v, and then Poll = %d, %v", delivered, n, err)
		}
		stats := inbox.Stats()
		dropped := uint64(0)
		for _, count := range stats.Dropped {
			dropped += count
		}
		if stats.Received+dropped != 1 {
			t.Fatalf("one delivery was counted as %+v", stats)
		}
	})
}
