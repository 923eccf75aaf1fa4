package gossiper_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/gen/mocks/mockgossiper"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/wire"
)

// script is a coordinator that writes down when it is called. It is changed in
// Do only; tests read what was written down by the methods below.
type script struct {
	// next returns the deadline that follows the tick at now, the nth.
	next      func(now membership.Instant, n int) membership.Instant
	events    []membership.Event
	out       []membership.Outbound
	view      *membership.View
	isStopped bool

	mu      sync.Mutex
	ticks   []time.Duration
	handled []membership.Inbound
}

func newScript() *script {
	return &script{
		view: &membership.View{Version: 1},
		next: func(membership.Instant, int) membership.Instant { return membership.Never },
	}
}

func (s *script) Tick(now membership.Instant, _ time.Time) membership.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ticks = append(s.ticks, time.Duration(now))
	return s.next(now, len(s.ticks))
}
func (s *script) Handle(_ membership.Instant, in membership.Inbound) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.Envelope = nil // is not ours to keep
	s.handled = append(s.handled, in)
}
func (s *script) Events() []membership.Event {
	events := s.events
	s.events = nil
	return events
}
func (s *script) Outbound() []membership.Outbound {
	out := s.out
	s.out = nil
	return out
}
func (s *script) Forgotten() []netip.AddrPort { return nil }
func (s *script) View() *membership.View      { return s.view }
func (s *script) Stopped() bool               { return s.isStopped }

func (s *script) tickTimes() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ticks)
}

func (s *script) handledSoFar() []membership.Inbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.handled)
}

// stage is a gossiper in a bubble of virtual time, on a memory transport.
type stage struct {
	*gossiper.Gossiper
	coordinator *script
	network     *memory.Network
	transport   transport.Transport
}

