package quic

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/hearsay-gossip/hearsay/transport"
)

// gate decides what of all that arrives at a socket reaches QUIC.
type gate struct {
	bound  netip.AddrPort
	filter transport.Filter
	open   bool // the filter permits everybody
	// dropped is called for each packet that does not reach QUIC, and unreachable
	// with each address whose host says that nobody listens there.
	dropped     func(transport.Drop)
	unreachable func(netip.AddrPort)
}

// quicBits are the bits of a packet's first byte of which QUIC has one set: the
// form of its header, and the fixed bit (RFC 9000 §17).
const quicBits = 0xc0

// admits reports whether a packet is for QUIC, and counts it if it is not.
func (g *gate) admits(from net.Addr, packet []byte) bool {
	switch {
	case !g.open && !g.filter.Permits(addrPort(from).Addr()):
		g.dropped(transport.DropFiltered)
		return false
	case len(packet) > 0 && packet[0]&quicBits == 0:
		g.dropped(transport.DropMalformed)
		return false
	}
	return true
}

// read reads one packet that is for QUIC.
func (g *gate) read(conn net.PacketConn, buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil || g.admits(from, buffer[:n]) {
			return n, from, err
		}
	}
}

// reaches reports whether the socket can send to target at all: an IPv4 socket
// has no way to IPv6 addresses, and one bound to an IPv6 address none to IPv4.
func (g *gate) reaches(target netip.Addr) bool {
	bound := g.bound.Addr()
	if target.Is4() {
		return bound.Is4() || bound.IsUnspecified()
	}
	return bound.Is6()
}

// addrPort returns a net.Addr of this socket as a value, IPv4 never in its
// IPv6-mapped form.
func addrPort(address net.Addr) netip.AddrPort {
	udp, ok := address.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	port := udp.AddrPort()
	return netip.AddrPortFrom(port.Addr().Unmap(), port.Port())
}

// localAddress returns where a connection is bound.
func localAddress(conn net.PacketConn) (netip.AddrPort, error) {
	if bound := addrPort(conn.LocalAddr()); bound.IsValid() {
		return bound, nil
	}
	return netip.AddrPort{}, fmt.Errorf("Conn is bound to %T %[1]v: give a connection whose LocalAddr is a *net.UDPAddr", conn.LocalAddr())
}

// plainSocket is a connection that is not the system's.
type plainSocket struct {
	net.PacketConn
	gate
}

// ReadFrom is what quic-go reads by.
func (s *plainSocket) ReadFrom(buffer []byte) (int, net.Addr, error) {
	return s.read(s.PacketConn, buffer)
}
