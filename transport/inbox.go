package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport/internal/spare"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Bounds and defaults of an Inbox.
const (
	// DefaultInboxSlots is what InboxConfig.Slots stands at when it is 0.
	DefaultInboxSlots = 1024
	// MaxInboxSlots bounds InboxConfig.Slots.
	MaxInboxSlots = 1 << 20
	// DefaultInboxBytes is what InboxConfig.Bytes stands at when it is 0,
	// unless four envelopes of the largest size need more.
	DefaultInboxBytes = 8 << 20
)

// InboxConfig says how much an Inbox holds.
type InboxConfig struct {
	// Slots is how many envelopes and notices the inbox holds together: what
	// waits to be polled, what was polled last and what is being decoded.
	// Default 1,024; 1 to 1<<20. Memory for a slot is taken when it is first
	// needed, and given back when it has not been needed for a while.
	Slots int
	// MaxEnvelopeBytes is the largest encoded envelope that is accepted; what
	// is larger counts as DropOversize. At least 1; there is no default,
	// because it is the receiving transport's promise.
	MaxEnvelopeBytes int
	// Bytes bounds the sum of the encoded sizes of the envelopes in the slots.
	// Default 8 MiB or 4 × MaxEnvelopeBytes, whichever is more; at least
	// MaxEnvelopeBytes.
	Bytes int
	// Wake is Local.Wake.
	Wake func()
	// Limits bounds what decoding one envelope may cost. The zero value stands
	// for the defaults of package wire, which suit any transport, with a cache of
	// strings of the inbox's own.
	Limits wire.Limits
}

// Validate returns everything that is wrong with c, joined.
func (c InboxConfig) Validate() error {
	var problems []error
	if c.Slots < 0 || c.Slots > MaxInboxSlots {
		problems = append(problems, fmt.Errorf("Slots = %d: give 1 to %d, or 0 for %d", c.Slots, MaxInboxSlots, DefaultInboxSlots))
	}
	if c.MaxEnvelopeBytes < 1 {
		problems = append(problems, fmt.Errorf("MaxEnvelopeBytes = %d: give the largest envelope that the transport receives", c.MaxEnvelopeBytes))
	}
	if c.Bytes < 0 || (c.Bytes > 0 && c.Bytes < c.MaxEnvelopeBytes) {
		problems = append(problems, fmt.Errorf("Bytes = %d: give at least MaxEnvelopeBytes (%d), or 0 for a default", c.Bytes, c.MaxEnvelopeBytes))
	}
	return errors.Join(problems...)
}

func (c InboxConfig) withDefaults() InboxConfig {
	if c.Slots == 0 {
		c.Slots = DefaultInboxSlots
	}
	if c.Bytes == 0 {
		c.Bytes = max(DefaultInboxBytes, 4*c.MaxEnvelopeBytes)
	}
	if c.Wake == nil {
		c.Wake = func() {}
	}
	if c.Limits.Strings == nil {
		// The same nodes in another order with each packet.
		c.Limits.Strings = wire.NewStringCache()
	}
	return c
}

// Inbox is the receiving half of a transport: what arrives is decoded into
// reused envelopes, waits in a bounded queue, and leaves it by Poll, oldest
// first. It also keeps the transport's counters.
//
// One goroutine calls Poll; everything else may be called from any goroutine
// at any time. Envelopes delivered by one goroutine keep their order.
// Deliveries do not wait for each other or for Poll while they decode. In
// steady state nothing is allocated.
type Inbox struct {
	config InboxConfig
	ready  chan struct{}
	counters

	mu     sync.Mutex
	closed bool
	taken  int // slots that are decoding, queued or polled
	bytes  int // encoded bytes of the envelopes in them
	queued int // of them, those that wait for Poll
	queue  slotQueue
	polled slotQueue
	spare  spare.List[slot]
}

// NewInbox returns an empty Inbox, or everything that is wrong with config.
func NewInbox(config InboxConfig) (*Inbox, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("transport: inbox: %w", err)
	}
	return &Inbox{
		config: config.withDefaults(),
		ready:  make(chan struct{}, 1),
		spare:  spare.List[slot]{Window: spareWindow, Floor: spareFloor},
	}, nil
}

