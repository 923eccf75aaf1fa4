package quic_test

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// A socket that the caller made serves like the transport's own, whether it is
// the system's or hides behind an interface, and is closed with the transport.
func TestSocketOfTheCaller(t *testing.T) {
	type plain struct{ net.PacketConn }
	for name, wrap := range map[string]func(*net.UDPConn) net.PacketConn{
		"system": func(c *net.UDPConn) net.PacketConn { return c },
		"plain":  func(c *net.UDPConn) net.PacketConn { return plain{c} },
	} {
		t.Run(name, func(t *testing.T) {
			ca := newAuthority(t, "prod")
			conn := listenUDP(t)
			a := ca.open("a", func(c *quic.Config) { c.Listen, c.Conn = netip.AddrPort{}, wrap(conn) })
			b := ca.open("b", nil)
			exchange(t, a, b, 1)
			exchange(t, b, a, 2)
			a.send(b.addr(), "b", a.sized(3, 50_000))
			b.nextEnvelope()
			if _, err := listenUDP(t).WriteToUDPAddrPort([]byte("not QUIC"), a.addr()); err != nil {
				t.Fatal(err)
			}
			eventually(t, a, "what is not QUIC counted", func(s transport.Stats) bool { return s.Dropped[transport.DropMalformed] == 1 })
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("closing it again: %v, want that it is closed", err)
			}
		})
	}
}

func TestSocketOfTheCallerStaysHisIfOpenFails(t *testing.T) {
	ca := newAuthority(t, "prod")
	conn := listenUDP(t)
	local := transport.Local{NodeID: "a", Cluster: "prod"}
	for want, change := range map[string]func(*quic.Config){
		"leave one out": func(*quic.Config) {},
		"CAFile":        func(c *quic.Config) { c.Listen, c.CAFile = netip.AddrPort{}, "missing.pem" },
	} {
		config := ca.config("a")
		config.Conn = conn
		change(&config)
		opened, err := config.Open(local)
		if err == nil {
			_ = opened.Close()
			t.Fatal("opened")
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if err := conn.Close(); err != nil {
		t.Errorf("the socket was closed by an Open that failed: %v", err)
	}
}
