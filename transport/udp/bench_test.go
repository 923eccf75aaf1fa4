package udp

import (
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

func openLoopback(tb testing.TB, id string, change func(*Config)) transport.Transport {
	addr, _ := loopback(false)
	config := Config{Listen: netip.AddrPortFrom(addr, 0), Insecure: true, StrangerRate: MaxStrangerRate}
	if change != nil {
		change(&config)
	}
	opened, err := config.Open(transporttest.Local(id))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { opened.Close() })
	return opened
}

func reportPercentiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(times[len(times)*p/100].Nanoseconds()), fmt.Sprintf("p%d-ns", p))
	}
}

// BenchmarkFlood counts datagrams of 1,100 bytes that arrive while they are
// sent as fast as can be.
func BenchmarkFlood(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		client, server := listen(b), listen(b)
		_ = server.SetReadBuffer(DefaultBufferBytes)
		var got atomic.Int64
		go func() {
			buffer := make([]byte, 2000)
			for {
				if _, _, err := server.ReadFromUDPAddrPort(buffer); err != nil {
					return
				}
				got.Add(1)
			}
		}()
		payload, target := make([]byte, 1105), addressOf(server)
		began := time.Now()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.WriteToUDPAddrPort(payload, target); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(got.Load())/time.Since(began).Seconds(), "received/s")
	})
	b.Run("plaintext", func(b *testing.B) { benchmarkTransportFlood(b, nil) })
	b.Run("sealed", func(b *testing.B) { benchmarkTransportFlood(b, ringOf(NewKey())) })
}

func benchmarkTransportFlood(b *testing.B, keys *Keyring) {
	sealed := func(c *Config) {
		c.Keys, c.Insecure, c.InboxSlots = keys, keys == nil, 1<<14
	}
	client, server := openLoopback(b, "a", sealed), openLoopback(b, "b", sealed)
	var got atomic.Int64
	go func() {
		batch := make([]transport.Inbound, 256)
		for {
			<-server.Ready()
			n, err := server.Poll(batch)
			if err != nil {
				return
			}
			got.Add(int64(n))
		}
	}()
	out := transport.Outbound{Target: server.Info().Local, Envelope: transporttest.EnvelopeOfSize("a", 1100)}
	pace := time.NewTicker(50 * time.Microsecond)
	defer pace.Stop()
	began := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		for client.Send(out) != nil {
			<-pace.C // the queue is full
		}
	}
	b.ReportMetric(float64(got.Load())/time.Since(began).Seconds(), "received/s")
}

// BenchmarkSend measures what a caller of Send waits for, in ticks that send 16
// envelopes each. The first of them makes a system call.
func BenchmarkSend(b *testing.B) {
	b.Run("plaintext", func(b *testing.B) { benchmarkSend(b, nil) })
	b.Run("sealed", func(b *testing.B) { benchmarkSend(b, ringOf(NewKey())) })
}

func benchmarkSend(b *testing.B, keys *Keyring) {
	client, sink := openLoopback(b, "a", func(c *Config) { c.Keys, c.Insecure = keys, keys == nil }), listen(b)
	out := transport.Outbound{Target: addressOf(sink), Envelope: transporttest.EnvelopeOfSize("a", 200)}
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	var times []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		_, _ = client.Poll(nil) // as drivers do
		for range 16 {
			began := time.Now()
			if err := client.Send(out); err != nil {
				b.Fatal(err)
			}
			times = append(times, time.Since(began))
		}
		<-tick.C
	}
	reportPercentiles(b, times)
}
