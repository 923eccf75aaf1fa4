package quic

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/net/ipv4"

	"github.com/hearsay-gossip/hearsay/transport/internal/icmp"
)

// carrier is the node's one socket, as quic-go reads and writes it.
type carrier interface {
	net.PacketConn
	reaches(netip.Addr) bool
}

// socket is a UDP socket of the system. It takes out what the filter excludes
// before QUIC spends anything on it, and without an answer, which quic-go's own
// hooks would give.
type socket struct {
	*net.UDPConn
	gate
	batches *ipv4.PacketConn // reads several packets at a time, IPv6 ones too

	raw    syscall.RawConn
	errors icmp.Queue
}

// bind takes a socket. IPv4 addresses get an IPv4 socket, and :: one for both
// families.
func bind(address netip.AddrPort) (*net.UDPConn, error) {
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
	return conn, nil
}

// newCarrier makes a carrier of a connection, which stays the caller's if that
// fails.
func newCarrier(conn net.PacketConn, g gate) (carrier, error) {
	system, ok := conn.(*net.UDPConn)
	if !ok {
		return &plainSocket{PacketConn: conn, gate: g}, nil
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return nil, err
	}
	// Where the kernel does not keep ICMP errors, a dial to where nobody
	// listens takes its time-out.
	bound := g.bound.Addr()
	_ = icmp.Watch(raw, bound.Is4() || bound.IsUnspecified(), bound.Is6())
	return &socket{UDPConn: system, gate: g, batches: ipv4.NewPacketConn(system), raw: raw}, nil
}

// ReadBatch is what quic-go reads by where the system has recvmmsg. An excluded
// packet stays in its place with length 0, which quic-go skips; it would take
// packets in another order, or none at all, for an error.
func (s *socket) ReadBatch(messages []ipv4.Message, flags int) (int, error) {
	n, err := s.batches.ReadBatch(messages, flags)
	for retries := 0; s.queued(err) && retries < maxRetries; retries++ {
		n, err = s.batches.ReadBatch(messages, flags)
	}
	for i := range messages[:max(n, 0)] {
		if m := &messages[i]; !s.admits(m.Addr, m.Buffers[0][:m.N]) {
			m.N = 0
		}
	}
	return n, err
}

// ReadFrom is what quic-go reads by elsewhere.
func (s *socket) ReadFrom(buffer []byte) (int, net.Addr, error) { return s.read(s.UDPConn, buffer) }

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
	s.errors.Read(s.raw, s.unreachable)
	return true
}

// icmpErrors are the errors that the kernel makes of ICMP messages.
var icmpErrors = []syscall.Errno{
	syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN,
	syscall.ENOPROTOOPT, syscall.EOPNOTSUPP, syscall.EACCES, syscall.EPROTO, syscall.EMSGSIZE,
}
