package hearsay

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// both is what a transport of two says of itself.
func both(udp, quic string) transport.Info {
	first := transport.Info{Networks: []string{"udp"}, Local: netip.MustParseAddrPort(udp)}
	second := transport.Info{Networks: []string{"quic"}, Local: netip.MustParseAddrPort(quic)}
	return transport.Info{Networks: []string{"udp", "quic"}, Local: first.Local, Parts: []transport.Info{first, second}}
}

func TestEachNetworkIsAdvertisedWhereItListens(t *testing.T) {
	here := host(map[string]string{"10.0.0.9": "10.0.0.1"}, "127.0.0.1/8", "192.168.0.1/24")
	seeds := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.9:7")}
	for _, test := range []struct {
		name       string
		udp, quic  string // bound
		advertise  string
		by         map[string]string
		want       []string
		needsRoute bool
	}{
		{"ports of their own", "10.0.0.1:7000", "10.0.0.1:8000", "", nil,
			[]string{"udp 10.0.0.1:7000", "quic 10.0.0.1:8000"}, false},
		{"each bound in its way", "0.0.0.0:7000", "10.0.0.5:8000", "", nil,
			[]string{"udp 10.0.0.1:7000", "quic 10.0.0.5:8000"}, true},
		{"the port that is given is the first one's", "0.0.0.0:7000", "0.0.0.0:8000", "203.0.113.5:9000", nil,
			[]string{"udp 203.0.113.5:9000", "quic 203.0.113.5:8000"}, false},
		{"one by its network", "0.0.0.0:7000", "0.0.0.0:8000", "203.0.113.5:9000", map[string]string{"quic": "203.0.113.5:9001"},
			[]string{"udp 203.0.113.5:9000", "quic 203.0.113.5:9001"}, false},
		{"one by its network, and the other as it is found", "0.0.0.0:7000", "0.0.0.0:8000", "", map[string]string{"quic": "203.0.113.5:0"},
			[]string{"udp 10.0.0.1:7000", "quic 203.0.113.5:8000"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := Config{AdvertiseBy: make(map[string]netip.AddrPort)}
			if test.advertise != "" {
				cfg.Advertise = netip.MustParseAddrPort(test.advertise)
			}
			for network, address := range test.by {
				cfg.AdvertiseBy[network] = netip.MustParseAddrPort(address)
			}
			described := both(test.udp, test.quic)
			if got := cfg.needsRoute(described); got != test.needsRoute {
				t.Errorf("needs a route: %v, want %v", got, test.needsRoute)
			}
			all, err := here.listeners(t.Context(), cfg, described, seeds)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(all); !slices.Equal(got, test.want) {
				t.Errorf("advertised %q, want %q", got, test.want)
			}
		})
	}
}

func told(all []listener) (texts []string) {
	for _, e := range endpoints(all) {
		texts = append(texts, e.Network+" "+e.Address.String())
	}
	return texts
}

func TestANetworkThatTheNodeIsNotOnCannotBeAdvertised(t *testing.T) {
	cfg := Config{AdvertiseBy: map[string]netip.AddrPort{"tcp": netip.MustParseAddrPort("203.0.113.5:1")}}
	_, err := host(nil).listeners(t.Context(), cfg, both("10.0.0.1:7000", "10.0.0.1:8000"), nil)
	if err == nil || !strings.Contains(err.Error(), `AdvertiseBy names "tcp"`) || !strings.Contains(err.Error(), "udp or quic") {
		t.Errorf("error %v", err)
	}
}

func TestWhatASeedSeesIsTakenWhereNothingBetterIsKnown(t *testing.T) {
	at := netip.MustParseAddrPort
	seen := membership.Endpoint{Network: "udp", Address: at("203.0.113.5:33000")}
	everywhere, here := at("0.0.0.0:7000"), at("192.168.0.1:7000")
	for _, test := range []struct {
		name     string
		listener listener
		observed membership.Endpoint
		want     string
	}{
		{"by its own network", listener{"udp", everywhere, here, fromInterface}, seen, "203.0.113.5:33000"},
		{"by another, whose port is not its own", listener{"quic", everywhere, here, fromInterface}, seen, "203.0.113.5:7000"},
		{"known better", listener{"udp", everywhere, here, fromRoute}, seen, "192.168.0.1:7000"},
		{"nothing seen", listener{"udp", everywhere, here, fromInterface}, membership.Endpoint{}, "192.168.0.1:7000"},
		{"a seed on this host", listener{"udp", everywhere, here, fromInterface},
			membership.Endpoint{Network: "udp", Address: at("127.0.0.1:7000")}, "192.168.0.1:7000"},
		{"a family that the socket does not have", listener{"quic", everywhere, here, fromInterface},
			membership.Endpoint{Network: "udp", Address: at("[2001:db8::1]:7000")}, "192.168.0.1:7000"},
	} {
		if got := test.listener.seen(test.observed); got.address.String() != test.want {
			t.Errorf("%s: %v, want %s", test.name, got.address, test.want)
		}
	}
}
