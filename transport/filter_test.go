package transport_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestFilterPermits(t *testing.T) {
	allow := transport.Filter{Allow: prefixes("10.0.0.0/8", "fd00::/8", "fe80::/10")}
	deny := transport.Filter{Deny: prefixes("10.1.0.0/16")}
	both := transport.Filter{Allow: allow.Allow, Deny: deny.Deny}
	tests := []struct {
		name   string
		filter transport.Filter
		addr   string
		want   bool
	}{
		{"nothing set", transport.Filter{}, "192.0.2.1", true},
		{"allowed", allow, "10.2.3.4", true},
		{"not allowed", allow, "192.0.2.1", false},
		{"mapped is IPv4", allow, "::ffff:10.2.3.4", true},
		{"mapped and denied", deny, "::ffff:10.1.0.1", false},
		{"IPv6", allow, "fd12::1", true},
		{"zones are ignored", allow, "fe80::1%eth0", true},
		{"deny only", deny, "192.0.2.1", true},
		{"denied", deny, "10.1.2.3", false},
		{"deny wins", both, "10.1.2.3", false},
		{"allowed and not denied", both, "10.2.0.1", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.filter.Permits(netip.MustParseAddr(test.addr)); got != test.want {
				t.Errorf("Permits(%s) = %v", test.addr, got)
			}
		})
	}
	if deny.Permits(netip.Addr{}) {
		t.Error("a filter permits an invalid address")
	}
}

func TestFilterIsValidated(t *testing.T) {
	if err := (transport.Filter{Allow: prefixes("10.0.0.0/8", "::/0"), Deny: prefixes("10.1.2.3/32")}).Validate(); err != nil {
		t.Errorf("a valid filter: %v", err)
	}
	bad := transport.Filter{
		Allow: []netip.Prefix{{}, netip.MustParsePrefix("10.1.2.3/8")},
		Deny:  []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")},
	}
	err := bad.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Allow[0]", "Allow[1]", "write 10.0.0.0/8", "Deny[0]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not mention %q", err, want)
		}
	}
}
