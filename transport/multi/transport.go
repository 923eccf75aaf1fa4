package multi

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Transport is several transports as one; Config.Open makes it.
type Transport struct {
	parts    []part
	networks []string
	// largest is what every part can send.
	largest int

	ready chan struct{}
	// asking is held in Poll and while ready is brought up to date: it is full
	// exactly while the Ready of a part is.
	asking sync.Mutex
	turn   int // the part that Poll asks first

	closed  atomic.Bool
	closing sync.Once
}

// part is one of the transports, and what of its description never changes.
type part struct {
	transport.Transport
	networks []string
	largest  int
}

var _ transport.Transport = (*Transport)(nil)

// newTransport returns a transport without parts, whose wake they are opened
// with.
func newTransport() *Transport { return &Transport{ready: make(chan struct{}, 1)} }

// add takes in a part, unless one of its words is taken.
func (t *Transport) add(opened transport.Transport) (taken string, ok bool) {
	described := opened.Info()
	for _, network := range described.Networks {
		if slices.Contains(t.networks, network) {
			return network, false
		}
	}
	if len(t.parts) == 0 || described.MaxEnvelopeBytes < t.largest {
		t.largest = described.MaxEnvelopeBytes
	}
	t.asking.Lock() // it receives already
	defer t.asking.Unlock()
	t.parts = append(t.parts, part{opened, described.Networks, described.MaxEnvelopeBytes})
	t.networks = append(t.networks, described.Networks...)
	t.signal()
	return "", true
}

// Send is transport.Transport's: out.Network says by which of the transports.
func (t *Transport) Send(out transport.Outbound) error {
	p := &t.parts[0]
	if out.Network != "" {
		at := slices.IndexFunc(t.parts, func(p part) bool { return slices.Contains(p.networks, out.Network) })
		if at < 0 && !t.closed.Load() {
			return &transport.SendError{Target: out.Target, Err: transport.ErrInvalidTarget}
		}
		p = &t.parts[max(at, 0)]
	}
	// Info names one limit, whichever network is used.
	if p.largest > t.largest && out.Envelope != nil && out.Envelope.Size() > t.largest && !t.closed.Load() {
		return &transport.SendError{Target: out.Target, Err: transport.ErrTooLarge}
	}
	return p.Send(out)
}

// Poll is transport.Transport's. What waits in one part is returned oldest
// first; the parts take turns in being asked first, so that a flood by one
// network keeps nobody from being heard by another.
func (t *Transport) Poll(dst []transport.Inbound) (int, error) {
	if t.closed.Load() {
		return 0, transport.ErrClosed
	}
	t.asking.Lock()
	defer t.asking.Unlock()
	polled, problems := 0, []error(nil)
	for i := range t.parts {
		p := &t.parts[(t.turn+i)%len(t.parts)]
		n, err := p.Poll(dst[polled:]) // also into nothing: it takes back what was polled last
		polled += n
		if err != nil {
			problems = append(problems, err)
		}
	}
	t.turn = (t.turn + 1) % len(t.parts)
	t.signal()
	return polled, errors.Join(problems...)
}

// Ready is transport.Transport's.
func (t *Transport) Ready() <-chan struct{} { return t.ready }

// wake is transport.Local's, of every part.
func (t *Transport) wake() {
	t.asking.Lock()
	defer t.asking.Unlock()
	t.signal()
}

// signal makes ready full exactly while a part has something. The lock is held.
func (t *Transport) signal() {
	if t.closed.Load() || slices.ContainsFunc(t.parts, func(p part) bool { return len(p.Ready()) > 0 }) {
		select {
		case t.ready <- struct{}{}:
		default:
		}
		return
	}
	select {
	case <-t.ready:
	default:
	}
}

// Forget is transport.Transport's: in all parts, since a target does not say by
// which network it was reached.
func (t *Transport) Forget(target netip.AddrPort) {
	for i := range t.parts {
		t.parts[i].Forget(target)
	}
}

// Info is transport.Transport's; its Parts describe each transport.
func (t *Transport) Info() transport.Info {
	all := t.parts[0].Info()
	all.Networks, all.MaxEnvelopeBytes = t.networks, t.largest
	all.Parts = make([]transport.Info, len(t.parts))
	all.Stats = transport.Stats{}
	for i := range t.parts {
		all.Parts[i] = t.parts[i].Info()
		all.DatagramBudget = min(all.DatagramBudget, all.Parts[i].DatagramBudget)
		all.Stats = all.Stats.Plus(all.Parts[i].Stats)
	}
	return all
}

// Close is transport.Transport's. It closes all parts at once, and returns what
// any of them had to say.
func (t *Transport) Close() (err error) {
	t.closing.Do(func() {
		t.closed.Store(true)
		t.wake()
		problems := make([]error, len(t.parts))
		var parts sync.WaitGroup
		for i := range t.parts {
			parts.Go(func() { problems[i] = t.parts[i].Close() })
		}
		parts.Wait()
		err = errors.Join(problems...)
	})
	return err
}
