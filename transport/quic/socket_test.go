package quic_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// listenUDP takes a socket on loopback that nobody reads unless the test does.
func listenUDP(tb testing.TB) *net.UDPConn {
	tb.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// eventually polls n's statistics until they satisfy a condition.
func eventually(tb testing.TB, n *node, what string, satisfied func(transport.Stats) bool) {
	tb.Helper()
	await(tb, what, func() bool { return satisfied(n.Info().Stats) })
}

// awaitConnections waits until n has so many connections.
func awaitConnections(tb testing.TB, n *node, want int) {
	tb.Helper()
	await(tb, n.id+" to have another number of connections", func() bool { return quic.Connections(n.Transport) == want })
}

// await looks every few milliseconds whether a condition holds that no event
// tells of.
func await(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline.C:
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}

// vacant returns an address at which nobody listens.
func vacant(tb testing.TB, listen netip.Addr) netip.AddrPort {
	tb.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(listen, 0)))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close()
	return netip.AddrPortFrom(listen, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port())
}
