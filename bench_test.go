package hearsay_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// BenchmarkJoin starts n nodes in one process at once, all of which know one
// seed, and ends when every node sees all of them, and all views have one hash.
// Making certificates and closing are not counted.
func BenchmarkJoin(b *testing.B) {
	for _, m := range media[1:] {
		for _, n := range []int{16, 64, 128, 256} {
			b.Run(fmt.Sprintf("%s/n=%d", m.name, n), func(b *testing.B) { benchmarkJoin(b, m, n) })
		}
	}
}

func benchmarkJoin(b *testing.B, m medium, n int) {
	var sent, bytes uint64
	for range b.N {
		b.StopTimer()
		open := m.open(b)
		openers := make([]transport.Opener, n)
		for i := range openers {
			openers[i] = open(fmt.Sprintf("node-%03d", i))
		}
		b.StartTimer()
		nodes := joinTogether(b, openers)
		for _, node := range nodes {
			awaitEqual(b, node, n, nodes[0])
		}
		b.StopTimer()
		for _, node := range nodes {
			stats := node.Stats().Transport
			sent, bytes = sent+stats.Sent, bytes+stats.SentBytes
		}
		var closing sync.WaitGroup
		for _, node := range nodes {
			closing.Go(func() { _ = node.Close() })
		}
		closing.Wait()
	}
	b.ReportMetric(float64(sent)/float64(b.N), "envelopes/op")
	b.ReportMetric(float64(bytes)/float64(b.N), "wire-B/op")
}

// joinTogether starts the first node, and then all others at once.
func joinTogether(b *testing.B, openers []transport.Opener) []*hearsay.Node {
	nodes := make([]*hearsay.Node, len(openers))
	begin := func(i int, seeds ...string) {
		n, err := hearsay.Start(context.Background(), hearsay.Config{
			NodeID: fmt.Sprintf("node-%03d", i), Cluster: cluster, Transport: openers[i], Seeds: seeds,
		})
		if err != nil {
			b.Error(err)
			return
		}
		nodes[i] = n
	}
	begin(0)
	seed := nodes[0].LocalAddr().String()
	var starting sync.WaitGroup
	for i := range openers[1:] {
		starting.Go(func() { begin(i+1, seed) })
	}
	starting.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return nodes
}

// joinLimit is how long some hundred nodes of one process may take to see each
// other: over QUIC, on two cores that have other work, a minute or more.
const joinLimit = 5 * time.Minute

// awaitEqual returns when a node sees n members, all up.
func awaitEqual(b *testing.B, node *hearsay.Node, n int, first *hearsay.Node) {
	ctx, cancel := context.WithTimeout(context.Background(), joinLimit)
	defer cancel()
	for range node.Events(ctx, 0) {
		view := node.View()
		if view.Len() != n {
			continue
		}
		isUp := true
		for m := range view.Members() {
			isUp = isUp && m.Status == hearsay.StatusUp
		}
		// The first was awaited first; all up under equal generations is final.
		if isUp {
			if view.Hash != first.View().Hash {
				b.Errorf("%s has hash %x, %s has %x", node.ID(), view.Hash, first.ID(), first.View().Hash)
			}
			return
		}
	}
	b.Fatalf("%s never saw all %d:\n%s", node.ID(), n, dump(node.View()))
}
