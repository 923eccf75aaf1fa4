package gossiper_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/golang/mock/gomock"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

func TestAStepPollsHandlesTicksSendsAndPublishesInThisOrder(t *testing.T) {
	const now = membership.Instant(42)
	r := newRig(t, nil)
	in := transport.Inbound{
		Source: peerA, Network: "quic", Identity: "a", Version: 7, Envelope: &hearsayv1.Envelope{Sender: 1},
	}
	out := membership.Outbound{
		Target: peerB, Network: "udp", Expect: "b", Version: 9, Envelope: &hearsayv1.Envelope{Sender: 2},
	}
	event := membership.SeedSilent{Address: peerB}
	old, changed := r.view, &membership.View{Version: 2}
	gomock.InOrder(
		r.polls([]transport.Inbound{in}),
		r.coordinator.EXPECT().Handle(now, membership.Inbound{
			Source: in.Source, Network: in.Network, Identity: in.Identity, Version: in.Version, Envelope: in.Envelope,
		}),
		r.coordinator.EXPECT().Tick(now, wall).DoAndReturn(
			func(membership.Instant, any) membership.Instant { r.view = changed; return 99 }),
		r.coordinator.EXPECT().Outbound().Return([]membership.Outbound{out}),
		r.transport.EXPECT().Send(transport.Outbound{
			Target: out.Target, Network: out.Network, Expect: out.Expect, Version: out.Version, Envelope: out.Envelope,
		}).DoAndReturn(func(transport.Outbound) error {
			if r.View() != old {
				t.Error("the view changes before everything is sent")
			}
			return nil
		}),
		r.coordinator.EXPECT().Forgotten().Return([]netip.AddrPort{peerA}),
		r.transport.EXPECT().Forget(peerA),
		r.coordinator.EXPECT().Events().Return([]membership.Event{event}),
		r.publisher.EXPECT().Publish(event).Do(func(membership.Event) {
			if r.View() != changed {
				t.Error("whoever is told of a change does not find it in the view")
			}
		}),
	)
	if err := r.Step(now); err != nil {
		t.Error(err)
	}
	if got := r.Deadline(); got != 99 {
		t.Errorf("Deadline is %d, want what Tick returned", got)
	}
	want := gossiper.Stats{Steps: 1, Handled: 1, Sent: 1, Published: 1}
	if got := r.Stats(); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

func TestAnEmptyPollIsNoError(t *testing.T) {
	r := newRig(t, nil)
	for now := range membership.Instant(3) {
		gomock.InOrder(append([]*gomock.Call{r.polls()}, r.ticks(now, nil, nil)...)...)
		if err := r.Step(now); err != nil {
			t.Error(err)
		}
	}
}

func TestAStepPollsUntilNothingIsLeft(t *testing.T) {
	r := newRig(t, nil)
	in := func(sender uint64) transport.Inbound {
		return transport.Inbound{Source: peerA, Envelope: &hearsayv1.Envelope{Sender: sender}}
	}
	var handled []uint64
	r.coordinator.EXPECT().Handle(gomock.Any(), gomock.Any()).Do(func(_ membership.Instant, in membership.Inbound) {
		handled = append(handled, in.Envelope.Sender)
	}).Times(5)
	// A batch that is not full was all there was: the third poll is the last.
	poll := r.polls([]transport.Inbound{in(1), in(2)}, []transport.Inbound{in(3), in(4)}, []transport.Inbound{in(5)}).Times(3)
	gomock.InOrder(append([]*gomock.Call{poll}, r.ticks(1, nil, nil)...)...)
	if err := r.Step(1); err != nil {
		t.Error(err)
	}
	if want := []uint64{1, 2, 3, 4, 5}; !slices.Equal(handled, want) {
		t.Errorf("handled %v, want %v", handled, want)
	}
}

func TestPollingIsBoundedByMaxPollsPerStep(t *testing.T) {
	r := newRig(t, func(cfg *gossiper.Config) { cfg.MaxPollsPerStep = 3 })
	in := transport.Inbound{Source: peerA, Envelope: &hearsayv1.Envelope{}}
	full := r.transport.EXPECT().Poll(gomock.Len(2)).DoAndReturn(func(dst []transport.Inbound) (int, error) {
		return copy(dst, []transport.Inbound{in, in}), nil
	}).Times(3)
	r.coordinator.EXPECT().Handle(membership.Instant(1), gomock.Any()).Times(6)
	gomock.InOrder(append([]*gomock.Call{full}, r.ticks(1, nil, nil)...)...)
	if err := r.Step(1); err != nil {
		t.Error(err)
	}
	if got := r.Stats(); got.Overruns != 1 || got.Handled != 6 {
		t.Errorf("stats are %+v; want 1 overrun and 6 handled", got)
	}
}

func TestAFailedSendIsAnEventAndNotTheEnd(t *testing.T) {
	for _, sentinel := range []error{
		transport.ErrQueueFull, transport.ErrTooLarge, transport.ErrInvalidTarget, transport.ErrNotAllowed,
		transport.ErrVersion, transport.ErrBackoff, transport.ErrClosed,
	} {
		t.Run(sentinel.Error(), func(t *testing.T) {
			r := newRig(t, nil)
			failure := &transport.SendError{Target: peerA, Err: sentinel}
			event := membership.SeedSilent{Address: peerB}
			r.polls()
			r.ticks(1, []membership.Outbound{{Target: peerA}, {Target: peerB}}, []membership.Event{event})
			gomock.InOrder(
				r.transport.EXPECT().Send(transport.Outbound{Target: peerA}).Return(failure),
				r.transport.EXPECT().Send(transport.Outbound{Target: peerB}),
				r.publisher.EXPECT().Publish(gossiper.SendFailed{Target: peerA, Err: failure}),
				r.publisher.EXPECT().Publish(event),
			)
			err := r.Step(1)
			if !errors.Is(err, sentinel) {
				t.Errorf("Step returns %v, want a %v", err, sentinel)
			}
			if e, ok := errors.AsType[*transport.SendError](err); !ok || e.Target != peerA {
				t.Errorf("Step returns %v, which does not name the target", err)
			}
			want := gossiper.Stats{Steps: 1, Sent: 1, SendsFailed: 1, Published: 2}
			if got := r.Stats(); got != want {
				t.Errorf("stats are %+v, want %+v", got, want)
			}
		})
	}
}

// TestTheCoordinatorHearsOfRefusedSends: in the next step, once, before anything
// that arrives, as a trouble of its own node.
func TestTheCoordinatorHearsOfRefusedSends(t *testing.T) {
	for refusal, notice := range map[error]membership.Notice{
		transport.ErrBackoff:   membership.NoticeBackoff,
		transport.ErrQueueFull: membership.NoticeExpired,
	} {
		t.Run(refusal.Error(), func(t *testing.T) { hearsOfRefusal(t, refusal, notice) })
	}
}

func hearsOfRefusal(t *testing.T, refusal error, notice membership.Notice) {
	r := newRig(t, nil)
	r.polls()
	r.ticks(1, []membership.Outbound{{Target: peerA, Network: "udp"}, {Target: peerB}}, nil)
	r.transport.EXPECT().Send(gomock.Any()).Return(&transport.SendError{Target: peerA, Err: refusal})
	r.transport.EXPECT().Send(gomock.Any())
	r.publisher.EXPECT().Publish(gomock.Any())
	_ = r.Step(1)
	gomock.InOrder(
		r.coordinator.EXPECT().Handle(membership.Instant(2), membership.Inbound{
			Source: peerA, Network: "udp", Notice: notice,
		}),
		r.polls(),
	)
	r.ticks(2, nil, nil)
	_ = r.Step(2)
	r.polls()
	r.ticks(3, nil, nil)
	if err := r.Step(3); err != nil {
		t.Error(err)
	}
}

func TestAStepReturnsAllItsErrorsOnce(t *testing.T) {
	r := newRig(t, nil)
	pollFailed := errors.New("poll failed")
	r.transport.EXPECT().Poll(gomock.Any()).DoAndReturn(func(dst []transport.Inbound) (int, error) {
		dst[0] = transport.Inbound{Source: peerA, Envelope: &hearsayv1.Envelope{}}
		return 1, pollFailed
	})
	// What came with the error counts, and the error keeps nothing from being done.
	r.coordinator.EXPECT().Handle(membership.Instant(1), gomock.Any())
	r.ticks(1, []membership.Outbound{{Target: peerA}, {Target: peerB}}, nil)
	r.transport.EXPECT().Send(gomock.Any()).Return(transport.ErrQueueFull)
	r.transport.EXPECT().Send(gomock.Any()).Return(transport.ErrTooLarge)
	r.publisher.EXPECT().Publish(gomock.Any()).Times(2)
	err := r.Step(1)
	for _, want := range []error{pollFailed, transport.ErrQueueFull, transport.ErrTooLarge} {
		if !errors.Is(err, want) {
			t.Errorf("Step returns %v, which is no %v", err, want)
		}
	}
	r.coordinator.EXPECT().Handle(membership.Instant(2), gomock.Any()).Times(2)
	r.polls()
	r.ticks(2, nil, nil)
	if err := r.Step(2); err != nil {
		t.Errorf("the next step repeats %v", err)
	}
	if got := r.Stats().PollsFailed; got != 1 {
		t.Errorf("%d polls failed, want 1", got)
	}
}

func TestANoticeIsAnEventAndReachesTheCoordinator(t *testing.T) {
	tests := map[transport.Notice]membership.Notice{
		transport.NoticeUnreachable:   membership.NoticeUnreachable,
		transport.NoticeWrongIdentity: membership.NoticeWrongIdentity,
		transport.NoticeRefused:       membership.NoticeRefused,
		transport.NoticeExpired:       membership.NoticeExpired,
		// One that this version does not know is told, and is evidence of nothing.
		transport.Notice(200): membership.NoticeNone,
	}
	for notice, want := range tests {
		t.Run(notice.String(), func(t *testing.T) {
			r := newRig(t, nil)
			r.polls([]transport.Inbound{{Source: peerA, Network: "udp", Identity: "stranger", Notice: notice}})
			if want != membership.NoticeNone {
				r.coordinator.EXPECT().Handle(membership.Instant(1), membership.Inbound{
					Source: peerA, Network: "udp", Identity: "stranger", Notice: want,
				})
			}
			r.ticks(1, nil, nil)
			r.publisher.EXPECT().Publish(gomock.Any()).Do(func(e membership.Event) {
				failed, _ := e.(gossiper.SendFailed)
				cause, ok := errors.AsType[*gossiper.NoticeError](failed.Err)
				if !ok || failed.Target != peerA || cause.Notice != notice || cause.Identity != "stranger" {
					t.Errorf("the event is %#v", e)
				}
			})
			if err := r.Step(1); err != nil {
				t.Errorf("a notice is no error of the step: %v", err)
			}
			if got := r.Stats(); got.Notices != 1 || got.Handled != 1 {
				t.Errorf("stats are %+v, want one notice handled", got)
			}
		})
	}
}

func TestAClosedTransportEndsTheStep(t *testing.T) {
	for _, closed := range []error{transport.ErrClosed, fmt.Errorf("socket: %w", transport.ErrClosed)} {
		r := newRig(t, nil)
		r.transport.EXPECT().Poll(gomock.Any()).Return(0, closed)
		err := r.Step(1) // and no Tick: what cannot be sent must not age
		if !errors.Is(err, gossiper.ErrTransportClosed) || !errors.Is(err, transport.ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("Step returns %v", err)
		}
	}
}

func TestAnotherErrorOfPollIsNotTheEnd(t *testing.T) {
	r := newRig(t, nil)
	r.transport.EXPECT().Poll(gomock.Any()).Return(0, io.ErrUnexpectedEOF)
	r.ticks(1, nil, nil)
	if err := r.Step(1); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gossiper.ErrTransportClosed) {
		t.Errorf("Step returns %v", err)
	}
}

