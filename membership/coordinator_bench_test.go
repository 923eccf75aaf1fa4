package membership

import (
	"slices"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// knownRecords returns a node of a quiet cluster and an envelope from another
// with count records that it knows.
func knownRecords(t testing.TB, count int) (*cluster, *testNode, Inbound) {
	c := formed(t, 71, 24, nil)
	n, other := c.nodes[0], c.nodes[1]
	env := &hearsayv1.Envelope{
		Sender: other.key, Generation: other.nonce, Root: other.table.Root(), Delta: &hearsayv1.MembershipDelta{},
	}
	for e := range other.table.live() {
		if e.ID() != n.cfg.ID && len(env.Delta.Records) < count {
			env.Delta.Records = append(env.Delta.Records, e.record())
		}
	}
	if len(env.Delta.Records) != count {
		t.Fatalf("%d records", len(env.Delta.Records))
	}
	return c, n, Inbound{Source: other.at, Network: "udp", Version: 1, Envelope: env}
}

func probeOf(c *cluster) (*testNode, Inbound) {
	n, other := c.nodes[0], c.nodes[1]
	return n, Inbound{Source: other.at, Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
		Sender: other.key, Generation: other.nonce, Root: other.table.Root(), Probe: n.key, Sequence: 7,
	}}
}

func TestTheSteadyStateAllocatesNothing(t *testing.T) {
	c, n, known := knownRecords(t, 22)
	_, probe := probeOf(c)
	now := c.now
	if allocs := testing.AllocsPerRun(100, func() { n.Handle(now, known) }); allocs != 0 {
		t.Errorf("handling known records: %v allocations", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() {
		n.Handle(now, probe)
		n.Outbound()
	}); allocs != 0 {
		t.Errorf("answering a probe: %v allocations", allocs)
	}
	answers := 0
	if allocs := testing.AllocsPerRun(50, func() {
		now = now.Add(time.Second)
		for _, in := range [...]Inbound{known, probe} {
			n.Handle(now, in)
		}
		n.Tick(now, time.Time{})
		for _, out := range n.Outbound() {
			if out.Envelope.Probe != 0 && out.Envelope.Ack == 0 {
				e := n.table.Lookup(out.Envelope.Probe)
				ack := hearsayv1.Envelope{Sender: e.Key(), Generation: e.Generation().Nonce(), Ack: out.Envelope.Sequence}
				n.prober.ack(n.Coordinator, &correspondent{in: &known, envelope: &ack, entry: e, current: true})
				answers++
			}
		}
	}); allocs > 1 { // the ack made here
		t.Errorf("a period: %v allocations", allocs)
	}
	if answers < 50 {
		t.Fatalf("%d probes in 50 periods", answers)
	}
}

func BenchmarkHandleKnownRecord(b *testing.B) {
	c, n, in := knownRecords(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		n.Handle(c.now, in)
	}
}

func BenchmarkHandleFullDatagramOfKnownRecords(b *testing.B) {
	c, n, in := knownRecords(b, 22)
	b.ReportAllocs()
	for b.Loop() {
		n.Handle(c.now, in)
	}
}

// Datagrams of records that are known, of other members each time, as a node
// receives them: decoded into the memory of the one before, and handled.
func BenchmarkReceiveFullDatagramOfKnownRecords(b *testing.B) {
	c, n, in := knownRecords(b, 22)
	var datagrams [2][]byte
	for i := range datagrams {
		slices.Reverse(in.Envelope.Delta.Records)
		datagrams[i] = in.Envelope.AppendTo(nil)
	}
	in.Envelope = &hearsayv1.Envelope{}
	limits := wire.Limits{Strings: wire.NewStringCache()} // as in a transport's inbox
	b.ReportAllocs()
	b.SetBytes(int64(len(datagrams[0])))
	i := 0
	for b.Loop() {
		if err := in.Envelope.UnmarshalLimits(datagrams[i&1], limits); err != nil {
			b.Fatal(err)
		}
		n.Handle(c.now, in)
		i++
	}
}

func BenchmarkHandleProbe(b *testing.B) {
	c, _, _ := knownRecords(b, 1)
	n, in := probeOf(c)
	b.ReportAllocs()
	for b.Loop() {
		n.Handle(c.now, in)
		n.Outbound()
	}
}

func BenchmarkIdleTick(b *testing.B) {
	c, n, _ := knownRecords(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		n.Tick(c.now, time.Time{})
	}
}
