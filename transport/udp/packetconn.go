package udp

import (
	"fmt"
	"net"
	"net/netip"
)

// packetSocket reads and writes through a connection that is not the system's
// own: whatever stands between it and a socket sees every datagram. It costs an
// allocation each way, for the addresses.
type packetSocket struct {
	conn   net.PacketConn
	v4, v6 bool
	buffer []byte
	one    [1]received
}

func newPacketSocket(conn net.PacketConn, options socketOptions) (socket, error) {
	local, err := localAddress(conn)
	if err != nil {
		return nil, err
	}
	v4, v6 := familyOf(local.Addr(), true)
	return &packetSocket{conn: conn, v4: v4, v6: v6, buffer: make([]byte, options.largest+1)}, nil
}

// localAddress returns where conn is bound, which must be an address of UDP.
func localAddress(conn net.PacketConn) (netip.AddrPort, error) {
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok || !local.AddrPort().IsValid() {
		return netip.AddrPort{}, fmt.Errorf("Conn is bound to %T %[1]v: give a connection whose LocalAddr is a *net.UDPAddr", conn.LocalAddr())
	}
	return unmapped(local), nil
}

// unmapped returns an address as a value, IPv4 never in its IPv6-mapped form, in
// which net.UDPAddr has it as a rule: members are known by their addresses.
func unmapped(address *net.UDPAddr) netip.AddrPort {
	port := address.AddrPort()
	return netip.AddrPortFrom(port.Addr().Unmap(), port.Port())
}

func (s *packetSocket) read(deliver func(batch []received)) error {
	for {
		n, from, err := s.conn.ReadFrom(s.buffer)
		if err != nil {
			if !isTruncated(err) {
				return err
			}
			n = len(s.buffer)
		}
		source, ok := from.(*net.UDPAddr)
		if !ok {
			continue // nobody could be answered there
		}
		s.one[0] = received{source: unmapped(source), bytes: s.buffer[:n]}
		deliver(s.one[:])
	}
}

func (s *packetSocket) write(batch []*datagram) (int, error) {
	for i, d := range batch {
		if _, err := s.conn.WriteTo(d.bytes, net.UDPAddrFromAddrPort(d.target)); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

func (s *packetSocket) unreachable(func(netip.AddrPort)) uint64 { return 0 }

func (s *packetSocket) reaches(addr netip.Addr) bool {
	return addr.Is4() && s.v4 || addr.Is6() && s.v6
}
