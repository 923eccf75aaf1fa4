package udp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// admitted counts how many of so many datagrams of each source get through at
// one time.
func admitted(s *strangers, now time.Time, each int, sources ...string) (count int) {
	for range each {
		for _, source := range sources {
			if ok, _ := s.admits(netip.MustParseAddrPort(source), now); ok {
				count++
			}
		}
	}
	return count
}

func TestStrangersAreLimited(t *testing.T) {
	const rate = 100
	now := time.Unix(1000, 0)
	s := newStrangers(rate, now)
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d admitted, want %d", what, got, want)
		}
	}
	check("one address", admitted(s, now, 1000, "192.0.2.1:1"), rate)
	check("its neighbours", admitted(s, now, 100, "192.0.2.1:2", "192.0.2.200:1"), 0)
	check("another prefix", admitted(s, now, 1000, "198.51.100.1:1"), rate)
	check("one IPv6 site", admitted(s, now, 1000, "[2001:db8::1]:1", "[2001:db8::ffff:1]:2"), rate)
	now = now.Add(100 * time.Millisecond)
	check("a tenth of a second later", admitted(s, now, 1000, "192.0.2.9:1"), rate/10)
	check("time that stands still", admitted(s, now, 1000, "192.0.2.9:1"), 0)
	check("time that goes back", admitted(s, now.Add(-time.Second), 1000, "192.0.2.9:1"), 0)
	now = now.Add(time.Hour)
	check("an hour later", admitted(s, now, 1000, "192.0.2.9:1"), rate)
}

func TestMembersAreNotLimited(t *testing.T) {
	now := time.Unix(1000, 0)
	s := newStrangers(1, now)
	member := netip.MustParseAddrPort("192.0.2.1:7946")
	s.meet(member)
	for range 3 {
		if got := admitted(s, now, 100, member.String()); got != 100 {
			t.Errorf("%d of 100 datagrams of a member admitted", got)
		}
		now = now.Add(acquaintance - 1)
		if got := admitted(s, now, 100, "192.0.2.1:7947", "192.0.2.2:7946"); got > 1 {
			t.Errorf("%d datagrams of strangers admitted", got)
		}
		s.meet(member)
	}
	// Who is not met any more becomes a stranger again.
	for range 3 {
		now = now.Add(acquaintance + 1)
		admitted(s, now, 1, member.String())
	}
	if got := admitted(s, now, 100, member.String()); got > 1 {
		t.Errorf("%d datagrams of a forgotten member admitted", got)
	}
}

// A flood with made-up sources costs a bounded rate and bounded memory, and
// leaves members alone.
func TestForgedSourcesAreLimitedInAll(t *testing.T) {
	const rate = 10
	now := time.Unix(1000, 0)
	s := newStrangers(rate, now)
	member := netip.MustParseAddrPort("192.0.2.1:7946")
	s.meet(member)
	count := 0
	for i := range 100_000 {
		source := netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), 1)
		if ok, _ := s.admits(source, now); ok {
			count++
		}
	}
	if count > crowd*rate {
		t.Errorf("%d datagrams admitted, want at most %d", count, crowd*rate)
	}
	if len(s.buckets) != strangerBuckets || len(s.met)+len(s.metEarlier) != 1 {
		t.Errorf("%d buckets, %d and %d known", len(s.buckets), len(s.met), len(s.metEarlier))
	}
	if ok, _ := s.admits(member, now); !ok {
		t.Error("a member is not heard during the flood")
	}
	for i := range 3 * maxKnown {
		s.meet(netip.AddrPortFrom(member.Addr(), uint16(i)))
		s.meet(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1))
	}
	if len(s.met) > maxKnown || len(s.metEarlier) > maxKnown {
		t.Errorf("%d and %d known, the bound is %d", len(s.met), len(s.metEarlier), maxKnown)
	}
}

// In plaintext a peer is known when something was sent to it by name; sealed,
// when something of it was opened.
func TestWhoIsKnown(t *testing.T) {
	quiet := transporttest.QuietEnvelope("b", 1).AppendTo(nil)
	local := transporttest.Local("a")
	for _, test := range []struct {
		name         string
		keys         *Keyring
		expect       string
		wantReceived uint64
	}{
		{"plaintext, a stranger", nil, "", 1},
		{"plaintext, a member", nil, "b", 50},
		{"sealed", ringOf(testKey(1)), "", 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			peer := listen(t)
			node := openLoopback(t, "a", func(c *Config) { c.StrangerRate, c.Keys, c.Insecure = 1, test.keys, test.keys == nil }).(*Transport)
			var frame framing = newPlainFraming(local)
			if test.keys != nil {
				frame = newSealedFraming(local, test.keys, MinSenders)
			}
			if err := node.Send(transport.Outbound{Target: addressOf(peer), Expect: test.expect, Envelope: transporttest.QuietEnvelope("a", 1)}); err != nil {
				t.Fatal(err)
			}
			inbox, err := transport.NewInbox(transport.InboxConfig{MaxEnvelopeBytes: DefaultReceiveMaxBytes})
			if err != nil {
				t.Fatal(err)
			}
			// Beside the node's own reader, which hears nothing.
			receiver := &Transport{config: node.config, frame: node.frame, inbox: inbox, strangers: node.strangers}
			now := time.Now()
			for range 50 {
				receiver.receive(addressOf(peer), frame.finish(append(frame.begin(nil, 1), quiet...)), now)
			}
			stats := inbox.Stats()
			if stats.Received != test.wantReceived || stats.Dropped[transport.DropLimited] != 50-test.wantReceived {
				t.Errorf("%d received, %d limited; want %d received", stats.Received, stats.Dropped[transport.DropLimited], test.wantReceived)
			}
		})
	}
}
