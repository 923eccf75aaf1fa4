package udp

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// lossBytes is the size of the control message SO_RXQ_OVFL: a header and, in
// native order, how many datagrams the socket has lost in all. The kernel
// leaves it out while there are none.
var lossBytes = unix.CmsgSpace(int(unsafe.Sizeof(uint32(0))))

// losses follows the kernel's counter of lost datagrams.
type losses struct {
	report func(datagrams uint32)
	total  uint32
}

// note reads the control messages of the last datagram of a batch. The counter
// may wrap around.
func (l *losses) note(control []byte) {
	if l.report == nil || len(control) < unix.CmsgLen(0)+4 {
		return
	}
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	if header.Level != unix.SOL_SOCKET || header.Type != unix.SO_RXQ_OVFL {
		return
	}
	total := binary.NativeEndian.Uint32(control[unix.CmsgLen(0):])
	if total != l.total {
		l.report(total - l.total)
		l.total = total
	}
}
