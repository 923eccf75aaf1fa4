package sockaddr

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestSockaddrRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var z Zones
		var sa Raw
		port := rapid.Uint16().Draw(t, "port")
		v4 := netip.AddrPortFrom(netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4"))), port)
		v6 := netip.AddrPortFrom(netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6"))).Unmap(), port)
		// In any order: what one address leaves in sa must not show in another.
		for _, step := range []struct {
			target netip.AddrPort
			domain int
		}{{v4, unix.AF_INET}, {v6, unix.AF_INET6}, {v4, unix.AF_INET6}, {v6, unix.AF_INET6}, {v4, unix.AF_INET}} {
			length := z.Format(&sa, step.target, step.domain)
			if want := map[int]uint32{unix.AF_INET: 16, unix.AF_INET6: 28}[step.domain]; length != want {
				t.Fatalf("length %d, want %d", length, want)
			}
			if got := z.Parse(&sa); got != step.target {
				t.Fatalf("%v became %v", step.target, got)
			}
		}
	})
}

func TestZones(t *testing.T) {
	link, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skipf("no interface 1: %v", err)
	}
	var z Zones
	var sa Raw
	for range 2 { // asked, then remembered
		target := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(link.Name), 9)
		z.Format(&sa, target, unix.AF_INET6)
		if got := z.Parse(&sa); got != target {
			t.Errorf("%v became %v", target, got)
		}
		number := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone("1"), 9)
		z.Format(&sa, number, unix.AF_INET6)
		if got := z.Parse(&sa); got != target {
			t.Errorf("%v became %v, want %v", number, got, target)
		}
	}
	if got := z.index("no such interface"); got != 0 {
		t.Errorf("the index of no interface is %d", got)
	}
	for i := range uint32(3 * maxZones) {
		z.name(1_000_000 + i)
	}
	if len(z.names) > maxZones {
		t.Errorf("%d interfaces remembered, want at most %d", len(z.names), maxZones)
	}
	var unknown Raw
	if got := z.Parse(&unknown); got.IsValid() {
		t.Errorf("no address parsed as %v", got)
	}
}
