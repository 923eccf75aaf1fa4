package quic_test

import (
	"errors"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/wire"
)

// patience bounds every wait of these tests; what they wait for takes
// milliseconds.
const patience = 20 * time.Second

var (
	loopback  = netip.MustParseAddr("127.0.0.1")
	loopback6 = netip.MustParseAddr("::1")
)

// authority issues certificates for one test.
type authority struct {
	tb  testing.TB
	dir string
	ca  *devca.Authority

	issued map[string]devca.Pair
}

func newAuthority(tb testing.TB, cluster string) *authority {
	tb.Helper()
	ca, err := devca.New(cluster, devca.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	a := &authority{tb: tb, dir: tb.TempDir(), ca: ca}
	if err := ca.Write(a.dir, false); err != nil {
		tb.Fatal(err)
	}
	return a
}

// forCluster returns an authority for another cluster with the same key.
func (a *authority) forCluster(cluster string) *authority {
	a.tb.Helper()
	other := &authority{tb: a.tb, dir: a.tb.TempDir(), ca: &devca.Authority{Cluster: cluster, Pair: a.ca.Pair}}
	if err := other.ca.Write(other.dir, false); err != nil {
		a.tb.Fatal(err)
	}
	return other
}

// issue writes the certificate of a node.
func (a *authority) issue(id string, options devca.Options) devca.Pair {
	a.tb.Helper()
	pair, err := a.ca.Issue(id, options)
	if err == nil {
		err = pair.Write(a.dir, true)
	}
	if err != nil {
		a.tb.Fatal(err)
	}
	if a.issued == nil {
		a.issued = make(map[string]devca.Pair)
	}
	a.issued[id] = pair
	return pair
}

// config returns the configuration of a node. A node that had a certificate
// keeps it. The machine may be slow, and most tests are not about that: nothing
// expires soon.
func (a *authority) config(id string) quic.Config {
	pair, issued := a.issued[id]
	if !issued {
		pair = a.issue(id, devca.Options{})
	}
	return quic.Config{
		Listen:   netip.AddrPortFrom(loopback, 0),
		CertFile: pair.CertFile(a.dir),
		KeyFile:  pair.KeyFile(a.dir),
		CAFile:   filepath.Join(a.dir, "ca.pem"),

		DialTimeout: patience,
		QueueExpiry: patience,
	}
}

// open opens a node; change, which may be nil, changes its configuration first.
func (a *authority) open(id string, change func(*quic.Config)) *node {
	a.tb.Helper()
	config := a.config(id)
	if change != nil {
		change(&config)
	}
	return openNode(a.tb, config, transport.Local{NodeID: id, Cluster: a.ca.Cluster})
}

// node is an open transport, with a driver's side for tests.
type node struct {
	transport.Transport
	tb testing.TB
	id string

	mu      sync.Mutex
	batch   [64]transport.Inbound
	backlog []received
}

// received is an Inbound that outlives the next Poll.
type received struct {
	transport.Inbound
	envelope *hearsayv1.Envelope
}

func openNode(tb testing.TB, config quic.Config, local transport.Local) *node {
	tb.Helper()
	opened, err := config.Open(local)
	if err != nil {
		tb.Fatal(err)
	}
	n := &node{Transport: opened, tb: tb, id: local.NodeID}
	tb.Cleanup(func() {
		if err := n.Close(); err != nil {
			tb.Errorf("Close of %s: %v", n.id, err)
		}
	})
	return n
}

func (n *node) addr() netip.AddrPort { return n.Info().Local }

// envelope returns an envelope of n that is told apart by its sequence.
func (n *node) envelope(sequence uint32) *hearsayv1.Envelope {
	return &hearsayv1.Envelope{Sender: wire.Key(n.id), Generation: 1, Sequence: sequence, Root: 1}
}

// sized returns an envelope of n with a payload of so many bytes.
func (n *node) sized(sequence uint32, size int) *hearsayv1.Envelope {
	e := n.envelope(sequence)
	e.App = []hearsayv1.AppMessage{{Channel: 1, Payload: make([]byte, size)}}
	return e
}

// send sends an envelope and requires that it is accepted.
func (n *node) send(to netip.AddrPort, expect string, e *hearsayv1.Envelope) {
	n.tb.Helper()
	if err := n.Send(transport.Outbound{Target: to, Expect: expect, Envelope: e}); err != nil {
		n.tb.Fatalf("%s: %v", n.id, err)
	}
}

// next returns what n receives next.
func (n *node) next() received {
	n.tb.Helper()
	r, ok := n.nextWithin(patience)
	if !ok {
		n.tb.Fatalf("%s received nothing; stats %+v", n.id, n.Info().Stats)
	}
	return r
}

// nextWithin returns what n receives next, if that is soon enough.
func (n *node) nextWithin(limit time.Duration) (received, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for len(n.backlog) == 0 {
		select {
		case <-n.Ready():
		case <-deadline.C:
			return received{}, false
		}
		count, err := n.Poll(n.batch[:])
		if err != nil {
			return received{}, false
		}
		for _, in := range n.batch[:count] {
			r := received{Inbound: in}
			if in.Envelope != nil {
				r.envelope = in.Envelope.Clone()
			}
			n.backlog = append(n.backlog, r)
		}
	}
	r := n.backlog[0]
	n.backlog = n.backlog[1:]
	return r, true
}

// nextEnvelope returns the next envelope, passing over notices.
func (n *node) nextEnvelope() received {
	n.tb.Helper()
	for {
		r := n.next()
		if r.Notice == transport.NoticeNone {
			return r
		}
		n.tb.Logf("%s passes over the notice %v about %v", n.id, r.Notice, r.Source)
	}
}

// nextNotice returns the next notice, passing over envelopes.
func (n *node) nextNotice() received {
	n.tb.Helper()
	for {
		if r := n.next(); r.Notice != transport.NoticeNone {
			return r
		}
	}
}

// drops returns how often n dropped something for a cause.
func (n *node) drops(cause transport.Drop) uint64 { return n.Info().Stats.Dropped[cause] }

// exchange sends an envelope from a to b, and requires that it arrives.
func exchange(tb testing.TB, a, b *node, sequence uint32) {
	tb.Helper()
	a.send(b.addr(), b.id, a.envelope(sequence))
	r := b.nextEnvelope()
	if r.envelope.Sequence != sequence || r.Identity != a.id || r.Source != a.addr() {
		tb.Fatalf("%s received sequence %d of %q at %v, want %d of %q at %v", b.id,
			r.envelope.Sequence, r.Identity, r.Source, sequence, a.id, a.addr())
	}
}

func TestBothDirectionsOverOneConnection(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	// The answer goes to the source address, over the connection that is there.
	b.send(a.addr(), "", b.envelope(2))
	r := a.nextEnvelope()
	if r.Identity != "b" || r.Source != b.addr() || r.Network != quic.Network || r.Version != 1 {
		t.Fatalf("received %+v", r.Inbound)
	}
	for _, n := range []*node{a, b} {
		if got := quic.Connections(n.Transport); got != 1 {
			t.Errorf("%s has %d connections, want 1", n.id, got)
		}
	}
}

func TestIPv6AndDualStack(t *testing.T) {
	ca := newAuthority(t, "prod")
	open := func(id string, listen netip.Addr) *node {
		return ca.open(id, func(c *quic.Config) { c.Listen = netip.AddrPortFrom(listen, 0) })
	}
	a, b := open("a", loopback6), open("b", loopback6)
	exchange(t, a, b, 1)

	both, v4 := open("both", netip.IPv6Unspecified()), open("v4", loopback)
	port := both.addr().Port()
	v4.send(netip.AddrPortFrom(loopback, port), "both", v4.envelope(2))
	if r := both.nextEnvelope(); r.Source != v4.addr() {
		t.Errorf("source %v, want %v without mapping", r.Source, v4.addr())
	}
	both.send(a.addr(), "a", both.envelope(3))
	if r := a.nextEnvelope(); r.Source != netip.AddrPortFrom(loopback6, port) {
		t.Errorf("source %v, want %v", r.Source, netip.AddrPortFrom(loopback6, port))
	}
	err := v4.Send(transport.Outbound{Target: a.addr(), Envelope: v4.envelope(4)})
	if !errors.Is(err, transport.ErrInvalidTarget) {
		t.Errorf("an IPv4 socket to an IPv6 address: %v, want ErrInvalidTarget", err)
	}
	err = a.Send(transport.Outbound{Target: v4.addr(), Envelope: a.envelope(5)})
	if !errors.Is(err, transport.ErrInvalidTarget) {
		t.Errorf("an IPv6 socket to an IPv4 address: %v, want ErrInvalidTarget", err)
	}
}

func TestLargeEnvelopesTakeStreams(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	budget, largest := a.Info().DatagramBudget, a.Info().MaxEnvelopeBytes
	overhead := a.sized(1, largest/2).Size() - largest/2
	for i, size := range []int{budget - overhead - 8, budget + 1, 64 << 10, largest - overhead - 8} {
		e := a.sized(uint32(i+1), size)
		a.send(b.addr(), "b", e)
		if r := b.nextEnvelope(); !r.envelope.Equal(e) {
			t.Fatalf("envelope of %d bytes arrived as another", e.Size())
		}
	}
	err := a.Send(transport.Outbound{Target: b.addr(), Envelope: a.sized(9, largest)})
	if !errors.Is(err, transport.ErrTooLarge) {
		t.Errorf("too large: %v, want ErrTooLarge", err)
	}
	if stats := b.Info().Stats; stats.Received != 4 || stats.ReceivedBytes != a.Info().Stats.SentBytes {
		t.Errorf("stats %+v do not match the sender's %+v", stats, a.Info().Stats)
	}
}

func TestSelf(t *testing.T) {
	ca := newAuthority(t, "prod")
	a := ca.open("a", nil)
	for i := range uint32(3) {
		a.send(a.addr(), "a", a.envelope(i+1))
		if r := a.nextEnvelope(); r.envelope.Sequence != i+1 || r.Identity != "a" {
			t.Fatalf("received %+v", r.Inbound)
		}
	}
}

func TestPeerThatNeverAnswersDelaysNoOther(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", func(c *quic.Config) {
		c.QueueEnvelopes, c.MaxDialsInFlight = 4, 1
		c.DialTimeout, c.QueueExpiry = 500*time.Millisecond, 200*time.Millisecond
	}), ca.open("b", nil)
	exchange(t, b, a, 1) // it is b that dials, however long that takes
	silent := silence(t)
	for i := range 4 {
		a.send(silent, "", a.envelope(uint32(i)))
	}
	if err := a.Send(transport.Outbound{Target: silent, Envelope: a.envelope(5)}); !errors.Is(err, transport.ErrQueueFull) {
		t.Fatalf("fifth envelope: %v, want ErrQueueFull", err)
	}
	exchange(t, a, b, 2) // while the only dial is in flight
	if r := a.nextNotice(); r.Notice != transport.NoticeExpired || r.Source != silent {
		t.Fatalf("notice %v about %v, want expired about %v", r.Notice, r.Source, silent)
	}
	if got := a.drops(transport.DropSend); got != 4 {
		t.Errorf("%d envelopes counted as dropped, want 4", got)
	}
}

