package icmp

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/hearsay-gossip/hearsay/transport/internal/sockaddr"
)

// controlMessage makes a control message as the kernel does for an ICMP error.
func controlMessage(level, kind int32, origin, icmpType, icmpCode byte, offender netip.Addr) []byte {
	body := make([]byte, errorBytes+unix.SizeofSockaddrInet6)
	body[4], body[5], body[6] = origin, icmpType, icmpCode
	var sa sockaddr.Raw
	var z sockaddr.Zones
	if offender.IsValid() {
		domain := unix.AF_INET6
		if offender.Is4() {
			domain = unix.AF_INET
		}
		z.Format(&sa, netip.AddrPortFrom(offender, 0), domain)
	}
	copy(body[errorBytes:], sa[:])
	message := make([]byte, unix.CmsgSpace(len(body)))
	header := message[:unix.SizeofCmsghdr]
	binary.NativeEndian.PutUint64(header, uint64(unix.CmsgLen(len(body))))
	binary.NativeEndian.PutUint32(header[unix.SizeofCmsghdr-8:], uint32(level))
	binary.NativeEndian.PutUint32(header[unix.SizeofCmsghdr-4:], uint32(kind))
	copy(message[unix.CmsgLen(0):], body)
	return message
}

func TestParse(t *testing.T) {
	if unix.SizeofCmsghdr != 16 {
		t.Skip("made for 64-bit systems")
	}
	host4, host6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	tests := []struct {
		name          string
		control       []byte
		icmp, refused bool
		offender      netip.Addr
	}{
		{"nothing", nil, false, false, netip.Addr{}},
		{"garbage", []byte{1, 2, 3}, false, false, netip.Addr{}},
		{"port unreachable", controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 3, host4), true, true, host4},
		{"host unreachable", controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 1, host4), true, false, host4},
		{"time exceeded", controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 11, 3, host4), true, false, host4},
		{"IPv6 port unreachable", controlMessage(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, 1, 4, host6), true, true, host6},
		{"IPv6 no route", controlMessage(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, 1, 0, host6), true, false, host6},
		{"IPv4 on a dual socket", controlMessage(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 3, host4), true, true, host4},
		{"local error", controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_LOCAL, 3, 3, host4), false, false, netip.Addr{}},
		{"other message", controlMessage(unix.SOL_SOCKET, unix.SCM_TIMESTAMP, unix.SO_EE_ORIGIN_ICMP, 3, 3, host4), false, false, netip.Addr{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var q Queue
			icmp, refused, offender := q.parse(test.control)
			if icmp != test.icmp || refused != test.refused || offender != test.offender {
				t.Errorf("parsed %v, %v, %v; want %v, %v, %v", icmp, refused, offender, test.icmp, test.refused, test.offender)
			}
		})
	}
}

// FuzzParse: the kernel is trusted, its layout on other systems is not.
func FuzzParse(f *testing.F) {
	f.Add(controlMessage(unix.SOL_IP, unix.IP_RECVERR, unix.SO_EE_ORIGIN_ICMP, 3, 3, netip.MustParseAddr("192.0.2.1")))
	f.Add(controlMessage(unix.SOL_IPV6, unix.IPV6_RECVERR, unix.SO_EE_ORIGIN_ICMP6, 1, 4, netip.MustParseAddr("2001:db8::1")))
	f.Fuzz(func(t *testing.T, control []byte) {
		var q Queue
		if icmp, refused, offender := q.parse(control); !icmp && (refused || offender.IsValid()) {
			t.Errorf("parsed %v, %v, %v", icmp, refused, offender)
		}
	})
}
