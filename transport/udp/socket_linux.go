package udp

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/hearsay-gossip/hearsay/transport/internal/icmp"
	"github.com/hearsay-gossip/hearsay/transport/internal/sockaddr"
)

// readBatch is how many datagrams one system call reads at most. It multiplies
// with the largest datagram to a socket's memory; twice as many cost that, and
// save nothing that can be measured.
const readBatch = 8

// messageHeader is the kernel's struct mmsghdr; its padding is Go's, too.
type messageHeader struct {
	header unix.Msghdr
	bytes  uint32
}

// lane is what one direction of a batchSocket passes to the kernel. The kernel
// reads and writes it by the pointers within headers, which stay as they are;
// the slices keep what they point to alive.
type lane struct {
	headers []messageHeader
	vectors []unix.Iovec
	names   []sockaddr.Raw
	zones   sockaddr.Zones

	// The number of datagrams to pass, and the results of a system call.
	count int
	done  int
	errno syscall.Errno
	// call makes the system call for RawConn. It is made once: a function
	// made per call would be an allocation per call.
	call func(fd uintptr) (done bool)
}

func newLane(size int) *lane {
	l := &lane{
		headers: make([]messageHeader, size),
		vectors: make([]unix.Iovec, size),
		names:   make([]sockaddr.Raw, size),
	}
	for i := range l.headers {
		header := &l.headers[i].header
		header.Name = &l.names[i][0]
		header.Namelen = unix.SizeofSockaddrInet6
		header.Iov = &l.vectors[i]
		header.SetIovlen(1)
	}
	return l
}

// transfer makes the system call; it reports false if that would have to wait.
func (l *lane) transfer(number, fd uintptr) bool {
	for {
		n, _, errno := syscall.Syscall6(number, fd,
			uintptr(unsafe.Pointer(&l.headers[0])), uintptr(l.count), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		}
		l.done, l.errno = int(n), errno
		return true
	}
}

// prompt is what writeNow passes to the kernel, and what that said.
type prompt struct {
	name   sockaddr.Raw
	length uint32
	bytes  []byte
	errno  syscall.Errno
	// call is send, made once for the same reason as that of a lane. It is for
	// RawConn.Control, which unlike Write waits for nobody.
	call func(fd uintptr)
}

func (p *prompt) send(fd uintptr) {
	_, _, p.errno = syscall.Syscall6(unix.SYS_SENDTO, fd,
		uintptr(unsafe.Pointer(&p.bytes[0])), uintptr(len(p.bytes)), unix.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&p.name[0])), uintptr(p.length))
}

// batchSocket reads and writes many datagrams per system call, without an
// allocation, and reads the kernel's queue of errors.
type batchSocket struct {
	raw    syscall.RawConn
	domain int // AF_INET or AF_INET6
	v4, v6 bool

	in, out *lane
	buffer  []byte
	size    int // of one datagram's part of buffer
	batch   [readBatch]received
	deliver func(batch []received)
	control []byte // room for the kernel's word of what it threw away
	losses  losses

	now  prompt
	icmp icmp.Queue
}

// newSocket prepares conn for batches.
func newSocket(conn *net.UDPConn, options socketOptions) (socket, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &batchSocket{raw: raw, size: options.largest + 1, in: newLane(readBatch), out: newLane(writeBatch)}
	s.v4, s.v6 = familyOf(boundTo(conn).Addr(), dualStack(conn))
	s.domain = unix.AF_INET
	if s.v6 {
		s.domain = unix.AF_INET6
	}
	if err := s.setOptions(); err != nil {
		return nil, err
	}
	s.buffer = make([]byte, readBatch*s.size)
	for i := range s.in.vectors {
		s.in.vectors[i].Base = &s.buffer[i*s.size]
		s.in.vectors[i].SetLen(s.size)
	}
	s.control = make([]byte, readBatch*lossBytes)
	s.losses.report = options.lost
	s.in.count = readBatch
	s.in.call = s.readable
	s.out.call = func(fd uintptr) bool { return s.out.transfer(unix.SYS_SENDMMSG, fd) }
	s.now.call = s.now.send
	return s, nil
}

