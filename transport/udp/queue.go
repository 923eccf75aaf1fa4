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

// sendQueue is a bounded queue between Send and the writer, and decides whose turn
// it is to write: datagrams leave in the order in which they were committed, so
// there is one at a time. Memory is reused.
type sendQueue struct {
	bound int
	wake  chan struct{} // capacity 1; full when the writer has something to do

	mu         sync.Mutex
	closed     bool
	writing    bool // the writer what it took, or a sender what it claimed
	reserved   int  // datagrams that are being filled, that wait or that are being written
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

// commit queues d; it reports false, and forgets d, if the queue was closed
// meanwhile.
func (q *sendQueue) commit(d *datagram) bool {
	q.mu.Lock()
	if q.closed {
		q.reserved--
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
	idle := !q.writing // whoever writes looks again when that is done
	q.mu.Unlock()
	if idle {
		q.signal()
	}
	return true
}

// claim reports whether a datagram that was reserved may be written by its
// sender, because nothing is before it. If so, release must follow at once.
func (q *sendQueue) claim() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.writing || q.head != nil {
		return false
	}
	q.writing = true
	return true
}

// release takes back a datagram after a claim. If it was not written, it is the
// next for the writer, also when the queue has been closed.
func (q *sendQueue) release(d *datagram, written bool) {
	q.mu.Lock()
	q.writing = false
	if written {
		q.reserved--
		q.keep(d)
		q.spare.Age()
	} else {
		if d.next = q.head; d.next == nil {
			q.tail = d
		}
		q.head = d
	}
	more := q.head != nil || q.closed
	q.mu.Unlock()
	if more {
		q.signal()
	}
}

func (q *sendQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take moves the oldest datagrams into batch, which done gives back, and reports
// how many, and whether no more will come.
func (q *sendQueue) take(batch []*datagram) (n int, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.writing {
		return 0, false // release wakes the writer
	}
	for n < len(batch) && q.head != nil {
		batch[n] = q.head
		q.head = q.head.next
		n++
	}
	q.writing = n > 0
	return n, q.closed && q.head == nil
}

// done gives back what take took, if that was something.
func (q *sendQueue) done(batch []*datagram) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = false
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

// length is how many datagrams wait, are being filled or are being written.
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
