package membership

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// twoNetworks makes a node that listens on two networks and has been told of a
// seed.
func twoNetworks(t *testing.T) *Coordinator {
	t.Helper()
	n, err := New(Config{ID: "a", Cluster: "test", Endpoints: []Endpoint{
		{Network: "quic", Address: addressOf(1)}, {Network: "udp", Address: addressOf(2)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	n.SetSeeds(1, []netip.AddrPort{addressOf(3)})
	if err := n.Join(1); err != nil {
		t.Fatal(err)
	}
	return n
}

// joins lets time pass, and returns by which networks a target was asked.
func (c *Coordinator) joins(from, to Instant, target netip.AddrPort) (networks []string) {
	for now := from; now < to; now += Instant(10 * time.Millisecond) {
		c.Tick(now, time.Time{})
		for _, out := range c.Outbound() {
			if out.Envelope.Join != nil && out.Target == target {
				networks = append(networks, out.Network)
			}
		}
	}
	return networks
}

func TestASeedIsAskedByOneNetworkAfterTheOtherUntilItAnswers(t *testing.T) {
	n := twoNetworks(t)
	got := n.joins(1, Instant(3*time.Second), addressOf(3))
	if want := []string{"quic", "udp", "quic", "udp"}; len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("asked by %v, want %v to begin with", got, want)
	}
}

func TestASeedIsAskedAgainByTheNetworkThatItAnsweredBy(t *testing.T) {
	n := twoNetworks(t)
	s := &n.seeds.list[0]
	for s.network != 1 {
		n.Tick(n.seeds.next(), time.Time{})
	}
	s.heard(77)
	s.due = n.now
	n.askSeed(s)
	if s.network != 1 {
		t.Errorf("asked by %q", n.cfg.Endpoints[s.network].Network)
	}
}

func TestASeedThatIsFoundIsAskedByTheNetworkThatItWasHeardBy(t *testing.T) {
	n := twoNetworks(t)
	stranger := addressOf(9)
	n.Handle(2, Inbound{Source: stranger, Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
		Sender: 1000, Generation: 7, Probe: n.key, Sequence: 1,
	}})
	n.Handle(2, Inbound{Source: addressOf(10), Network: "carrier pigeon", Version: 1, Envelope: &hearsayv1.Envelope{
		Sender: 1001, Generation: 7, Probe: n.key, Sequence: 1,
	}})
	if got := n.joins(2, Instant(50*time.Millisecond), stranger); !slices.Equal(got, []string{"udp"}) {
		t.Errorf("asked by %v", got)
	}
	if len(n.seeds.list) != 2 {
		t.Errorf("%d seeds, want the one given and the one heard by a network of this node", len(n.seeds.list))
	}
}
