package quic_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/rusage"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

// filled returns an envelope of n of exactly so many encoded bytes, or a few
// fewer.
func (n *node) filled(size int) *hearsayv1.Envelope {
	overhead := n.sized(1, size).Size() - size
	return n.sized(1, size-overhead)
}

// pollOne waits for Ready and polls; it is what a driver does.
func (n *node) pollOne() (count int) {
	for {
		count, err := n.Poll(n.batch[:])
		if err != nil {
			n.tb.Fatal(err)
		}
		if count > 0 {
			return count
		}
		<-n.Ready()
	}
}

// percentile returns the time that so many of a hundred operations took at most.
// It sorts.
func percentile(took []time.Duration, of int) float64 {
	slices.Sort(took)
	return float64(took[len(took)*of/100].Nanoseconds()) / 1000
}

// percentiles reports p50 and p99 of what each operation took.
func percentiles(b *testing.B, took []time.Duration) {
	b.ReportMetric(percentile(took, 50), "p50-µs")
	b.ReportMetric(percentile(took, 99), "p99-µs")
}

// pinger returns what sends 200 bytes there and waits until they are back.
func pinger(b *testing.B) (ping func()) {
	ca := newAuthority(b, "prod")
	x, y := ca.open("x", nil), ca.open("y", nil)
	exchange(b, x, y, 1)
	exchange(b, y, x, 2)
	there, back := x.filled(200), y.filled(200)
	stop := make(chan struct{})
	var echo sync.WaitGroup
	echo.Go(func() {
		for {
			select {
			case <-y.Ready():
				count, _ := y.Poll(y.batch[:])
				for range count {
					_ = y.Send(transport.Outbound{Target: x.addr(), Expect: "x", Envelope: back})
				}
			case <-stop:
				return
			}
		}
	})
	b.Cleanup(func() {
		close(stop)
		echo.Wait()
	})
	target := y.addr()
	return func() {
		x.send(target, "y", there)
		x.pollOne()
	}
}

