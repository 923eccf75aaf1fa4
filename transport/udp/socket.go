package udp

import (
	"net"
	"net/netip"
)

// socketOptions is what a socket must know.
type socketOptions struct {
	// largest is the size of the largest datagram to receive.
	largest int
	// lost is told, by the goroutine that reads, how many further datagrams the
	// system has thrown away because its buffer was full; nil wants no word.
	lost func(datagrams uint32)
}

// received is one datagram as it came.
type received struct {
	source netip.AddrPort
	// bytes are valid while the batch is being delivered. They are longer than
	// socketOptions.largest, by one byte, if the datagram was.
	bytes []byte
}

// socket reads and writes datagrams in batches. One goroutine reads and one at a
// time writes; both may wait, and the closing of the connection ends that.
type socket interface {
	// read waits for datagrams and passes them on in batches, until an error.
	read(deliver func(batch []received)) error
	// write waits until the system takes datagrams, and returns how many of
	// batch, from its first on, it took. An error is about the next one.
	write(batch []*datagram) (int, error)
	// unreachable calls report for each target of which the system has learned
	// since the last call that its host lets nobody listen at that port. It
	// returns how many ICMP errors of any kind it has seen so far: if that is
	// more than it was, an error of read or write in between may have been
	// about an earlier datagram. It does not wait, and any goroutine may call
	// it.
	unreachable(report func(target netip.AddrPort)) (seen uint64)
	// reaches reports whether targets like addr can be written to.
	reaches(addr netip.Addr) bool
}

// promptWriter is a socket that can write without waiting.
type promptWriter interface {
	// writeNow hands d to the system, unless that would have to wait, fails or
	// may take long, and reports whether it did. It must not be called during
	// another writeNow or a write.
	writeNow(d *datagram) (written bool)
}

// familyOf tells which families a socket can send to by where it is bound. One of
// all IPv6 addresses has both if it is dual.
func familyOf(bound netip.Addr, dual bool) (v4, v6 bool) {
	switch {
	case bound.Unmap().Is4():
		return true, false
	case bound.IsUnspecified():
		return dual, true
	default:
		return false, true
	}
}

// boundTo returns the address of a socket of the system's.
func boundTo(conn *net.UDPConn) netip.AddrPort {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// loopSocket reads and writes one datagram per call: it works wherever Go
// does.
type loopSocket struct {
	conn   *net.UDPConn
	v4, v6 bool
	buffer []byte
	one    [1]received
}

func newLoopSocket(conn *net.UDPConn, options socketOptions) (socket, error) {
	v4, v6 := familyOf(boundTo(conn).Addr(), dualStack(conn))
	return &loopSocket{conn: conn, v4: v4, v6: v6, buffer: make([]byte, options.largest+1)}, nil
}

func (s *loopSocket) read(deliver func(batch []received)) error {
	for {
		n, source, err := s.conn.ReadFromUDPAddrPort(s.buffer)
		if err != nil {
			if !isTruncated(err) {
				return err
			}
			n = len(s.buffer)
		}
		s.one[0] = received{source: source, bytes: s.buffer[:n]}
		deliver(s.one[:])
	}
}

func (s *loopSocket) write(batch []*datagram) (int, error) {
	for i, d := range batch {
		if _, err := s.conn.WriteToUDPAddrPort(d.bytes, d.target); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

func (s *loopSocket) unreachable(func(netip.AddrPort)) uint64 { return 0 }

func (s *loopSocket) reaches(addr netip.Addr) bool {
	return addr.Is4() && s.v4 || addr.Is6() && s.v6
}
