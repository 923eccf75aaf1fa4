package hearsay_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/internal/rusage"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// BenchmarkQuiet runs n nodes in one process, which have found each other and
// have nothing to tell. An operation is one second of their lives, so give a
// time in operations: -benchtime=20x. In that time they also let go of the
// memory that joining took. All metrics are for one node; CPU is that of the
// whole process, so that on a busy machine it is the one to doubt. Over QUIC the
// nodes meet by and by: for minutes each makes a connection or two a second, which
// CPU, heap and goroutines show.
func BenchmarkQuiet(b *testing.B) {
	sealed := medium{"udp sealed", func(testing.TB) func(string) transport.Opener {
		key := udp.NewKey()
		return func(string) transport.Opener {
			keys, err := udp.NewKeyring(key)
			if err != nil {
				b.Fatal(err)
			}
			return udp.Config{Listen: loopback, Keys: keys}
		}
	}}
	for _, m := range []medium{media[1], sealed, media[2]} {
		for _, n := range []int{16, 128, 256, 512} {
			if m.name == "quic" && n > 256 {
				continue // 131,000 pairs, and a connection has two ends in this process
			}
			b.Run(fmt.Sprintf("%s/n=%d", m.name, n), func(b *testing.B) { benchmarkQuiet(b, m, n) })
		}
	}
}

// consumption is what a process of n nodes has used up.
type consumption struct {
	envelopes, bytes, dropped, allocations, allocated uint64
	cpu                                               time.Duration
}

func consumed(nodes []*hearsay.Node) (c consumption) {
	for _, node := range nodes {
		stats := node.Stats().Transport
		c.envelopes += stats.Sent
		c.bytes += stats.SentBytes
		for _, count := range stats.Dropped {
			c.dropped += count
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	c.allocations, c.allocated, c.cpu = memory.Mallocs, memory.TotalAlloc, rusage.CPU()
	return c
}

func benchmarkQuiet(b *testing.B, m medium, n int) {
	idle, idleHeap := runtime.NumGoroutine(), heapInUse()
	open := m.open(b)
	openers := make([]transport.Opener, n)
	for i := range openers {
		openers[i] = open(fmt.Sprintf("node-%03d", i))
	}
	nodes := joinTogether(b, openers)
	for _, node := range nodes {
		defer node.Close()
		awaitEqual(b, node, n, nodes[0])
	}
	awaitQuiet(b, nodes)
	view := nodes[0].View()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	b.ResetTimer()
	before, began := consumed(nodes), time.Now()
	for range b.N {
		<-second.C
	}
	after, took := consumed(nodes), time.Since(began)
	b.StopTimer()
	b.ReportMetric(float64(runtime.NumGoroutine()-idle)/float64(n), "goroutines")
	b.ReportMetric(float64(heapInUse()-idleHeap)/float64(n)/1024, "heap-KiB")
	each := func(used uint64) float64 { return float64(used) / float64(n) / took.Seconds() }
	b.ReportMetric(each(after.envelopes-before.envelopes), "envelopes/s")
	b.ReportMetric(each(after.bytes-before.bytes), "wire-B/s")
	b.ReportMetric(each(after.allocations-before.allocations), "allocs/s")
	b.ReportMetric(each(after.allocated-before.allocated), "alloc-B/s")
	b.ReportMetric(each(uint64(after.cpu-before.cpu))/1e6, "cpu-ms/s")
	if lost := after.dropped - before.dropped; lost > 0 {
		b.Errorf("%d datagrams dropped", lost)
	}
	for _, node := range nodes {
		if got := node.View(); got.Hash != view.Hash {
			b.Errorf("%s has changed its view:\n%s", node.ID(), dump(got))
		}
	}
}

// awaitQuiet returns when a second has passed in which there was little but
// probes and acks.
func awaitQuiet(b *testing.B, nodes []*hearsay.Node) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	before := consumed(nodes).envelopes
	for range 60 {
		<-second.C
		now := consumed(nodes).envelopes
		if float64(now-before) < 2.2*float64(len(nodes)) {
			return
		}
		before = now
	}
	b.Error("the nodes are not quiet after a minute")
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // pools give back what they keep after two
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}
