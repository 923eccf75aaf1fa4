package gossiper

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// refusing is a transport that takes nothing.
type refusing struct{ transport.Transport }

func (refusing) Poll([]transport.Inbound) (int, error) { return 0, nil }
func (refusing) Send(transport.Outbound) error         { return transport.ErrQueueFull }

// talker is a coordinator that wants so much sent.
type talker struct {
	Coordinator
	out   []membership.Outbound
	heard int
}

func (c *talker) Handle(membership.Instant, membership.Inbound)                { c.heard++ }
func (c *talker) Tick(membership.Instant, time.Time) (next membership.Instant) { return }
func (c *talker) Outbound() []membership.Outbound                              { return c.out }
func (c *talker) Events() []membership.Event                                   { return nil }
func (c *talker) Forgotten() []netip.AddrPort                                  { return nil }
func (c *talker) View() *membership.View                                       { return nil }

// listener counts what it is told.
type listener struct{ told int }

func (l *listener) Publish(membership.Event) { l.told++ }

// TestABurstOfRefusalsLeavesNoMemoryBehind: all of them are told, and two steps
// later the gossiper holds what it held before.
func TestABurstOfRefusalsLeavesNoMemoryBehind(t *testing.T) {
	const burst = 8192
	coordinator, publisher := &talker{out: make([]membership.Outbound, burst)}, &listener{}
	g, err := New(Config{
		Transport: refusing{}, Coordinator: coordinator, Publisher: publisher, TickInterval: DefaultTickInterval,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Step(1); err == nil {
		t.Fatal("nothing was refused")
	}
	coordinator.out = nil
	for now := membership.Instant(2); now < 4; now++ {
		if err := g.Step(now); err != nil {
			t.Fatal(err)
		}
	}
	if publisher.told != burst || coordinator.heard != burst {
		t.Errorf("of %d refusals %d were told, and the coordinator heard of %d", burst, publisher.told, coordinator.heard)
	}
	for what, held := range map[string]int{"errors": cap(g.errs), "events": cap(g.failed), "refusals": cap(g.refused)} {
		if held > kept {
			t.Errorf("the memory of %d %s is kept", held, what)
		}
	}
}