// Where dials are slow, what would wait behind one is refused, and what needs none
// is sent.
func TestWhatWouldWaitForADialIsRefused(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", func(c *quic.Config) { c.QueueExpiry = 4 * time.Second }), ca.open("b", nil)
	exchange(t, a, b, 1)
	quic.SlowDials(a.Transport, 2*time.Second)

	dialled, late := silence(t), silence(t)
	a.send(dialled, "", a.envelope(2))
	peers := quic.Peers(a.Transport)
	if err := a.Send(transport.Outbound{Target: late, Envelope: a.envelope(3)}); !errors.Is(err, transport.ErrQueueFull) {
		t.Errorf("behind a dial of two seconds: %v, want ErrQueueFull", err)
	}
	if got := quic.Peers(a.Transport); got != peers {
		t.Errorf("%d peers, want %d: something is kept for who was refused", got, peers)
	}
	a.send(dialled, "", a.envelope(4)) // for it, the dial is under way
	exchange(t, a, b, 5)

	quic.SlowDials(a.Transport, 100*time.Millisecond)
	a.send(late, "", a.envelope(6))
}

// Peers that never answer keep the others from being dialled for a moment only,
// although their own dials take much longer, and there are as many of them as
// may be dialled at first.
func TestSilenceDoesNotFillTheWindow(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", func(c *quic.Config) { c.DialTimeout = 30 * time.Second }), ca.open("b", nil)
	for i := range uint32(2) {
		a.send(silence(t), "", a.envelope(i))
	}
	exchange(t, a, b, 9)
}

