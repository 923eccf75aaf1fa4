package udp

import (
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// ICMP's words for "nobody listens at that port" (RFC 792, RFC 4443 §3.1).
const (
	icmpUnreachable      = 3
	icmpPortUnreachable  = 3
	icmp6Unreachable     = 1
	icmp6PortUnreachable = 4
)

// errorBytes is the size of the kernel's struct sock_extended_err: errno (4,
// native order), origin, type, code, padding, two numbers (4 each). The
// address of who sent the error follows.
const errorBytes = 16

// errorQueue reads the kernel's queue of ICMP errors, which IP_RECVERR fills.
// Reader and writer both may have to.
type errorQueue struct {
	mu      sync.Mutex
	payload [1]byte // of the datagram that failed: not needed
	control [512]byte
	zones   zones
	seen    uint64
}

// unreachable empties the queue. Only the target's own host is believed that
// nobody listens at its port: a router, a firewall or a load balancer that
// answers for it may know no better. What is no ICMP error is not counted: it
// repeats what a failing system call returned.
func (s *batchSocket) unreachable(report func(netip.AddrPort)) (seen uint64) {
	q := &s.errors
	q.mu.Lock()
	defer q.mu.Unlock()
	// The error of Control is that of a closed socket, which has no queue.
	_ = s.raw.Control(func(fd uintptr) {
		for {
			_, n, _, from, err := unix.Recvmsg(int(fd), q.payload[:], q.control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				return
			}
			icmp, refused, offender := q.parse(q.control[:n])
			if !icmp {
				continue
			}
			q.seen++
			if target := q.target(from); refused && target.Addr() == offender {
				report(target)
			}
		}
	})
	return q.seen
}

// parse reports whether control holds an ICMP error, whether that is a refused
// port, and who sent it.
func (q *errorQueue) parse(control []byte) (icmp, refused bool, offender netip.Addr) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return false, false, netip.Addr{}
	}
	for _, m := range messages {
		v4 := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if !v4 && !v6 || len(m.Data) < errorBytes {
			continue
		}
		origin, kind, code := m.Data[4], m.Data[5], m.Data[6]
		switch origin {
		case unix.SO_EE_ORIGIN_ICMP:
			refused = kind == icmpUnreachable && code == icmpPortUnreachable
		case unix.SO_EE_ORIGIN_ICMP6:
			refused = kind == icmp6Unreachable && code == icmp6PortUnreachable
		default:
			continue
		}
		var sa sockaddr
		copy(sa[:], m.Data[errorBytes:])
		return true, refused, q.zones.parse(&sa).Addr()
	}
	return false, false, netip.Addr{}
}

// target returns the address that a failed datagram was for.
func (q *errorQueue) target(from unix.Sockaddr) netip.AddrPort {
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(from.Addr), uint16(from.Port))
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(from.Addr).Unmap()
		if from.ZoneId != 0 && addr.Is6() {
			addr = addr.WithZone(q.zones.name(from.ZoneId))
		}
		return netip.AddrPortFrom(addr, uint16(from.Port))
	}
	return netip.AddrPort{}
}