// setOptions asks for ICMP errors, for the number of datagrams that the kernel
// threw away, and for datagrams that are never fragmented.
func (s *batchSocket) setOptions() error {
	var optionErr error
	err := s.raw.Control(func(fd uintptr) {
		set := func(level, option, value int) {
			if optionErr == nil {
				optionErr = unix.SetsockoptInt(int(fd), level, option, value)
			}
		}
		set(unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
		if s.v4 {
			set(unix.SOL_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO)
		}
		if s.v6 {
			set(unix.SOL_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DO)
		}
	})
	return errors.Join(err, optionErr, icmp.Watch(s.raw, s.v4, s.v6))
}

// read delivers from within RawConn.Read, until an error.
func (s *batchSocket) read(deliver func(batch []received)) error {
	s.deliver = deliver
	if err := s.raw.Read(s.in.call); err != nil {
		return err
	}
	return s.in.errno
}

// readable delivers what the socket holds. It returns true to end
// RawConn.Read, and false to be called again when more has arrived.
//
// A batch that is not full has emptied the socket, so that the next thing to
// do is to wait, without another system call that would find nothing: the
// poller is edge-triggered and remembers what arrives meanwhile. It does so
// within one RawConn.Read only, which is why there is just one.
func (s *batchSocket) readable(fd uintptr) (done bool) {
	for {
		s.clearControl()
		if !s.in.transfer(unix.SYS_RECVMMSG, fd) {
			return false
		}
		if s.in.errno != 0 {
			return true
		}
		if last := s.in.done - 1; last >= 0 {
			s.losses.note(s.control[last*lossBytes:][:s.in.headers[last].header.Controllen])
		}
		for i := range s.in.done {
			at := i * s.size
			s.batch[i] = received{
				source: s.in.zones.Parse(&s.in.names[i]),
				bytes:  s.buffer[at : at+int(s.in.headers[i].bytes)],
			}
			s.in.headers[i].header.Namelen = unix.SizeofSockaddrInet6
		}
		s.deliver(s.batch[:s.in.done])
		if s.in.done < readBatch {
			return false
		}
	}
}

// clearControl makes room for control messages, whose lengths the kernel wrote
// into the headers of the last batch.
func (s *batchSocket) clearControl() {
	for i := range s.in.headers {
		header := &s.in.headers[i].header
		header.Control = &s.control[i*lossBytes]
		header.SetControllen(lossBytes)
	}
}

func (s *batchSocket) write(batch []*datagram) (int, error) {
	batch = batch[:min(len(batch), writeBatch)]
	for i, d := range batch {
		s.out.headers[i].header.Namelen = s.out.zones.Format(&s.out.names[i], d.target, s.domain)
		s.out.vectors[i].Base = &d.bytes[0]
		s.out.vectors[i].SetLen(len(d.bytes))
	}
	s.out.count = len(batch)
	err := s.raw.Write(s.out.call)
	clear(s.out.vectors[:len(batch)]) // keep nothing alive
	if err != nil {
		return 0, err
	}
	if s.out.errno != 0 {
		return 0, s.out.errno
	}
	return s.out.done, nil
}

// writeNow leaves an address with a zone to write, since the system may have to be
// asked for its number. It also leaves errors to write: it meets them again, or
// they were about an earlier datagram, and then the kernel's queue of them wakes
// the reader.
func (s *batchSocket) writeNow(d *datagram) (written bool) {
	if d.target.Addr().Zone() != "" {
		return false
	}
	s.now.length = s.out.zones.Format(&s.now.name, d.target, s.domain)
	s.now.bytes = d.bytes
	err := s.raw.Control(s.now.call)
	s.now.bytes = nil // keep nothing alive
	return err == nil && s.now.errno == 0
}

func (s *batchSocket) unreachable(report func(netip.AddrPort)) (seen uint64) {
	return s.icmp.Read(s.raw, report)
}

func (s *batchSocket) reaches(addr netip.Addr) bool {
	return addr.Is4() && s.v4 || addr.Is6() && s.v6
}

// dualStack reports whether a socket of all IPv6 addresses takes IPv4 too.
func dualStack(conn *net.UDPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	only := 1
	err = raw.Control(func(fd uintptr) {
		if value, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_V6ONLY); err == nil {
			only = value
		}
	})
	return err == nil && only == 0
}