// Once a dial has failed the peer is left alone.
func TestBackOff(t *testing.T) {
	ca := newAuthority(t, "prod")
	a := ca.open("a", func(c *quic.Config) {
		c.DialTimeout, c.QueueExpiry = 100*time.Millisecond, 10*time.Second
		c.BackoffMin, c.BackoffMax = time.Minute, time.Minute
	})
	silent := silence(t)
	a.send(silent, "", a.envelope(1))
	if r := a.nextNotice(); r.Notice != transport.NoticeExpired {
		t.Fatalf("notice %v, want expired", r.Notice)
	}
	err := a.Send(transport.Outbound{Target: silent, Envelope: a.envelope(2)})
	if !errors.Is(err, transport.ErrBackoff) {
		t.Fatalf("after a failed dial: %v, want ErrBackoff", err)
	}
	a.Forget(silent)
	a.send(silent, "", a.envelope(3))
}

func TestForgetClosesAndStartsAfresh(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	a.Forget(b.addr())
	if got := quic.Connections(a.Transport); got != 0 {
		t.Errorf("%d connections after Forget, want 0", got)
	}
	exchange(t, a, b, 2)
	a.Forget(netip.AddrPort{}) // nobody: nothing happens
}

func TestClosed(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	start := time.Now()
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("Close took %v", took)
	}
	for name, err := range map[string]error{
		"Send":    a.Send(transport.Outbound{Target: b.addr(), Envelope: a.envelope(1)}),
		"no Send": a.Send(transport.Outbound{Envelope: a.envelope(1)}),
	} {
		if !errors.Is(err, transport.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
	if _, err := a.Poll(nil); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("Poll after Close: %v, want ErrClosed", err)
	}
	a.Forget(b.addr())
	if a.Info().Local != a.addr() || !a.addr().IsValid() {
		t.Errorf("Info after Close: %+v", a.Info())
	}
}

// silence returns an address at which packets are taken and never answered.
func silence(tb testing.TB) netip.AddrPort {
	tb.Helper()
	return listenUDP(tb).LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
}
