package quic

import (
	"net/netip"
	"testing"
)

// One address may not take all the places, an IPv6 network counts as one, and
// whoever ends gives back one place, once.
func TestArriving(t *testing.T) {
	a := newArriving()
	one := netip.MustParseAddr("192.0.2.1")
	var ends []func()
	for range maxArrivingFrom {
		end, ok := a.begin(one)
		if !ok {
			t.Fatalf("refused after %d of one address, want %d", len(ends), maxArrivingFrom)
		}
		ends = append(ends, end)
	}
	if _, ok := a.begin(one); ok {
		t.Error("one address has more than its share")
	}
	ends[0]()
	ends[0]()
	if a.all != maxArrivingFrom-1 {
		t.Errorf("%d places taken, want %d: one was given back, twice", a.all, maxArrivingFrom-1)
	}
	if end, ok := a.begin(one); !ok {
		t.Error("the place that was given back is not free")
	} else {
		ends[0] = end
	}

	refused := 0
	network := netip.MustParseAddr("2001:db8::").As16()
	for i := range maxArrivingFrom + 10 {
		network[14], network[15] = byte(i>>8), byte(i)
		if end, ok := a.begin(netip.AddrFrom16(network)); ok {
			ends = append(ends, end)
		} else {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d refused of an IPv6 network, want the 10 beyond its share", refused)
	}
	for i := range maxArriving {
		if end, ok := a.begin(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})); ok {
			ends = append(ends, end)
		}
	}
	if a.all != maxArriving {
		t.Errorf("%d places taken, want all %d", a.all, maxArriving)
	}
	for _, end := range ends {
		end()
	}
	if a.all != 0 || len(a.from) != 0 {
		t.Errorf("%d places taken by %d, want none", a.all, len(a.from))
	}
}
