package eventstream

import (
	"context"
	"iter"
	"sync"
)

// Bounds of a subscriber's buffer, in events.
const (
	// DefaultBuffer is what a buffer below 1 stands for.
	DefaultBuffer = 256
	// MaxBuffer is the largest buffer; what is larger counts as this.
	MaxBuffer = 1 << 20
)

// Config says what a stream does beside passing events on. The zero Config
// makes a plain stream: subscribers start with the next event, and are not told
// what they missed.
//
// The functions are called by the goroutines that publish and subscribe, never
// with a lock held.
type Config[E any] struct {
	// Retain tells whether an event describes a state of which the following
	// events of its kind are changes. The stream keeps the last such event and
	// starts each subscription with it. nil retains nothing.
	Retain func(E) bool
	// Full turns a retained event into one that needs nothing before it. It is
	// called on the subscriber's goroutine, for the event that a subscription
	// starts with and for the first retained one after a gap. nil leaves events
	// as they are.
	Full func(E) E
	// Lagged makes the event that tells a subscriber how many it has missed;
	// missed is at least 1. nil tells nothing.
	Lagged func(missed uint64) E
}

// Stream passes events from any number of publishers to any number of
// subscribers. Publishing never waits for a subscriber. All methods may be
// called from any goroutine.
type Stream[E any] struct {
	cfg Config[E]

	mu          sync.Mutex
	subscribers []*subscriber[E]
	retained    E
	hasRetained bool
	isClosed    bool
	missed      uint64
}

// New returns an open stream without subscribers.
func New[E any](cfg Config[E]) *Stream[E] { return &Stream[E]{cfg: cfg} }

// Publish hands e to everyone who is subscribed now. It takes time in
// proportion to their number and allocates nothing; a subscriber whose buffer
// is full loses its oldest event. After Close it does nothing.
func (s *Stream[E]) Publish(e E) {
	retain := s.cfg.Retain != nil && s.cfg.Retain(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return
	}
	if retain {
		s.retained, s.hasRetained = e, true
	}
	for _, sub := range s.subscribers {
		if !sub.push(e) {
			s.missed++
		}
	}
}

// Subscribe returns the events from the moment at which the caller begins to
// range, which may be done several times, each for itself. The first is the
// retained one, made full, if there is any; no event is lost or told twice
// between it and the next one.
//
// buffer is how many events may wait while the body of the loop runs; below 1
// it is DefaultBuffer, at most MaxBuffer. When more come, the oldest are lost.
// In their place the loop gets what Config.Lagged makes of their number, then
// the events that are left, in order. The first of those that is of the retained
// kind is made full; if there is none among them, the retained event comes after
// them, made full: a loop that has caught up knows the state again.
//
// The loop ends when ctx does, at once; after Close, when it has had what was
// published before; and when its body leaves it. No goroutine and no memory
// remain.
func (s *Stream[E]) Subscribe(ctx context.Context, buffer int) iter.Seq[E] {
	if buffer < 1 {
		buffer = DefaultBuffer
	}
	buffer = min(buffer, MaxBuffer)
	return func(yield func(E) bool) {
		sub := s.add(buffer)
		if sub == nil {
			return
		}
		defer s.remove(sub)
		for ctx.Err() == nil {
			e, progress := s.next(sub)
			switch {
			case progress == delivered:
				if !yield(e) {
					return
				}
			case progress == ended || progress == idle && !sub.wait(ctx):
				return
			}
		}
	}
}

// Close ends all subscriptions, once they have had what was published. Further
// calls do nothing.
func (s *Stream[E]) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isClosed = true
	for _, sub := range s.subscribers {
		sub.wake()
	}
}

// Stats describe a stream at one moment.
type Stats struct {
	// Subscribers is the number of loops that range over the stream now.
	Subscribers int
	// Missed counts the events that subscribers lost since New, each once for
	// every subscriber that lost it.
	Missed uint64
}

// Stats returns the stream's counters.
func (s *Stream[E]) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Subscribers: len(s.subscribers), Missed: s.missed}
}
