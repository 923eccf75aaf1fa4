package udp

import (
	"net/netip"
	"sync"

	"github.com/hearsay-gossip/hearsay/transport/internal/spare"
)

const (
	// spareWindow is how many batches a spare datagram may go unused before
	// its memory is released.
	spareWindow = 16
	// spareFloor is how many spare datagrams are kept in any case.
	spareFloor = 4
	// firstBytes is the memory that a new datagram starts with: a quiet
	// cluster needs no more.
	firstBytes = 256
	// retainBytes is the largest memory of a datagram that is kept.
	retainBytes = 2048
)

// datagram is one framed envelope on its way out.
type datagram struct {
	target netip.AddrPort
	bytes  []byte
	next   *datagram
}

// sendQueue is a bounded queue between Send and the writer. Memory is reused.
type sendQueue struct {
	bound int
	wake  chan struct{} // capacity 1

	mu         sync.Mutex
	closed     bool
	reserved   int // datagrams that are being filled or that wait
	head, tail *datagram
	spare      spare.List[datagram]
}

func newSendQueue(bound int) *sendQueue {
	return &sendQueue{
		bound: bound,
		wake:  make(chan struct{}, 1),
		spare: spare.List[datagram]{Window: spareWindow, Floor: spareFloor},
	}
}

// reserve returns an empty datagram, which commit queues or cancel gives back,
// or nil and whether the queue is closed; if it is not, it is full.
func (q *sendQueue) reserve() (d *datagram, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.reserved >= q.bound {
		return nil, q.closed
	}
	q.reserved++
	if d := q.spare.Get(); d != nil {
		return d, false
	}
	return &datagram{bytes: make([]byte, 0, firstBytes)}, false
}

func (q *sendQueue) cancel(d *datagram) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reserved--
	q.keep(d)
}

// commit queues d; it reports false if the queue was closed meanwhile.
func (q *sendQueue) commit(d *datagram) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	d.next = nil
	if q.head == nil {
		q.head = d
	} else {
		q.tail.next = d
	}
	q.tail = d
	q.mu.Unlock()
	q.signal()
	return true
}

func (q *sendQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take moves the oldest datagrams into batch, and reports how many, and
// whether no more will come.
func (q *sendQueue) take(batch []*datagram) (n int, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for n < len(batch) && q.head != nil {
		batch[n] = q.head
		q.head = q.head.next
		n++
	}
	return n, q.closed && q.head == nil
}

// done gives back what take took.
func (q *sendQueue) done(batch []*datagram) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reserved -= len(batch)
	for i, d := range batch {
		q.keep(d)
		batch[i] = nil
	}
	q.spare.Age()
}

// forget removes what waits for target, and returns how much that was.
func (q *sendQueue) forget(target netip.AddrPort) (removed int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	link := &q.head
	q.tail = nil
	for *link != nil {
		d := *link
		if d.target != target {
			q.tail = d
			link = &d.next
			continue
		}
		*link = d.next
		q.keep(d)
		q.reserved--
		removed++
	}
	return removed
}

// length is how many datagrams wait or are being filled.
func (q *sendQueue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.reserved
}

func (q *sendQueue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

// close lets nothing more in. What waits stays for the writer.
func (q *sendQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// keep stores d for later. The lock is held.
func (q *sendQueue) keep(d *datagram) {
	d.next, d.target, d.bytes = nil, netip.AddrPort{}, d.bytes[:0]
	if cap(d.bytes) > retainBytes {
		d.bytes = nil // an envelope that was too large
	}
	q.spare.Put(d)
}