func TestTheViewIsStoredWhenItChanges(t *testing.T) {
	r := newRig(t, nil)
	first := r.view
	if r.View() != first {
		t.Error("before the first step there is another view than the coordinator's")
	}
	r.transport.EXPECT().Poll(gomock.Any()).Return(0, nil).Times(2)
	r.ticks(1, nil, nil)
	_ = r.Step(1)
	if r.View() != first {
		t.Error("the view has changed without a change")
	}
	r.view = &membership.View{Version: 2}
	r.ticks(2, nil, nil)
	_ = r.Step(2)
	if r.View() != r.view {
		t.Error("the view has not changed with the coordinator's")
	}
}

func TestALocalChangeRunsInTheNextStep(t *testing.T) {
	r := newRig(t, nil)
	var order []string
	returned := make(chan error)
	posted := make(chan struct{})
	ctx := &watchedContext{Context: t.Context(), looked: posted}
	go func() {
		returned <- r.Do(ctx, func(now membership.Instant) { order = append(order, fmt.Sprint("change at ", now)) })
	}()
	<-posted
	r.transport.EXPECT().Poll(gomock.Any()).Do(func([]transport.Inbound) { order = append(order, "poll") }).Return(0, nil).AnyTimes()
	r.coordinator.EXPECT().Tick(gomock.Any(), wall).AnyTimes()
	r.coordinator.EXPECT().Outbound().AnyTimes()
	r.coordinator.EXPECT().Forgotten().AnyTimes()
	r.coordinator.EXPECT().Events().AnyTimes()
	var err error
	for now := membership.Instant(1); ; now++ {
		_ = r.Step(now)
		select {
		case err = <-returned:
		default:
			continue
		}
		break
	}
	if err != nil {
		t.Error(err)
	}
	i := slices.IndexFunc(order, func(s string) bool { return s != "poll" })
	if i < 0 || i+1 >= len(order) || order[i+1] != "poll" {
		t.Errorf("the order is %q; want the change before the polling of its step", order)
	}
}

// watchedContext tells when Do first looks at it.
type watchedContext struct {
	context.Context
	looked chan struct{}
	told   bool
}

func (c *watchedContext) Done() <-chan struct{} {
	if !c.told {
		c.told = true
		close(c.looked)
	}
	return c.Context.Done()
}

func TestAnAbandonedChangeNeverRuns(t *testing.T) {
	r := newRig(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	tired := errors.New("tired")
	cancel(tired)
	for range 20 { // whether it was put into the mailbox or not
		err := r.Do(ctx, func(membership.Instant) { t.Error("an abandoned change runs") })
		if !errors.Is(err, tired) {
			t.Errorf("Do returns %v, want the cause of its context", err)
		}
	}
	r.polls()
	r.ticks(1, nil, nil)
	_ = r.Step(1)
}