// Deliver decodes payload, an encoded envelope, and queues it for Poll. Of
// from, Source, Network, Identity and Version are read. With an Identity, the
// envelope's sender must be it. payload may be reused when Deliver returns.
//
// It reports whether the envelope was queued. If not, the cause was counted:
// DropOversize, DropMalformed, DropUnauthenticated, or DropInboxFull, which
// discards the newest: an honest peer's envelope that was here first is not
// pushed out by a flood behind it, and the order of what waits never changes.
// After Close nothing is queued and nothing is counted.
func (b *Inbox) Deliver(from Inbound, payload []byte) bool {
	if len(payload) > b.config.MaxEnvelopeBytes {
		b.drop(DropOversize)
		return false
	}
	s, ok := b.take(len(payload))
	if !ok {
		return false
	}
	if s.envelope == nil {
		s.envelope = new(hearsayv1.Envelope)
	}
	if err := s.envelope.UnmarshalLimits(payload, b.config.Limits); err != nil {
		b.discard(s, DropMalformed)
		return false
	}
	if from.Identity != "" && s.envelope.Sender != wire.Key(from.Identity) {
		b.discard(s, DropUnauthenticated)
		return false
	}
	s.inbound = Inbound{
		Source: unmap(from.Source), Network: from.Network, Identity: from.Identity,
		Version: from.Version, Envelope: s.envelope,
	}
	return b.push(s)
}

// Notify queues a notice for Poll. Of n, Source (the target), Network,
// Identity and Notice are read. It reports whether the notice was queued;
// if the inbox is full, it is counted as DropInboxFull.
func (b *Inbox) Notify(n Inbound) bool {
	if n.Notice == NoticeNone {
		return false
	}
	s, ok := b.take(0)
	if !ok {
		return false
	}
	s.inbound = Inbound{Source: unmap(n.Source), Network: n.Network, Identity: n.Identity, Notice: n.Notice}
	return b.push(s)
}

// Drop counts something that was discarded before it came here.
func (b *Inbox) Drop(cause Drop) { b.drop(cause) }

// DropMany counts so many at once.
func (b *Inbox) DropMany(cause Drop, count uint64) { b.dropMany(cause, count) }

// CountSent counts an envelope that Send accepted, of so many encoded bytes.
func (b *Inbox) CountSent(bytes int) {
	b.sent.Add(1)
	b.sentBytes.Add(uint64(bytes))
}

// Stats returns the counters, and Waiting. Each is exact; between two of them an
// envelope may pass. What a transport knows besides, it adds.
func (b *Inbox) Stats() Stats {
	stats := b.snapshot()
	b.mu.Lock()
	defer b.mu.Unlock()
	stats.Waiting = b.queued
	return stats
}

// Ready is Transport.Ready: signalled when Poll has something to return, which
// after Close is ErrClosed.
func (b *Inbox) Ready() <-chan struct{} { return b.ready }

// Poll is Transport.Poll: it takes back what the last Poll returned, and fills
// dst with what has waited longest.
func (b *Inbox) Poll(dst []Inbound) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, ErrClosed
	}
	for s := b.polled.pop(); s != nil; s = b.polled.pop() {
		b.release(s)
	}
	b.spare.Age()
	n := 0
	for n < len(dst) {
		s := b.queue.pop()
		if s == nil {
			break
		}
		dst[n] = s.inbound
		b.polled.push(s)
		n++
	}
	b.queued -= n
	b.signal()
	return n, nil
}

// Close discards what waits; afterwards Poll returns ErrClosed. A driver that
// waits for Ready is woken. What was polled last stays readable.
func (b *Inbox) Close() {
	b.mu.Lock()
	b.closed = true
	b.queue, b.polled, b.spare = slotQueue{}, slotQueue{}, spare.List[slot]{}
	b.queued = 0
	b.signal()
	b.mu.Unlock()
	b.config.Wake()
}

// take reserves a slot and so many bytes, or counts why it cannot.
func (b *Inbox) take(bytes int) (*slot, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, false
	}
	if b.taken >= b.config.Slots || b.bytes+bytes > b.config.Bytes {
		b.drop(DropInboxFull)
		return nil, false
	}
	b.taken++
	b.bytes += bytes
	s := b.spare.Get()
	if s == nil {
		s = new(slot)
	}
	s.bytes = bytes
	return s, true
}

// push queues a slot that take reserved.
func (b *Inbox) push(s *slot) bool {
	queued := b.enqueue(s)
	if queued {
		b.config.Wake()
	}
	return queued
}

func (b *Inbox) enqueue(s *slot) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	if s.inbound.Notice == NoticeNone {
		b.received.Add(1)
		b.receivedBytes.Add(uint64(s.bytes))
	} else {
		b.notices.Add(1)
	}
	b.queue.push(s)
	b.queued++
	b.signal()
	return true
}

// discard gives back a slot that take reserved, and counts why.
func (b *Inbox) discard(s *slot, cause Drop) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.drop(cause)
		b.release(s)
	}
}

func (b *Inbox) release(s *slot) {
	b.taken--
	b.bytes -= s.bytes
	s.clear()
	b.spare.Put(s)
}

// signal makes Ready's channel full exactly while Poll has something to
// return. The lock is held, so nobody else changes either.
func (b *Inbox) signal() {
	if b.queue.head != nil || b.closed {
		select {
		case b.ready <- struct{}{}:
		default:
		}
		return
	}
	select {
	case <-b.ready:
	default:
	}
}

func unmap(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
