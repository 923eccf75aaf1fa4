package udp

import (
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// loopback returns the loopback address of a family, or false if the system
// has none.
func loopback(v6 bool) (netip.Addr, bool) {
	if !v6 {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	addr := netip.IPv6Loopback()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return addr, false
	}
	conn.Close()
	return addr, true
}

// listen opens a plain socket.
func listen(t testing.TB) *net.UDPConn {
	addr, _ := loopback(false)
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// harness runs the conformance suite over one kind of socket.
func harness(wrap func(*net.UDPConn, socketSizes) (socket, error)) transporttest.Harness {
	return transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			addr, ok := loopback(options.IPv6)
			if !ok {
				return nil
			}
			config := Config{Listen: netip.AddrPortFrom(addr, 0), Insecure: true, Filter: options.Filter}
			if options.Listen.IsValid() {
				config.Listen = options.Listen
			}
			if err := config.Validate(); err != nil {
				t.Fatalf("configuration: %v", err)
			}
			opened, err := config.withDefaults().open(local, wrap)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return opened
		},
		Silent: func(t testing.TB) netip.AddrPort { return addressOf(listen(t)) },
		Unanswered: func(t testing.TB) netip.AddrPort {
			conn := listen(t)
			conn.Close()
			return addressOf(conn)
		},
		Inject: inject,
	}
}

// inject sends a datagram to target, from a socket of its own, that must be
// dropped for the given cause.
func inject(t testing.TB, target transport.Transport, local transport.Local, cause transport.Drop) bool {
	frame := newPlainFraming(local)
	datagram := frame.begin(nil, local.WireMin)
	datagram = transporttest.QuietEnvelope("forger", 1).AppendTo(datagram)
	switch cause {
	case transport.DropMalformed:
		datagram = datagram[:len(datagram)-1]
	case transport.DropOversize:
		datagram = append(datagram, make([]byte, DefaultReceiveMaxBytes)...)
	case transport.DropForeign:
		datagram[1] ^= 1
	case transport.DropVersion:
		datagram[0] = local.WireMax + 1
	case transport.DropUnauthenticated:
		datagram[0] |= flagSealed
	default:
		return false
	}
	if _, err := listen(t).WriteToUDPAddrPort(datagram, target.Info().Local); err != nil {
		t.Fatalf("inject: %v", err)
	}
	return true
}

func TestConformance(t *testing.T) {
	h := harness(newSocket)
	h.ZeroAlloc = true
	if runtime.GOOS == "linux" {
		h.UnansweredNotice = transport.NoticeUnreachable
	}
	transporttest.Run(t, h)
}

func TestConformanceOfTheSocketThatWorksEverywhere(t *testing.T) {
	h := harness(newLoopSocket)
	h.ZeroAlloc = true
	transporttest.Run(t, h)
}