func newStage(t *testing.T, change func(*gossiper.Config, *script)) *stage {
	t.Helper()
	network, err := memory.NewNetwork(memory.NetworkConfig{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{coordinator: newScript(), network: network}
	s.transport = s.open(t, "a")
	cfg := gossiper.Config{
		Transport:    s.transport,
		Coordinator:  s.coordinator,
		Publisher:    gossiper.NewStream(s.coordinator.view),
		TickInterval: tickInterval,
	}
	if change != nil {
		change(&cfg, s.coordinator)
	}
	if s.Gossiper, err = gossiper.New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) open(t *testing.T, id string) transport.Transport {
	t.Helper()
	tr, err := memory.Config{Network: s.network}.Open(transport.Local{NodeID: id, Cluster: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

// inBubble runs body on a started stage, and ends its loop.
func inBubble(t *testing.T, change func(*gossiper.Config, *script), body func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, change)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		body(t, s)
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// pass lets d of virtual time pass, as far as the loop gets in it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

const (
	ms = time.Millisecond
	// tickInterval is what the loops of these tests are set to.
	tickInterval = 100 * ms
)

func expectTicks(t *testing.T, s *stage, want ...time.Duration) {
	t.Helper()
	if got := s.coordinator.tickTimes(); !slices.Equal(got, want) {
		t.Errorf("the coordinator ticked at %v, want %v", got, want)
	}
}

func TestTheLoopStepsAtOnceAndThenEveryTickInterval(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, s *stage) {
		expectTicks(t, s, 0)
		pass(350 * ms)
		expectTicks(t, s, 0, 100*ms, 200*ms, 300*ms)
	})
}

func TestTheLoopMeetsTheEarlierDeadline(t *testing.T) {
	deadlines := []membership.Instant{
		membership.Instant(30 * ms),  // earlier than the ticker
		membership.Instant(35 * ms),  // again
		membership.Instant(300 * ms), // later: the ticker comes first
		membership.Never,
	}
	inBubble(t, func(_ *gossiper.Config, s *script) {
		s.next = func(_ membership.Instant, n int) membership.Instant { return deadlines[min(n, len(deadlines))-1] }
	}, func(t *testing.T, s *stage) {
		pass(300 * ms)
		expectTicks(t, s, 0, 30*ms, 35*ms, 135*ms, 235*ms)
	})
}

func TestADeadlineThatHasPassedDoesNotSpin(t *testing.T) {
	inBubble(t, func(_ *gossiper.Config, s *script) {
		s.next = func(now membership.Instant, _ int) membership.Instant { return now - 5 }
	}, func(t *testing.T, s *stage) {
		pass(10 * ms)
		if n := len(s.coordinator.tickTimes()); n < 2 || n > 101 {
			t.Errorf("%d steps in 10 ms, want at most one each 100 µs", n)
		}
	})
}

// The coordinator hears of a refused send in the next step, which does not wait for
// the ticker.
func TestARefusedSendIsToldSoon(t *testing.T) {
	inBubble(t, func(_ *gossiper.Config, s *script) {
		s.out = []membership.Outbound{{Target: netip.MustParseAddrPort("192.0.2.1:1")}} // without an envelope
	}, func(t *testing.T, s *stage) {
		expectTicks(t, s, 0)
		pass(gossiper.MinTickInterval)
		if got := s.coordinator.handledSoFar(); len(got) != 1 || got[0].Notice == membership.NoticeNone {
			t.Errorf("handled %+v, want the notice of a send that was refused", got)
		}
		pass(tickInterval)
		expectTicks(t, s, 0, gossiper.MinTickInterval, gossiper.MinTickInterval+tickInterval)
	})
}

func TestTheTickerIsResetAfterEachStep(t *testing.T) {
	ctrl := gomock.NewController(t)
	ticker := mockgossiper.NewMockTicker(ctrl)
	var ticks chan time.Time
	ticker.EXPECT().C().DoAndReturn(func() <-chan time.Time { return ticks }).AnyTimes()
	gomock.InOrder(
		ticker.EXPECT().Reset(70*ms),
		ticker.EXPECT().Reset(tickInterval),
		ticker.EXPECT().Stop(),
	)
	inBubble(t, func(cfg *gossiper.Config, s *script) {
		ticks = make(chan time.Time) // in the bubble, to which it belongs
		cfg.NewTicker = func(d time.Duration) gossiper.Ticker {
			if d != tickInterval {
				t.Errorf("the ticker begins with %v", d)
			}
			return ticker
		}
		s.next = func(now membership.Instant, n int) membership.Instant {
			return now.Add([]time.Duration{70 * ms, time.Hour}[min(n, 2)-1])
		}
	}, func(t *testing.T, s *stage) {
		ticks <- time.Now()
		synctest.Wait()
		expectTicks(t, s, 0, 0)
	})
}

func TestWhatArrivesWakesTheLoop(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, s *stage) {
		peer := s.open(t, "b")
		pass(10 * ms)
		err := peer.Send(transport.Outbound{
			Target:   s.transport.Info().Local,
			Envelope: &hearsayv1.Envelope{Sender: wire.Key("b"), Sequence: 7},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.network.Advance(time.Hour) // the network's time is its own
		synctest.Wait()
		expectTicks(t, s, 0, 10*ms)
		if got := s.coordinator.handledSoFar(); len(got) != 1 || got[0].Source != peer.Info().Local {
			t.Errorf("handled %+v, want the envelope of %v", got, peer.Info().Local)
		}
	})
}

func TestALocalChangeWakesTheLoop(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, s *stage) {
		pass(10 * ms)
		changed := &membership.View{Version: 2}
		err := s.Do(t.Context(), func(now membership.Instant) {
			if now != membership.Instant(10*ms) {
				t.Errorf("the change runs at %v", time.Duration(now))
			}
			s.coordinator.view = changed
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.View() != changed {
			t.Error("Do has returned before the view was stored")
		}
		expectTicks(t, s, 0, 10*ms)
	})
}

func TestManyLocalChangesAtOnceAllRun(t *testing.T) {
	const changes = 500 // more than the mailbox holds
	inBubble(t, nil, func(t *testing.T, s *stage) {
		n := 0
		var callers sync.WaitGroup
		for range changes {
			callers.Go(func() {
				if err := s.Do(t.Context(), func(membership.Instant) { n++ }); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if n != changes {
			t.Errorf("%d changes have run, want %d", n, changes)
		}
	})
}

func TestStartAndStopInTheWrongOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		if err := s.Stop(); !errors.Is(err, gossiper.ErrNotStarted) {
			t.Errorf("Stop before Start returns %v", err)
		}
		if err := s.Start(); err != nil {
			t.Fatalf("Start after a Stop that changed nothing returns %v", err)
		}
		if err := s.Start(); !errors.Is(err, gossiper.ErrStarted) {
			t.Errorf("the second Start returns %v", err)
		}
		if err := s.Err(); err != nil {
			t.Errorf("Err is %v while the loop runs", err)
		}
		var stops sync.WaitGroup
		for range 16 {
			stops.Go(func() {
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
				select {
				case <-s.Done():
				default:
					t.Error("Stop has returned before the loop's end")
				}
			})
		}
		stops.Wait()
		if err := s.Start(); !errors.Is(err, gossiper.ErrStopped) {
			t.Errorf("Start after Stop returns %v", err)
		}
		if err := s.Err(); err != nil {
			t.Errorf("Err is %v after Stop", err)
		}
		err := s.Do(t.Context(), func(membership.Instant) { t.Error("a change runs after the loop's end") })
		if !errors.Is(err, gossiper.ErrStopped) {
			t.Errorf("Do after Stop returns %v", err)
		}
	})
}

func TestTheLoopEndsWithItsTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.transport.Close(); err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if err := s.Err(); !errors.Is(err, gossiper.ErrTransportClosed) || !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Err is %v", err)
		}
		if err := s.Start(); !errors.Is(err, gossiper.ErrStopped) {
			t.Errorf("Start after the end returns %v", err)
		}
		if err := s.Stop(); err != nil {
			t.Errorf("Stop after the end returns %v", err)
		}
	})
}

