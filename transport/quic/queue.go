package quic

import (
	"sync"
	"time"
)

// entry is one encoded envelope that waits for its peer.
type entry struct {
	payload *[]byte // of the pool
	queued  time.Time
	expect  string // the id of the node it is for; empty is any
}

// queue is what waits for one peer, oldest first, within bounds.
type queue struct {
	entries []entry // entries[head:] wait
	head    int
	bytes   int
}

func (q *queue) len() int { return len(q.entries) - q.head }

// fits reports whether one more of so many bytes is within the bounds. An
// empty queue takes anything, or an envelope larger than maxBytes could never
// be sent.
func (q *queue) fits(size, maxEntries, maxBytes int) bool {
	return q.len() == 0 || (q.len() < maxEntries && q.bytes+size <= maxBytes)
}

func (q *queue) push(e entry) {
	if q.head > 0 && len(q.entries) == cap(q.entries) {
		kept := copy(q.entries, q.entries[q.head:])
		clear(q.entries[kept:])
		q.entries, q.head = q.entries[:kept], 0
	}
	q.entries = append(q.entries, e)
	q.bytes += len(*e.payload)
}

// pushFront gives back what pop returned last.
func (q *queue) pushFront(e entry) {
	q.bytes += len(*e.payload)
	if q.head > 0 {
		q.head--
		q.entries[q.head] = e
		return
	}
	q.entries = append(q.entries, entry{})
	copy(q.entries[1:], q.entries)
	q.entries[0] = e
}

// first returns the oldest entry, which stays, or nil.
func (q *queue) first() *entry {
	if q.len() == 0 {
		return nil
	}
	return &q.entries[q.head]
}

// pop takes the oldest entry; there must be one.
func (q *queue) pop() entry {
	e := q.entries[q.head]
	q.entries[q.head] = entry{}
	q.head++
	q.bytes -= len(*e.payload)
	if q.head == len(q.entries) {
		q.entries, q.head = q.entries[:0], 0
		if cap(q.entries) > retainedEntries {
			q.entries = nil
		}
	}
	return e
}

// retainedEntries is up to what capacity an empty queue keeps its array.
const retainedEntries = 8

// payloads are the buffers of entries. A large one is not kept: it would be
// paid for until the next garbage collection by a small envelope.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

const retainedPayload = 4096

func newPayload(size int) *[]byte {
	buffer := payloads.Get().(*[]byte)
	if cap(*buffer) < size {
		*buffer = make([]byte, 0, max(size, 256))
	}
	*buffer = (*buffer)[:0]
	return buffer
}

func freePayload(buffer *[]byte) {
	if cap(*buffer) <= retainedPayload {
		payloads.Put(buffer)
	}
}
