package membership

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// BenchmarkHeap measures what a node keeps of each member, views included: the
// node hears of all of them, tells what it has heard until it has told it often
// enough, and comes to rest. No record shares memory with another.
func BenchmarkHeap(b *testing.B) {
	for _, n := range []int{128, 512, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var alone, among uint64
			for b.Loop() {
				alone, among = heapOfNode(b, 0), heapOfNode(b, n)
			}
			b.ReportMetric(float64(among-alone)/float64(n), "B/member")
			b.ReportMetric(float64(alone)/1024, "KiB/node")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// heapOfNode returns the bytes that a node holds which knows n others.
func heapOfNode(b *testing.B, n int) uint64 {
	nodes := make([]*Coordinator, 4)
	before := heapInUse()
	for i := range nodes {
		nodes[i] = acquainted(b, n)
	}
	after := heapInUse()
	runtime.KeepAlive(nodes)
	return (after - before) / uint64(len(nodes))
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// acquainted returns a node at rest that knows n others.
func acquainted(b *testing.B, n int) *Coordinator {
	at := netip.MustParseAddrPort("10.255.0.1:7946")
	c, err := New(Config{
		ID: "self", Cluster: "test", Zone: "eu-1a", Endpoints: []Endpoint{{Network: "udp", Address: at}},
		Period: time.Minute, GossipInterval: 10 * time.Millisecond, // nobody is probed meanwhile
	})
	if err == nil {
		err = c.Join(0)
	}
	if err != nil {
		b.Fatal(err)
	}
	var now Instant
	for i := 0; i < n; {
		delta := &hearsayv1.MembershipDelta{}
		for ; i < n && len(delta.Records) < 20; i++ {
			delta.Records = append(delta.Records, distinctRecord(i))
		}
		now = now.Add(time.Millisecond)
		c.Handle(now, Inbound{Source: at, Network: "udp", Version: 1, Envelope: &hearsayv1.Envelope{
			Sender: 1, Generation: 1, Flags: uint32(hearsayv1.EnvelopeFlagNoRecord), Delta: delta,
		}})
		c.Tick(now, time.Time{})
		c.Outbound()
	}
	for end := now.Add(30 * time.Second); n > 0 && c.newsLen() > 0 || c.View().Len() != n+1; {
		if now = c.Tick(now, time.Time{}); now > end {
			b.Fatalf("%d rumours wait, %d of %d members are shown", c.newsLen(), c.View().Len(), n+1)
		}
		c.Outbound()
		c.Events()
	}
	c.Events()
	return c
}

// distinctRecord returns the i-th of many records, as one that was decoded.
func distinctRecord(i int) hearsayv1.NodeRecord {
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], 10<<24+uint32(i)+2)
	owner := &hearsayv1.OwnerPart{
		Endpoints: []hearsayv1.Endpoint{{Transport: "udp", IP: address[:], Port: 7946}},
		Status:    hearsayv1.NodeStatusUp, WireMin: 1, WireMax: 1, Zone: "eu-1a",
	}
	rec := hearsayv1.NodeRecord{
		ID: fmt.Sprintf("node-%05d.eu1", i), Generation: uint64(NewGeneration(1, uint32(i))),
		Version: 2, Owner: owner.AppendTo(nil),
	}
	return *rec.Clone()
}
