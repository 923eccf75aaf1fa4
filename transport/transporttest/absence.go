package transporttest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// resend is how long a test waits for a notice, which may get lost, before it
// sends again.
const resend = 100 * time.Millisecond

func (s *suite) testUnanswered(t *testing.T) {
	if s.Unanswered == nil {
		t.Skip("the harness has no unanswered address")
	}
	a, b := s.open(t, "a"), s.open(t, "b")
	target := s.Unanswered(t)
	if err := a.Send(transport.Outbound{Target: target, Envelope: a.quiet(1)}); err != nil {
		t.Fatalf("a target where nobody listens is no error of Send, which says %v", err)
	}
	if s.UnansweredNotice == transport.NoticeNone {
		a.talks(b, 1)
		return
	}
	got := a.awaitNotice(s.UnansweredNotice, transport.Outbound{Target: target, Envelope: a.quiet(1)})
	if got.Source != target {
		t.Errorf("the notice is about %v, want %v", got.Source, target)
	}
	if a.Info().Stats.Notices == 0 {
		t.Errorf("the notice was not counted")
	}
	a.talks(b, 1)
}

// awaitNotice sends until the notice comes.
func (n *node) awaitNotice(want transport.Notice, out transport.Outbound) (notice transport.Inbound) {
	n.t.Helper()
	var sent time.Time
	n.s.eventually(n.t, "notice "+want.String(), func() bool {
		for _, in := range n.drain() {
			if in.Notice == want {
				notice = in
				return true
			}
			if in.Envelope != nil {
				n.t.Fatalf("an envelope arrived where a notice was due: %+v", in)
			}
		}
		if time.Since(sent) > resend {
			_ = n.Send(out) // it may be backing off
			sent = time.Now()
		}
		return false
	})
	return notice
}

func (s *suite) testWrongIdentity(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	if !a.Info().Identities {
		out := a.to(b, a.quiet(1))
		out.Expect = "somebody else"
		if err := a.Send(out); err != nil {
			t.Fatalf("Expect must be ignored without identities: %v", err)
		}
		b.awaitOne()
		return
	}
	out := a.to(b, a.quiet(1))
	out.Expect = "somebody else"
	got := a.awaitNotice(transport.NoticeWrongIdentity, out)
	if got.Identity != "b" || got.Source != b.Info().Local {
		t.Errorf("the notice says %q at %v, want %q at %v", got.Identity, got.Source, "b", b.Info().Local)
	}
	if arrived := b.drain(); len(arrived) != 0 {
		t.Errorf("%+v reached another node than expected", arrived[0])
	}
	out.Expect = "b"
	a.sendUntil(out)
	b.awaitOne()
}

func (s *suite) testForget(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	for _, target := range []netip.AddrPort{{}, netip.AddrPortFrom(b.Info().Local.Addr(), 1), b.Info().Local} {
		a.Forget(target) // never heard of
	}
	a.talks(b, 1)
	for i := range uint32(3) {
		a.Forget(b.Info().Local)
		a.talks(b, i+2)
		b.talks(a, i+2)
	}
}

func (s *suite) testRestart(t *testing.T) {
	a, b := s.open(t, "a"), s.open(t, "b")
	a.talks(b, 1)
	b.talks(a, 1)
	address := b.Info().Local
	if err := b.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	again := s.openAs(t, Local("b"), Options{Listen: address})
	if got := again.Info().Local; got != address {
		t.Fatalf("the harness opened %v where %v was asked for", got, address)
	}
	var sent time.Time
	s.eventually(t, "an envelope reaches the new life", func() bool {
		if time.Since(sent) > resend {
			_ = a.Send(a.to(again, a.quiet(2))) // the old connection may stand in its way
			sent = time.Now()
		}
		return len(again.drain()) > 0
	})
	a.drain() // notices about the old life
	sent = time.Time{}
	s.eventually(t, "the new life reaches its peer", func() bool {
		if time.Since(sent) > resend {
			_ = again.Send(again.to(a, again.quiet(3)))
			sent = time.Now()
		}
		for _, in := range a.drain() {
			if in.Envelope != nil && in.Envelope.Sequence == 3 {
				return true
			}
		}
		return false
	})
}
