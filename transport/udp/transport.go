package udp

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// NetworkName is the word of this transport in endpoints.
const NetworkName = "udp"

// networks is Info.Networks.
var networks = []string{NetworkName}

// Transport is a node's UDP socket; Config.Open makes it.
type Transport struct {
	config Config
	local  transport.Local
	conn   net.PacketConn
	socket socket
	frame  framing
	inbox  *transport.Inbox
	queue  *sendQueue
	// prompt is the socket, if it can write without waiting, and leave whether the
	// next Send may use it so.
	prompt promptWriter
	leave  atomic.Bool
	// strangers limits sources that are no known members.
	strangers *strangers
	keyFile   *keyFile // nil if there is none to follow

	bound netip.AddrPort

	log *slog.Logger

	// The writer's last result of socket.unreachable, and whether it has warned.
	writerSeen     uint64
	warnedTooLarge bool

	stopping   chan struct{} // closed when Close begins
	drained    chan struct{} // closed when the writer has ended
	closing    sync.Once
	goroutines sync.WaitGroup
}

var _ transport.Transport = (*Transport)(nil)

func newTransport(
	config Config, local transport.Local, conn net.PacketConn, bound netip.AddrPort, frame framing, inbox *transport.Inbox,
) *Transport {
	return &Transport{
		config: config, local: local, conn: conn, frame: frame, inbox: inbox,
		queue:     newSendQueue(config.SendQueue),
		strangers: newStrangers(config.StrangerRate, time.Now()),
		bound:     bound,
		stopping:  make(chan struct{}),
		drained:   make(chan struct{}),
	}
}

func (t *Transport) start() {
	t.goroutines.Go(t.readLoop)
	t.goroutines.Go(t.writeLoop)
	if t.keyFile != nil {
		t.goroutines.Go(func() { t.keyFile.follow(t.config.ReloadInterval, t.stopping) })
	}
}

// Send is transport.Transport's. The first one after a Poll that returned no more
// than one thing hands its datagram to the system itself, if nothing is before it
// and the system takes it without waiting. All others leave that to the writer.
//
// A driver polls, and in a quiet cluster has one thing to say then: an answer, or
// a probe. To have the writer say it would mean to wake a thread, which costs more
// than the system call. Where there is more to say, the writer makes the system
// calls, in batches and beside the driver, who pays 0.3 µs each for encoding and
// sealing. Either way, what the system refuses is no error of Send, and counts as
// DropSend.
func (t *Transport) Send(out transport.Outbound) error {
	if err := t.send(out); err != nil {
		return &transport.SendError{Target: out.Target, Err: err}
	}
	return nil
}

func (t *Transport) send(out transport.Outbound) error {
	target, version, err := t.check(out)
	d, closed := (*datagram)(nil), false
	if err == nil {
		d, closed = t.queue.reserve()
	} else {
		closed = t.queue.isClosed()
	}
	switch {
	case closed:
		return transport.ErrClosed
	case err != nil:
		return err
	case d == nil:
		return transport.ErrQueueFull
	}
	d.target = target
	d.bytes = t.frame.begin(d.bytes, version)
	header := len(d.bytes)
	d.bytes = out.Envelope.AppendTo(d.bytes)
	size := len(d.bytes) - header
	if size > t.config.MaxDatagramBytes {
		t.queue.cancel(d)
		return transport.ErrTooLarge
	}
	d.bytes = t.frame.finish(d.bytes)
	if t.leave.Load() && t.leave.Swap(false) && t.queue.claim() {
		t.queue.release(d, t.prompt.writeNow(d))
	} else if !t.queue.commit(d) {
		return transport.ErrClosed
	}
	t.inbox.CountSent(size)
	if out.Expect != "" {
		t.strangers.meet(target) // whom the caller knows by name
	}
	return nil
}

// check resolves what can be wrong with out before it is encoded.
func (t *Transport) check(out transport.Outbound) (target netip.AddrPort, version uint8, err error) {
	target, err = transport.CanonicalTarget(out.Target)
	switch {
	case err != nil:
		return target, 0, err
	case out.Network != "" && out.Network != NetworkName, !t.socket.reaches(target.Addr()):
		return target, 0, transport.ErrInvalidTarget
	case !t.config.Filter.Permits(target.Addr()):
		return target, 0, transport.ErrNotAllowed
	case out.Envelope == nil:
		return target, 0, transport.ErrNoEnvelope
	}
	version, err = t.local.SendVersion(out.Version)
	return target, version, err
}

// Poll is transport.Transport's.
func (t *Transport) Poll(dst []transport.Inbound) (int, error) {
	n, err := t.inbox.Poll(dst)
	t.leave.Store(t.prompt != nil && n < 2)
	return n, err
}

// Ready is transport.Transport's.
func (t *Transport) Ready() <-chan struct{} { return t.inbox.Ready() }

// Forget discards what waits for target; there is no connection to close.
func (t *Transport) Forget(target netip.AddrPort) {
	target, err := transport.CanonicalTarget(target)
	if err != nil {
		return
	}
	for range t.queue.forget(target) {
		t.inbox.Drop(transport.DropSend)
	}
}

// Info is transport.Transport's.
func (t *Transport) Info() transport.Info {
	stats := t.inbox.Stats()
	stats.Queued = t.queue.length()
	return transport.Info{
		Networks:         networks,
		Local:            t.bound,
		DatagramBudget:   t.config.MaxDatagramBytes,
		MaxEnvelopeBytes: t.config.MaxDatagramBytes,
		Stats:            stats,
	}
}

// closeLinger is how long Close waits for the system to take what is queued.
const closeLinger = 100 * time.Millisecond

// Close hands what is queued to the system, unless that takes longer than a
// moment, and closes the socket.
func (t *Transport) Close() (err error) {
	t.closing.Do(func() {
		close(t.stopping)
		t.queue.close()
		linger := time.NewTimer(closeLinger)
		defer linger.Stop()
		select {
		case <-t.drained:
		case <-linger.C:
		}
		err = t.conn.Close() // also ends a write that waits: what is left then counts as lost
		t.goroutines.Wait()
		t.inbox.Close()
	})
	return err
}
