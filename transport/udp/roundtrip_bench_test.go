package udp

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/rusage"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// tripBytes is the size of what goes there and back.
const tripBytes = 200

// trips are ways of going there and back: each opens both ends and returns what
// makes one round trip.
var trips = []struct {
	name string
	open func(b *testing.B) (trip func() error)
}{
	{"bare", bareTrip},
	// What a channel between the reader and the driver costs by itself: any
	// transport with Ready pays it, once at each end. Nearly all of that, and
	// of the 99th percentile, is that Go wakes another thread for it if a
	// processor is idle: with GOMAXPROCS=1 it is half a microsecond.
	{"bare with readers", readersTrip},
	{"plaintext", func(b *testing.B) func() error { return transportTrip(b, nil, true) }},
	{"sealed", func(b *testing.B) func() error { return transportTrip(b, ringOf(NewKey()), true) }},
	// As if nobody but the writer could write.
	{"sealed by the writer", func(b *testing.B) func() error { return transportTrip(b, ringOf(NewKey()), false) }},
}

// BenchmarkRoundTrip makes one after the other, so that no processor comes to
// rest.
func BenchmarkRoundTrip(b *testing.B) {
	for _, way := range trips {
		b.Run(way.name, func(b *testing.B) { timeEach(b, func() {}, way.open(b)) })
	}
}

// BenchmarkPacedRoundTrip makes one in a millisecond, as a quiet node would but for
// the pace: whoever waits has to be woken. "nothing" is what the pace costs by
// itself; the CPU is that of both ends.
func BenchmarkPacedRoundTrip(b *testing.B) {
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	wait := func() { <-pace.C }
	paced := func(b *testing.B, trip func() error) {
		before := rusage.CPU()
		timeEach(b, wait, trip)
		b.ReportMetric(float64(rusage.CPU()-before)/float64(b.N), "cpu-ns/op")
	}
	b.Run("nothing", func(b *testing.B) { paced(b, func() error { return nil }) })
	for _, way := range trips {
		b.Run(way.name, func(b *testing.B) { paced(b, way.open(b)) })
	}
}

// timeEach reports percentiles of what operation takes, without the preparation.
func timeEach(b *testing.B, prepare func(), operation func() error) {
	var times []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		prepare()
		began := time.Now()
		if err := operation(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	reportPercentiles(b, times)
}

func bareTrip(b *testing.B) func() error {
	client, server := listen(b), listen(b)
	go func() {
		buffer := make([]byte, 2000)
		for {
			n, source, err := server.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			if _, err := server.WriteToUDPAddrPort(buffer[:n], source); err != nil {
				return
			}
		}
	}()
	payload, buffer := make([]byte, tripBytes), make([]byte, 2000)
	target := addressOf(server)
	return func() error {
		if _, err := client.WriteToUDPAddrPort(payload, target); err != nil {
			return err
		}
		_, _, err := client.ReadFromUDPAddrPort(buffer)
		return err
	}
}

func readersTrip(b *testing.B) func() error {
	client, server := listen(b), listen(b)
	arrived, echoed := readInto(client), readInto(server)
	payload, target := make([]byte, tripBytes), addressOf(server)
	go func() {
		for source := range echoed {
			if _, err := server.WriteToUDPAddrPort(payload, source); err != nil {
				return
			}
		}
	}()
	return func() error {
		_, err := client.WriteToUDPAddrPort(payload, target)
		<-arrived
		return err
	}
}

// readInto reads conn until it is closed, and passes on who sent.
func readInto(conn *net.UDPConn) <-chan netip.AddrPort {
	sources := make(chan netip.AddrPort, 1)
	go func() {
		defer close(sources)
		buffer := make([]byte, 2000)
		for {
			_, source, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			sources <- source
		}
	}()
	return sources
}

func transportTrip(b *testing.B, keys *Keyring, prompt bool) func() error {
	sealed := func(c *Config) { c.Keys, c.Insecure = keys, keys == nil }
	client, server := openLoopback(b, "a", sealed), openLoopback(b, "b", sealed)
	if !prompt {
		client.(*Transport).prompt, server.(*Transport).prompt = nil, nil
	}
	go echo(server)
	batch := make([]transport.Inbound, 64)
	out := transport.Outbound{Target: server.Info().Local, Envelope: transporttest.EnvelopeOfSize("a", tripBytes)}
	return func() error {
		if err := client.Send(out); err != nil {
			return err
		}
		<-client.Ready()
		_, err := client.Poll(batch)
		return err
	}
}

// echo answers everything that arrives until the transport is closed.
func echo(node transport.Transport) {
	batch := make([]transport.Inbound, 64)
	for {
		<-node.Ready()
		n, err := node.Poll(batch)
		if err != nil {
			return
		}
		for _, in := range batch[:n] {
			if in.Envelope != nil {
				_ = node.Send(transport.Outbound{Target: in.Source, Envelope: in.Envelope})
			}
		}
	}
}