func TestTheLoopEndsWithItsCoordinator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []membership.Event
		ended := make(chan error, 2)
		var s *stage
		s = newStage(t, func(cfg *gossiper.Config, _ *script) {
			cfg.Publisher = publisherFunc(func(e membership.Event) { told = append(told, e) })
			cfg.Ended = func() { ended <- s.Err() }
		})
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		last := membership.Superseded{Generation: 5}
		err := s.Do(t.Context(), func(membership.Instant) {
			s.coordinator.isStopped = true
			s.coordinator.events = []membership.Event{last}
		})
		if err != nil {
			t.Error(err)
		}
		<-s.Done()
		if err := s.Err(); !errors.Is(err, gossiper.ErrCoordinatorStopped) {
			t.Errorf("Err is %v", err)
		}
		synctest.Wait()
		if n := len(ended); n != 1 || !errors.Is(<-ended, gossiper.ErrCoordinatorStopped) {
			t.Errorf("Ended was called %d times, want once after Done", n)
		}
		if len(told) != 1 || told[0] != last {
			t.Errorf("told %v, want the coordinator's last word", told)
		}
	})
}

type publisherFunc func(membership.Event)

func (f publisherFunc) Publish(e membership.Event) { f(e) }

// TestAChangeEitherRunsOrFails stops the loop while changes come from all sides:
// each Do must tell the truth about its change.
func TestAChangeEitherRunsOrFails(t *testing.T) {
	for range 50 {
		g, _ := newSteady(t)
		if err := g.Start(); err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				for i := range 50 {
					if i == 25 {
						callers.Go(cancel)
					}
					ran := false
					err := g.Do(ctx, func(membership.Instant) { ran = true })
					if ran != (err == nil) {
						t.Errorf("ran: %v, error: %v", ran, err)
					}
				}
			})
		}
		callers.Go(func() { _ = g.Stop() })
		callers.Wait()
	}
}
