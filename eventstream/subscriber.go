package eventstream

import "context"

// subscriber is one loop over a stream.
type subscriber[E any] struct {
	// signal has capacity 1 and holds a token when something may have come.
	signal chan struct{}

	// The stream's lock guards these. ring holds count events, the oldest at
	// head; missed is what was lost just before the oldest.
	ring        []E
	head, count int
	missed      uint64

	// The loop's goroutine alone uses these. stale: the next event of the
	// retained kind is to be made full, since one before it was missed. first
	// is the event to start with.
	stale    bool
	first    E
	hasFirst bool
}

// push adds e and reports whether there was room for it; if not, the oldest
// event has made way.
func (sub *subscriber[E]) push(e E) bool {
	hasRoom := sub.count < len(sub.ring)
	if !hasRoom {
		sub.pop()
		sub.missed++
	}
	i := sub.head + sub.count
	if i >= len(sub.ring) {
		i -= len(sub.ring)
	}
	sub.ring[i] = e
	sub.count++
	sub.wake()
	return hasRoom
}

// pop removes and returns the oldest event.
func (sub *subscriber[E]) pop() E {
	var zero E
	e := sub.ring[sub.head]
	sub.ring[sub.head] = zero // an idle ring must not keep its events alive
	if sub.head++; sub.head == len(sub.ring) {
		sub.head = 0
	}
	sub.count--
	return e
}

func (sub *subscriber[E]) wake() {
	select {
	case sub.signal <- struct{}{}:
	default:
	}
}

// wait returns when something may have come, or false when ctx has ended.
func (sub *subscriber[E]) wait(ctx context.Context) bool {
	select {
	case <-sub.signal:
		return true
	case <-ctx.Done():
		return false
	}
}

// add subscribes; it returns nil if the stream is closed. The event to start
// with is taken in the same breath, so that what is published next follows it.
func (s *Stream[E]) add(buffer int) *subscriber[E] {
	sub := &subscriber[E]{signal: make(chan struct{}, 1), ring: make([]E, buffer)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return nil
	}
	sub.first, sub.hasFirst = s.retained, s.hasRetained
	s.subscribers = append(s.subscribers, sub)
	return sub
}

func (s *Stream[E]) remove(sub *subscriber[E]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.subscribers {
		if other == sub {
			last := len(s.subscribers) - 1
			s.subscribers[i] = s.subscribers[last]
			s.subscribers[last] = nil
			s.subscribers = s.subscribers[:last]
			return
		}
	}
}

// progress is what next found.
type progress uint8

const (
	// idle: nothing has come.
	idle progress = iota
	// again: something was noted that nobody needs to be told.
	again
	// delivered: an event for the loop.
	delivered
	// ended: the stream is closed, and the loop has had all of it.
	ended
)

// next returns what the loop gets next. It takes the lock to look and lets it go
// before it calls one of the user's functions.
func (s *Stream[E]) next(sub *subscriber[E]) (e E, p progress) {
	if sub.hasFirst {
		e, sub.first, sub.hasFirst = sub.first, e, false
		return s.full(e), delivered
	}
	s.mu.Lock()
	switch missed := sub.missed; {
	case missed > 0:
		sub.missed = 0
		s.mu.Unlock()
		sub.stale = true
		if s.cfg.Lagged == nil {
			return e, again
		}
		return s.cfg.Lagged(missed), delivered
	case sub.count > 0:
		e = sub.pop()
		s.mu.Unlock()
		if sub.stale && s.cfg.Retain != nil && s.cfg.Retain(e) {
			sub.stale = false
			e = s.full(e)
		}
		return e, delivered
	case sub.stale && s.hasRetained:
		e = s.retained
		s.mu.Unlock()
		sub.stale = false
		return s.full(e), delivered
	case s.isClosed:
		p = ended
	}
	s.mu.Unlock()
	return e, p
}

func (s *Stream[E]) full(e E) E {
	if s.cfg.Full == nil {
		return e
	}
	return s.cfg.Full(e)
}
