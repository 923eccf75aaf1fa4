package gossiper_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"github.com/hearsay-gossip/hearsay/gen/mocks/mockgossiper"
	"github.com/hearsay-gossip/hearsay/gen/mocks/mocktransport"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

var (
	wall  = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	peerA = netip.MustParseAddrPort("127.0.0.1:7001")
	peerB = netip.MustParseAddrPort("[::1]:7002")
)

// rig is a gossiper between mocks. Its expectations come in the order in which
// they are written.
type rig struct {
	*gossiper.Gossiper
	transport   *mocktransport.MockTransport
	coordinator *mockgossiper.MockCoordinator
	publisher   *mockgossiper.MockPublisher
	// view is what the coordinator shows; a test may replace it.
	view *membership.View
}

func newRig(t *testing.T, change func(*gossiper.Config)) *rig {
	t.Helper()
	ctrl := gomock.NewController(t)
	r := &rig{
		transport:   mocktransport.NewMockTransport(ctrl),
		coordinator: mockgossiper.NewMockCoordinator(ctrl),
		publisher:   mockgossiper.NewMockPublisher(ctrl),
		view:        &membership.View{Version: 1},
	}
	r.coordinator.EXPECT().View().DoAndReturn(func() *membership.View { return r.view }).AnyTimes()
	cfg := gossiper.Config{
		Transport:    r.transport,
		Coordinator:  r.coordinator,
		Publisher:    r.publisher,
		TickInterval: gossiper.DefaultTickInterval,
		Wall:         func() time.Time { return wall },
		PollBatch:    2,
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if r.Gossiper, err = gossiper.New(cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

// polls makes Poll return these batches, one after the other.
func (r *rig) polls(batches ...[]transport.Inbound) *gomock.Call {
	return r.transport.EXPECT().Poll(gomock.Len(2)).DoAndReturn(func(dst []transport.Inbound) (int, error) {
		if len(batches) == 0 {
			return 0, nil
		}
		n := copy(dst, batches[0])
		batches = batches[1:]
		return n, nil
	})
}

// ticks expects the part of a step that follows the polling, at now, and returns
// its calls in their order.
func (r *rig) ticks(now membership.Instant, out []membership.Outbound, events []membership.Event) []*gomock.Call {
	c := r.coordinator.EXPECT()
	return []*gomock.Call{
		c.Tick(now, wall).Return(now.Add(time.Second)),
		c.Outbound().Return(out),
		c.Forgotten().Return(nil),
		c.Events().Return(events),
	}
}
