package hearsay

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
)

// host is a network with these routes and interfaces.
func host(sources map[string]string, interfaces ...string) network {
	return network{
		source: func(_ context.Context, target netip.AddrPort) (netip.Addr, error) {
			if source, ok := sources[target.Addr().String()]; ok {
				return netip.MustParseAddr(source), nil
			}
			return netip.Addr{}, errors.New("network is unreachable")
		},
		interfaces: func() ([]net.Addr, error) {
			var addresses []net.Addr
			for _, text := range interfaces {
				ip, ipNet, err := net.ParseCIDR(text)
				if err != nil {
					return nil, err
				}
				addresses = append(addresses, &net.IPNet{IP: ip, Mask: ipNet.Mask})
			}
			return addresses, nil
		},
	}
}

func TestTheAdvertisedAddressIsTheBestThatIsKnown(t *testing.T) {
	const loopback4, loopback6 = "127.0.0.1/8", "::1/128"
	routes := map[string]string{"10.0.0.9": "10.0.0.1", "fd00::9": "fd00::1", "8.8.8.8": "100.64.0.7"}
	tests := []struct {
		name            string
		host            network
		explicit, bound string
		seeds           []string
		want            string
		origin          origin
	}{
		{"the user's word is final", host(routes, loopback4), "203.0.113.5:9000", "0.0.0.0:7000",
			[]string{"10.0.0.9:7"}, "203.0.113.5:9000", fromConfig},
		{"the user's address with the bound port", host(routes, loopback4), "203.0.113.5:0", "10.0.0.1:7000",
			nil, "203.0.113.5:7000", fromConfig},
		{"a bound address", host(routes, loopback4), "", "10.0.0.1:7000",
			[]string{"8.8.8.8:7"}, "10.0.0.1:7000", fromSocket},
		{"bound to loopback", host(nil, loopback4), "", "127.0.0.1:7000", nil, "127.0.0.1:7000", fromSocket},
		{"a zone means nothing to others", host(nil), "", "[fe80::1%eth0]:7000", nil, "[fe80::1]:7000", fromSocket},
		{"the route to a seed", host(routes, loopback4, "192.168.0.1/24"), "", "0.0.0.0:7000",
			[]string{"10.0.0.9:7"}, "10.0.0.1:7000", fromRoute},
		{"a carrier's address", host(routes, loopback4, "100.64.0.7/10"), "", "0.0.0.0:7000",
			[]string{"8.8.8.8:7"}, "100.64.0.7:7000", fromRoute},
		{"the first seed with a route", host(routes, loopback4), "", "0.0.0.0:7000",
			[]string{"1.1.1.1:7", "10.0.0.9:7"}, "10.0.0.1:7000", fromRoute},
		{"a seed of a family that the socket does not have", host(routes, loopback4), "", "0.0.0.0:7000",
			[]string{"[fd00::9]:7", "10.0.0.9:7"}, "10.0.0.1:7000", fromRoute},
		{"a socket for both families", host(routes, loopback4), "", "[::]:7000",
			[]string{"10.0.0.9:7"}, "10.0.0.1:7000", fromRoute},
		{"IPv6 only", host(routes, loopback6, "fd00::1/64"), "", "[::]:7000",
			[]string{"[fd00::9]:7"}, "[fd00::1]:7000", fromRoute},
		{"no seeds", host(routes, loopback4, "192.168.0.1/24"), "", "0.0.0.0:7000",
			nil, "192.168.0.1:7000", fromInterface},
		{"only public", host(nil, loopback4, "203.0.113.5/32"), "", "0.0.0.0:7000",
			nil, "203.0.113.5:7000", fromInterface},
		{"only a carrier's", host(nil, loopback4, "100.64.0.7/10"), "", "0.0.0.0:7000",
			[]string{"1.1.1.1:7"}, "100.64.0.7:7000", fromInterface},
		{"only IPv6, on an interface", host(nil, loopback6, "fe80::1/64", "fd00::1/64"), "", "[::]:7000",
			nil, "[fd00::1]:7000", fromInterface},
		{"only the link", host(nil, loopback6, "fe80::1/64"), "", "[::]:7000", nil, "[fe80::1]:7000", fromInterface},
		{"only loopback", host(nil, loopback4), "", "0.0.0.0:7000", nil, "127.0.0.1:7000", fromInterface},
		{"only IPv6 loopback", host(nil, loopback6), "", "[::]:7000", nil, "[::1]:7000", fromInterface},
		{"nothing at all", host(nil), "", "0.0.0.0:7000", nil, "127.0.0.1:7000", fromInterface},
		{"interfaces that cannot be listed", host(nil, "nonsense"), "", "[::]:7000", nil, "[::1]:7000", fromInterface},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var explicit netip.AddrPort
			if test.explicit != "" {
				explicit = netip.MustParseAddrPort(test.explicit)
			}
			var seeds []netip.AddrPort
			for _, seed := range test.seeds {
				seeds = append(seeds, netip.MustParseAddrPort(seed))
			}
			got, origin := test.host.advertised(t.Context(), explicit, netip.MustParseAddrPort(test.bound), seeds)
			if got.String() != test.want || origin != test.origin {
				t.Errorf("advertised %v by rule %d, want %v by rule %d", got, origin, test.want, test.origin)
			}
		})
	}
}

func TestTheSystemKnowsItsRoutes(t *testing.T) {
	target := netip.MustParseAddrPort("127.0.0.1:9")
	source, err := hostNetwork.source(t.Context(), target)
	if err != nil || !source.IsLoopback() {
		t.Errorf("the route to %v begins at %v, %v", target, source, err)
	}
	if a, _ := hostNetwork.advertised(t.Context(), netip.AddrPort{}, netip.MustParseAddrPort("0.0.0.0:7"), nil); !isAdvertisable(a) {
		t.Errorf("this host is told to advertise %v", a)
	}
}
