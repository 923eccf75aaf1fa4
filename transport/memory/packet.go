package memory

import (
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/internal/spare"
)

const (
	// packetRetainBytes is the largest buffer that is kept for another packet.
	packetRetainBytes = 2048
	// poolWindow is how many times Advance delivers something before packets
	// that were not needed in between are released.
	poolWindow = 1 << 16
	// poolFloor is how many spare packets are kept in any case.
	poolFloor = 256
)

// packet is one encoded envelope under way, or the answer of a host at which
// nobody listens.
type packet struct {
	direction
	origin  *Transport // whose queue it counts against; nil if injected
	cluster string
	version uint8
	expect  string // Outbound.Expect
	bytes   []byte

	// A notice is about the address that it comes from, and names who answers
	// there.
	notice   transport.Notice
	identity string
}

// entry is a packet's place in the order of arrivals: by time, and at one time
// in the order of sending.
type entry struct {
	due      time.Duration
	sequence uint64
	packet   *packet
}

func (e entry) before(o entry) bool {
	return e.due < o.due || e.due == o.due && e.sequence < o.sequence
}

// arrivals is a binary heap of entries, the earliest at 0. It is not
// container/heap, whose interface would allocate for every packet.
type arrivals []entry

func (a *arrivals) push(e entry) {
	heap := append(*a, e)
	i := len(heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(heap[parent]) {
			break
		}
		heap[i] = heap[parent]
		i = parent
	}
	heap[i] = e
	*a = heap
}

func (a *arrivals) pop() entry {
	heap := *a
	first, last := heap[0], heap[len(heap)-1]
	heap[len(heap)-1] = entry{}
	heap = heap[:len(heap)-1]
	*a = heap
	if len(heap) == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(heap) {
			break
		}
		if right := child + 1; right < len(heap) && heap[right].before(heap[child]) {
			child = right
		}
		if !heap[child].before(last) {
			break
		}
		heap[i] = heap[child]
		i = child
	}
	heap[i] = last
	return first
}

// pool keeps packets, and the memory of their bytes, for later ones.
type pool struct {
	spare spare.List[packet]
}

func newPool() pool {
	return pool{spare.List[packet]{Window: poolWindow, Floor: poolFloor}}
}

func (p *pool) get() *packet {
	if p := p.spare.Get(); p != nil {
		return p
	}
	return new(packet)
}

func (p *pool) put(used *packet) {
	bytes := used.bytes[:0]
	if cap(bytes) > packetRetainBytes {
		bytes = nil
	}
	*used = packet{bytes: bytes}
	p.spare.Put(used)
}
