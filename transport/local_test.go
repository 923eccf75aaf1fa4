package transport_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

func TestLocalIsValidated(t *testing.T) {
	longest := strings.Repeat("x", transport.MaxNameBytes)
	tests := []struct {
		name    string
		local   transport.Local
		mention string // empty: valid
	}{
		{"shortest", transport.Local{NodeID: "n", Cluster: "c"}, ""},
		{"longest", transport.Local{NodeID: longest, Cluster: longest, WireMin: 1, WireMax: 15}, ""},
		{"no id", transport.Local{Cluster: "c"}, "NodeID"},
		{"long id", transport.Local{NodeID: longest + "x", Cluster: "c"}, "NodeID"},
		{"no cluster", transport.Local{NodeID: "n"}, "Cluster"},
		{"long cluster", transport.Local{NodeID: "n", Cluster: longest + "x"}, "Cluster"},
		{"high version", transport.Local{NodeID: "n", Cluster: "c", WireMax: 16}, "WireMax"},
		{"empty range", transport.Local{NodeID: "n", Cluster: "c", WireMin: 3, WireMax: 2}, "WireMin"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.local.Validate()
			if test.mention == "" && err != nil || test.mention != "" && (err == nil || !strings.Contains(err.Error(), test.mention)) {
				t.Errorf("error %v, want one about %q", err, test.mention)
			}
		})
	}
}

func TestLocalResolvesVersions(t *testing.T) {
	filled := transport.Local{}.WithDefaults()
	if filled.WireMin != transport.MinWireVersion || filled.WireMax != transport.MaxWireVersion {
		t.Errorf("defaults are %d to %d", filled.WireMin, filled.WireMax)
	}
	local := transport.Local{WireMin: 2, WireMax: 4}.WithDefaults()
	for version, want := range []uint8{2, 0, 2, 3, 4, 0} {
		got, err := local.SendVersion(uint8(version))
		if got != want || (err == nil) != (want != 0) || err != nil && !errors.Is(err, transport.ErrVersion) {
			t.Errorf("SendVersion(%d) = %d, %v; want %d", version, got, err, want)
		}
	}
}

func TestCanonicalTarget(t *testing.T) {
	tests := []struct {
		target, want string // empty: invalid
	}{
		{"192.0.2.1:1", "192.0.2.1:1"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.1:1"},
		{"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
		{"[fe80::1%eth0]:1", "[fe80::1%eth0]:1"},
		{"127.0.0.1:7946", "127.0.0.1:7946"},
		{"192.0.2.1:0", ""},
		{"0.0.0.0:1", ""},
		{"[::]:1", ""},
		{"[::ffff:0.0.0.0]:1", ""},
		{"224.0.0.1:1", ""},
		{"[ff02::1]:1", ""},
		{"255.255.255.255:1", ""},
	}
	for _, test := range tests {
		got, err := transport.CanonicalTarget(netip.MustParseAddrPort(test.target))
		switch {
		case test.want == "" && !errors.Is(err, transport.ErrInvalidTarget):
			t.Errorf("%s: error %v, want ErrInvalidTarget", test.target, err)
		case test.want != "" && (err != nil || got.String() != test.want):
			t.Errorf("%s: %v, %v; want %s", test.target, got, err, test.want)
		}
	}
	if _, err := transport.CanonicalTarget(netip.AddrPort{}); !errors.Is(err, transport.ErrInvalidTarget) {
		t.Errorf("the zero target: %v", err)
	}
}

func TestSendErrorNamesTargetAndCause(t *testing.T) {
	err := error(&transport.SendError{Target: peer, Err: transport.ErrClosed})
	if !errors.Is(err, transport.ErrClosed) || !strings.Contains(err.Error(), peer.String()) {
		t.Errorf("error %v", err)
	}
}

func TestNamesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	check := func(name string) {
		t.Helper()
		if name == "" || seen[name] {
			t.Errorf("name %q is empty or used twice", name)
		}
		seen[name] = true
	}
	for cause := range transport.Drop(len(transport.Stats{}.Dropped)) {
		check(cause.String())
	}
	check(transport.Drop(200).String())
	for notice := transport.NoticeNone; notice <= transport.NoticeExpired; notice++ {
		check(notice.String())
	}
	check(transport.Notice(200).String())
}
