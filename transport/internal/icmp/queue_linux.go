package icmp

import (
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/hearsay-gossip/hearsay/transport/internal/sockaddr"
)

// ICMP's words for "nobody listens at that port" (RFC 792, RFC 4443 §3.1).
const (
	unreachable4     = 3
	portUnreachable4 = 3
	unreachable6     = 1
	portUnreachable6 = 4
)

const (
	// errorBytes is the size of the kernel's struct sock_extended_err: errno (4,
	// native order), origin, type, code, padding, two numbers (4 each). The
	// address of who sent the error follows.
	errorBytes = 16
	// maxErrors bounds how many errors are read at a time.
	maxErrors = 64
)

// Watch asks the kernel to keep ICMP errors for a socket of these families.
func Watch(conn syscall.RawConn, v4, v6 bool) error {
	var optionErr error
	err := conn.Control(func(fd uintptr) {
		if v4 {
			optionErr = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_RECVERR, 1)
		}
		if v6 && optionErr == nil {
			optionErr = unix.SetsockoptInt(int(fd), unix.SOL_IPV6, unix.IPV6_RECVERR, 1)
		}
	})
	if err == nil {
		err = optionErr
	}
	return err
}

// Queue reads the errors that the kernel keeps for one socket. The zero value is
// ready, and safe for concurrent use: whoever meets an error may read them.
type Queue struct {
	mu      sync.Mutex
	payload [1]byte // of the datagram that failed: not needed
	control [512]byte
	zones   sockaddr.Zones
	refused []netip.AddrPort
	seen    uint64
}

// Read empties the queue, up to a bound, and reports each target where, by the
// word of its own host, nobody listens. A router, a firewall or a load balancer
// that answers for it is not believed: it may know no better. Read returns how
// many ICMP errors of any kind were seen on this socket so far. What is no ICMP
// error is not counted: it repeats what a failing system call returned.
//
// It does not wait. report is called by the caller's goroutine and must not call
// Read.
func (q *Queue) Read(conn syscall.RawConn, report func(target netip.AddrPort)) (seen uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refused = q.refused[:0]
	// The error of Control is that of a closed socket, which has no queue.
	_ = conn.Control(func(fd uintptr) {
		for range maxErrors {
			_, n, _, to, err := unix.Recvmsg(int(fd), q.payload[:], q.control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
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
			if target := q.zones.AddrPort(to); refused && target.Addr() == offender {
				q.refused = append(q.refused, target)
			}
		}
	})
	for _, target := range q.refused {
		report(target)
	}
	return q.seen
}

// parse reports whether control holds an ICMP error, whether that is a refused
// port, and who sent it.
func (q *Queue) parse(control []byte) (icmp, refused bool, offender netip.Addr) {
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
			refused = kind == unreachable4 && code == portUnreachable4
		case unix.SO_EE_ORIGIN_ICMP6:
			refused = kind == unreachable6 && code == portUnreachable6
		default:
			continue
		}
		var sa sockaddr.Raw
		copy(sa[:], m.Data[errorBytes:])
		return true, refused, q.zones.Parse(&sa).Addr()
	}
	return false, false, netip.Addr{}
}
