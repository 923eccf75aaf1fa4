package quic_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
)

// unanswered returns an address at which nobody listens, and the notice that
// says so.
func unanswered(tb testing.TB, listen netip.Addr) (netip.AddrPort, transport.Notice) {
	return vacant(tb, listen), transport.NoticeUnreachable
}

// Where nobody listens the host says so, long before the dial's time-out, and
// what the kernel makes of it hits no other connection.
func TestWhereNobodyListens(t *testing.T) {
	for name, listen := range map[string]netip.Addr{"IPv4": loopback, "IPv6": loopback6, "dual stack": netip.IPv6Unspecified()} {
		t.Run(name, func(t *testing.T) {
			ca := newAuthority(t, "prod")
			open := func(id string) *node {
				return ca.open(id, func(c *quic.Config) {
					c.Listen = netip.AddrPortFrom(listen, 0)
					c.DialTimeout, c.QueueExpiry = patience, patience
					c.BackoffMin, c.BackoffMax = time.Millisecond, time.Millisecond
				})
			}
			a, b := open("a"), open("b")
			at := b.addr()
			if listen.IsUnspecified() {
				at = netip.AddrPortFrom(loopback, at.Port())
			}
			target, want := unanswered(t, at.Addr())
			for i := range uint32(50) {
				err := a.Send(transport.Outbound{Target: target, Envelope: a.envelope(i)})
				if err != nil && !errors.Is(err, transport.ErrBackoff) {
					t.Fatal(err)
				}
				a.send(at, "b", a.envelope(i))
				if r := b.nextEnvelope(); r.envelope.Sequence != i {
					t.Fatalf("received %d, want %d", r.envelope.Sequence, i)
				}
			}
			if r := a.nextNotice(); r.Notice != want || r.Source != target {
				t.Fatalf("notice %v about %v, want %v about %v", r.Notice, r.Source, want, target)
			}
			if got := quic.Dialled(a.Transport); got != 1 {
				t.Errorf("%d connections dialled, want the one there was", got)
			}
		})
	}
}

// A killed peer is reported by its own host, and its connection is kept until
// somebody who knows better forgets it.
func TestKilledPeerIsReported(t *testing.T) {
	ca := newAuthority(t, "prod")
	a, b := ca.open("a", nil), ca.open("b", nil)
	exchange(t, a, b, 1)
	at := b.addr()
	if err := quic.Crash(b.Transport); err != nil {
		t.Fatal(err)
	}
	a.send(at, "b", a.envelope(2))
	if r := a.nextNotice(); r.Notice != transport.NoticeUnreachable || r.Source != at {
		t.Fatalf("notice %v about %v, want unreachable", r.Notice, r.Source)
	}
	if got := quic.Connections(a.Transport); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}
