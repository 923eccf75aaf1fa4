package quic

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// ICMP's words for "nobody listens at that port" (RFC 792, RFC 4443 §3.1).
const (
	icmpUnreachable      = 3
	icmpPortUnreachable  = 3
	icmp6Unreachable     = 1
	icmp6PortUnreachable = 4
)

// errorBytes is the size of the kernel's struct sock_extended_err: errno (4),
// origin, type, code and padding, two numbers (4 each). The address of who sent
// the error follows, as a sockaddr.
const errorBytes = 16

// watchErrors asks the kernel to keep ICMP errors for the socket. Either of the
// two options fails where the socket has not that family.
func (s *socket) watchErrors() {
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	})
}

// readErrors empties the kernel's queue of errors and reports each address of
// which its own host says that nobody listens there. What a router or a
// firewall says about another host is not believed.
func (s *socket) readErrors() {
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	var refused []netip.AddrPort
	_ = raw.Control(func(fd uintptr) {
		var payload [1]byte // of the packet that failed: not needed
		var control [512]byte
		for range maxErrors {
			_, n, _, to, err := unix.Recvmsg(int(fd), payload[:], control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return
			}
			if target := sockaddrPort(to); target.IsValid() && refusedBy(control[:n]) == target.Addr() {
				refused = append(refused, target)
			}
		}
	})
	for _, target := range refused {
		s.unreachable(target)
	}
}

// maxErrors bounds how many errors are read at a time.
const maxErrors = 64

// refusedBy returns who says that nobody listens at a port, or the zero Addr if
// control holds something else.
func refusedBy(control []byte) netip.Addr {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return netip.Addr{}
	}
	for _, m := range messages {
		v4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if !v4 && !v6 || len(m.Data) < errorBytes {
			continue
		}
		origin, kind, code, sender := m.Data[4], m.Data[5], m.Data[6], m.Data[errorBytes:]
		switch {
		case origin == unix.SO_EE_ORIGIN_ICMP && kind == icmpUnreachable && code == icmpPortUnreachable,
			origin == unix.SO_EE_ORIGIN_ICMP6 && kind == icmp6Unreachable && code == icmp6PortUnreachable:
			return rawSockaddr(sender)
		}
	}
	return netip.Addr{}
}

// rawSockaddr returns the address in a kernel's struct sockaddr_in (family,
// port, address) or sockaddr_in6 (family, port, flow, address).
func rawSockaddr(raw []byte) netip.Addr {
	switch {
	case len(raw) >= unix.SizeofSockaddrInet4 && binary.NativeEndian.Uint16(raw) == unix.AF_INET:
		return netip.AddrFrom4([4]byte(raw[4:8]))
	case len(raw) >= unix.SizeofSockaddrInet6 && binary.NativeEndian.Uint16(raw) == unix.AF_INET6:
		return netip.AddrFrom16([16]byte(raw[8:24])).Unmap()
	}
	return netip.Addr{}
}

// sockaddrPort returns the address that a packet was sent to, without a zone:
// the peers behind link-local addresses are not found by it, and wait for the
// dial's time-out.
func sockaddrPort(to unix.Sockaddr) netip.AddrPort {
	switch to := to.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(to.Addr), uint16(to.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(to.Addr).Unmap(), uint16(to.Port))
	}
	return netip.AddrPort{}
}