// barePinger is pinger of quic-go alone.
func barePinger(b *testing.B) (ping func()) {
	x, y := barePair(b)
	payload := make([]byte, 200)
	go func() {
		for {
			got, err := y.ReceiveDatagram(context.Background())
			if err != nil || y.SendDatagram(got) != nil {
				return
			}
		}
	}()
	return func() {
		if err := x.SendDatagram(payload); err != nil {
			b.Fatal(err)
		}
		if _, err := x.ReceiveDatagram(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoundTrip is 200 bytes there and back, beside quic-go alone. In turn,
// so that both have the same of whatever else the machine does, they are
// compared.
func BenchmarkRoundTrip(b *testing.B) {
	for name, make := range map[string]func(*testing.B) func(){"hearsay": pinger, "quic-go": barePinger} {
		b.Run(name, func(b *testing.B) {
			ping := make(b)
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				ping()
				took = append(took, time.Since(start))
			}
			percentiles(b, took)
		})
	}
	b.Run("in turn", func(b *testing.B) {
		pings := [2]func(){pinger(b), barePinger(b)}
		var took [2][]time.Duration
		for b.Loop() {
			for i, ping := range pings {
				start := time.Now()
				ping()
				took[i] = append(took[i], time.Since(start))
			}
		}
		for _, of := range []int{50, 99} {
			ours, bare := percentile(took[0], of), percentile(took[1], of)
			b.ReportMetric(ours, fmt.Sprintf("p%d-µs", of))
			b.ReportMetric(ours/bare, fmt.Sprintf("p%d-of-quic-go", of))
		}
	})
}

// barePair connects two quic-go transports.
func barePair(b *testing.B) (dialled, accepted *quicgo.Conn) {
	b.Helper()
	ca, err := devca.New("prod", devca.Options{})
	if err != nil {
		b.Fatal(err)
	}
	pair, err := ca.Issue("x", devca.Options{})
	if err != nil {
		b.Fatal(err)
	}
	config := bareTLS(ca, pair, "prod")
	engine := &quicgo.Transport{Conn: listenUDP(b), ConnectionIDLength: 8}
	listener, err := engine.Listen(config, bareConfig())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = engine.Close() })
	dialled, err = bareDial(b, listener.Addr().(*net.UDPAddr).AddrPort(), config)
	if err != nil {
		b.Fatal(err)
	}
	accepted, err = listener.Accept(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return dialled, accepted
}

// BenchmarkFlood is how many datagrams of 1,100 bytes a second arrive.
func BenchmarkFlood(b *testing.B) {
	b.Run("hearsay", func(b *testing.B) {
		ca := newAuthority(b, "prod")
		x, y := ca.open("x", func(c *quic.Config) { c.QueueEnvelopes, c.QueueBytes = 1024, 4<<20 }), ca.open("y", nil)
		exchange(b, x, y, 1)
		out := transport.Outbound{Target: y.addr(), Envelope: x.filled(1100)}
		// The sender has so many on the way and goes on when some have
		// arrived: a full queue is no event, and to spin on it would measure
		// the spinning. What was lost is written off after a while.
		const window = 128
		credit := make(chan int, 1<<16)
		stop, sent := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(sent)
			lost := time.NewTicker(20 * time.Millisecond)
			defer lost.Stop()
			for free := window; ; {
				for ; free > 0 && x.Send(out) == nil; free-- {
				}
				select {
				case n := <-credit:
					free = min(free+n, window)
				case <-lost.C:
					free = min(free+1, window)
				case <-stop:
					return
				}
			}
		}()
		b.ReportAllocs()
		for arrived := 0; b.Loop(); arrived-- {
			if arrived <= 0 {
				arrived = y.pollOne()
				credit <- arrived
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "received/s")
		close(stop)
		<-sent
	})
	b.Run("quic-go", func(b *testing.B) {
		x, y := barePair(b)
		payload := make([]byte, 1100)
		go func() {
			for x.SendDatagram(payload) == nil {
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := y.ReceiveDatagram(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "received/s")
		_ = x.CloseWithError(0, "")
	})
}

// BenchmarkSend is what a call of Send costs its caller: to a peer that is
// connected, and to one that is being dialled and never answers.
func BenchmarkSend(b *testing.B) {
	send := func(b *testing.B, x *node, out transport.Outbound, after func()) {
		var took []time.Duration
		b.ReportAllocs()
		for b.Loop() {
			start := time.Now()
			_ = x.Send(out) // a full queue and back-off are among what is measured
			took = append(took, time.Since(start))
			after()
		}
		percentiles(b, took)
	}
	b.Run("connected", func(b *testing.B) {
		ca := newAuthority(b, "prod")
		x, y := ca.open("x", nil), ca.open("y", nil)
		exchange(b, x, y, 1)
		// One at a time, as gossip does.
		send(b, x, transport.Outbound{Target: y.addr(), Envelope: x.filled(200)}, func() { y.pollOne() })
	})
	b.Run("never answers", func(b *testing.B) {
		ca := newAuthority(b, "prod")
		x := ca.open("x", nil)
		send(b, x, transport.Outbound{Target: silence(b), Envelope: x.filled(200)}, func() {})
	})
}

// BenchmarkHandshake is one connection made and forgotten, with both ends in
// this process.
func BenchmarkHandshake(b *testing.B) {
	for _, postQuantum := range []bool{false, true} {
		b.Run(fmt.Sprintf("postQuantum=%v", postQuantum), func(b *testing.B) {
			ca := newAuthority(b, "prod")
			change := func(c *quic.Config) { c.PostQuantum, c.HandshakeRate = postQuantum, 100_000 }
			x, y := ca.open("x", change), ca.open("y", change)
			target, e := y.addr(), x.envelope(1)
			before := rusage.CPU()
			for b.Loop() {
				x.send(target, "y", e)
				y.pollOne()
				x.Forget(target)
			}
			b.ReportMetric(float64((rusage.CPU()-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

var peers = flag.Int("peers", 50, "how many peers the node of BenchmarkIdleConnection has")

// BenchmarkIdleConnection is what an idle connection costs each of its ends: of
// one node and its peers.
func BenchmarkIdleConnection(b *testing.B) {
	const quiet = 2 * time.Second
	for b.Loop() {
		ca := newAuthority(b, "prod")
		nodes := make([]*node, *peers+1)
		for i := range nodes {
			nodes[i] = ca.open(fmt.Sprintf("n%04d", i), func(c *quic.Config) { c.HandshakeRate = 100_000 })
		}
		heap, stack, goroutines := inUse()
		for i, n := range nodes[1:] {
			exchange(b, nodes[0], n, uint32(i))
			exchange(b, n, nodes[0], uint32(i))
		}
		heap2, stack2, goroutines2 := inUse()
		before := rusage.CPU()
		<-time.After(quiet)
		used := rusage.CPU() - before
		ends := float64(2 * *peers)
		b.ReportMetric(float64(heap2-heap)/(ends*1024), "heap-KiB/end")
		b.ReportMetric(float64(stack2-stack)/(ends*1024), "stack-KiB/end")
		b.ReportMetric(float64(goroutines2-goroutines)/ends, "goroutines/end")
		b.ReportMetric(float64(used.Microseconds())/quiet.Seconds()/ends, "idle-µs/s/end")
		if got := quic.Connections(nodes[0].Transport); got != *peers {
			b.Errorf("%d connections to %d peers", got, *peers)
		}
		for _, n := range nodes {
			_ = n.Close()
		}
	}
}

// inUse returns the live heap, the stacks and the number of goroutines. Each
// collection halves the stacks that are mostly unused, which the handshake
// leaves behind.
func inUse() (heap, stack, goroutines int64) {
	for range 4 {
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc), int64(stats.StackInuse), int64(runtime.NumGoroutine())
}
