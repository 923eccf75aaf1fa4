package transport

import hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"

const (
	// retainBytes is the encoded size above which the memory of a decoded
	// envelope is not kept for the next one: no datagram is larger, and one
	// large transfer must not be paid for in every slot for ever.
	retainBytes = 2048
	// spareWindow is how many polls a spare slot may go unused before it is
	// released: at one poll per 100 ms, six seconds.
	spareWindow = 64
	// spareFloor is how many spare slots are kept in any case. Each has grown to
	// the size of what came in its time: some KB, where nodes have joined.
	spareFloor = 4
)

// slot holds one inbound and the memory of its envelope. It is in one list at
// a time.
type slot struct {
	inbound  Inbound
	envelope *hearsayv1.Envelope
	bytes    int // encoded size of the envelope; 0 for a notice
	next     *slot
}

// clear makes s ready for the next inbound: it keeps no strings, and no memory
// of an unusual size.
func (s *slot) clear() {
	if s.bytes > retainBytes {
		s.envelope = nil
	}
	s.inbound, s.bytes = Inbound{}, 0
}

// slotQueue is a list of slots, first in, first out.
type slotQueue struct {
	head, tail *slot
}

func (q *slotQueue) push(s *slot) {
	s.next = nil
	if q.head == nil {
		q.head = s
	} else {
		q.tail.next = s
	}
	q.tail = s
}

// pop returns the oldest slot, nil if there is none.
func (q *slotQueue) pop() *slot {
	s := q.head
	if s != nil {
		q.head, s.next = s.next, nil
	}
	return s
}
