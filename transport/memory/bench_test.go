package memory_test

import (
	"fmt"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// BenchmarkRound lets every node send one envelope to another, and poll.
func BenchmarkRound(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint("nodes=", size), func(b *testing.B) {
			network := newNetwork(b, memory.NetworkConfig{Seed: 1, Link: memory.Link{Latency: time.Millisecond, Spread: time.Millisecond, Loss: 0.01}})
			nodes := make([]transport.Transport, size)
			envelopes := make([]*hearsayv1.Envelope, size)
			for i := range nodes {
				nodes[i] = open(b, memory.Config{Network: network}, fmt.Sprint("n", i))
				envelopes[i] = transporttest.QuietEnvelope(fmt.Sprint("n", i), uint32(i))
			}
			batch := make([]transport.Inbound, 64)
			step := 0
			b.ReportAllocs()
			for b.Loop() {
				step++
				for i, node := range nodes {
					out := transport.Outbound{Target: nodes[(i+step)%size].Info().Local, Envelope: envelopes[i]}
					if err := node.Send(out); err != nil {
						b.Fatal(err)
					}
				}
				network.Advance(network.Now() + 3*time.Millisecond)
				for _, node := range nodes {
					if _, err := node.Poll(batch); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/envelope")
		})
	}
}
