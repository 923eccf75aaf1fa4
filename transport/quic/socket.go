package quic

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/net/ipv4"

	"github.com/hearsay-gossip/hearsay/transport"
)

// socket is the node's one UDP socket, as quic-go reads and writes it. It
// takes out what the filter excludes before QUIC spends anything on it, and
// without an answer, which quic-go's own hooks would give.
type socket struct {
	*net.UDPConn
	batches *ipv4.PacketConn // reads several packets at a time, IPv6 ones too
	filter  transport.Filter
	bound   netip.AddrPort
	open    bool // the filter permits everybody
	// dropped is called for each packet that was taken out, and unreachable
	// with each address whose host says that nobody listens there.
	dropped     func()
	unreachable func(netip.AddrPort)
}

// listen takes the socket. IPv4 addresses get an IPv4 socket, and :: one for
// both families.
func listen(address netip.AddrPort, filter transport.Filter) (*socket, error) {
	network := "udp"
	if address.Addr().Unmap().Is4() {
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(address))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("Listen = %v: %w: stop the process that has the port, or give another port (0 lets the system choose)", address, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("Listen = %v: %w: give a port that the user of the node may take, such as one above 1023", address, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("Listen = %v: %w: give an address of this host, or 0.0.0.0 or ::", address, err)
	case err != nil:
		return nil, fmt.Errorf("Listen = %v: %w", address, err)
	}
	return &socket{
		UDPConn: conn, batches: ipv4.NewPacketConn(conn), bound: addrPort(conn.LocalAddr()), filter: filter,
		open: len(filter.Allow) == 0 && len(filter.Deny) == 0,
	}, nil
}

// ReadBatch is what quic-go reads by where the system has recvmmsg. An excluded
// packet stays in its place with length 0, which quic-go skips; it would take
// packets in another order, or none at all, for an error.
func (s *socket) ReadBatch(messages []ipv4.Message, flags int) (int, error) {
	n, err := s.batches.ReadBatch(messages, flags)
	for retries := 0; s.queued(err) && retries < maxRetries; retries++ {
		n, err = s.batches.ReadBatch(messages, flags)
	}
	if s.open {
		return n, err
	}
	for i := range messages[:max(n, 0)] {
		if !s.permits(messages[i].Addr) {
			messages[i].N = 0
			s.dropped()
		}
	}
	return n, err
}

// ReadFrom is what quic-go reads by elsewhere.
func (s *socket) ReadFrom(buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.UDPConn.ReadFrom(buffer)
		if err != nil || s.open || s.permits(from) {
			return n, from, err
		}
		s.dropped()
	}
}

// WriteMsgUDP is what quic-go writes by where the system has control messages.
func (s *socket) WriteMsgUDP(packet, control []byte, to *net.UDPAddr) (n, controlled int, err error) {
	n, controlled, err = s.UDPConn.WriteMsgUDP(packet, control, to)
	for retries := 0; s.queued(err) && retries < maxRetries; retries++ {
		n, controlled, err = s.UDPConn.WriteMsgUDP(packet, control, to)
	}
	return n, controlled, err
}

// maxRetries bounds how often a system call is repeated that failed with the
// error of another packet. Beyond, the error is believed to be its own.
const maxRetries = 16

// queued reports whether err may be the echo of an ICMP error that some packet
// to some peer caused, and reads those. The kernel gives such an error to
// whatever system call comes next; quic-go would take it for the end of the
// socket, or of a connection that has nothing to do with it.
func (s *socket) queued(err error) bool {
	if err == nil {
		return false
	}
	number, ok := errors.AsType[syscall.Errno](err)
	if !ok || !slices.Contains(icmpErrors, number) {
		return false
	}
	s.readErrors()
	return true
}

// icmpErrors are the errors that the kernel makes of ICMP messages.
var icmpErrors = []syscall.Errno{
	syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN,
	syscall.ENOPROTOOPT, syscall.EOPNOTSUPP, syscall.EACCES, syscall.EPROTO, syscall.EMSGSIZE,
}

func (s *socket) permits(from net.Addr) bool {
	return s.filter.Permits(addrPort(from).Addr())
}

// reaches reports whether the socket can send to target at all: an IPv4 socket
// has no way to IPv6 addresses, and one bound to an IPv6 address none to IPv4.
func (s *socket) reaches(target netip.Addr) bool {
	bound := s.bound.Addr()
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
