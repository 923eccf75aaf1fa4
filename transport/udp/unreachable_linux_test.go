package udp

import (
	"net/netip"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// TestUnreachableOverEveryFamily: also an IPv4 target of a dual-stack socket is
// reported, and datagrams to others are not lost by it.
func TestUnreachableOverEveryFamily(t *testing.T) {
	for _, test := range []struct {
		name, listen string
		v6           bool
	}{
		{"IPv4", "127.0.0.1:0", false},
		{"IPv6", "[::1]:0", true},
		{"dual stack to IPv4", "[::]:0", false},
		{"dual stack to IPv6", "[::]:0", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr, ok := loopback(test.v6)
			node, err := Config{Listen: netip.MustParseAddrPort(test.listen), Insecure: true}.Open(transporttest.Local("a"))
			if err != nil || !ok {
				t.Skipf("the system has no IPv6: %v", err)
			}
			defer node.Close()
			dead := openLoopback(t, "dead", func(c *Config) { c.Listen = netip.AddrPortFrom(addr, 0) })
			alive := openLoopback(t, "alive", func(c *Config) { c.Listen = netip.AddrPortFrom(addr, 0) })
			dead.Close()
			envelope := transporttest.QuietEnvelope("a", 1)
			for range 50 {
				for _, target := range []netip.AddrPort{dead.Info().Local, alive.Info().Local} {
					if err := node.Send(transport.Outbound{Target: target, Envelope: envelope}); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 50 {
				await(t, alive)
			}
			got := await(t, node)
			if got.Notice != transport.NoticeUnreachable || got.Source != dead.Info().Local {
				t.Errorf("inbound %+v, want a notice about %v", got, dead.Info().Local)
			}
			if lost := node.Info().Stats.Dropped[transport.DropSend]; lost != 0 {
				t.Errorf("%d datagrams lost", lost)
			}
		})
	}
}
