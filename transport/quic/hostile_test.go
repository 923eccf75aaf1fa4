package quic_test

import (
	"crypto/tls"
	"errors"
	"sync"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

// hostile connects to n with a good certificate and no good intentions.
func hostile(tb testing.TB, ca *authority, n *node) *quicgo.Conn {
	tb.Helper()
	pair, err := ca.ca.Issue("hostile", devca.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := bareDial(tb, n.addr(), bareTLS(ca.ca, pair, ca.ca.Cluster))
	if err != nil {
		tb.Fatal(err)
	}
	return conn
}

// A stream that is never finished is given up, and leaves nothing behind.
func TestUnfinishedStreamsAreGivenUp(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", func(c *quic.Config) { c.StreamTimeout = time.Second })
	conn := hostile(t, ca, b)
	for range 8 {
		bareStream(t, conn, make([]byte, 10_000), false)
	}
	eventually(t, b, "eight streams dropped", func(s transport.Stats) bool { return s.Dropped[transport.DropMalformed] == 8 })
	await(t, "their memory to be free", func() bool { return quic.AssemblyFree(b.Transport) == quic.DefaultStreamBytes })
	a := ca.open("a", nil)
	a.send(b.addr(), "b", a.sized(1, 100_000))
	if r := b.nextEnvelope(); r.Identity != "a" {
		t.Errorf("received from %q", r.Identity)
	}
}

// All streams together take no more memory than they may.
func TestStreamsShareTheirMemory(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", func(c *quic.Config) {
		c.MaxEnvelopeBytes, c.StreamBytes = 64<<10, 64<<10
		c.StreamTimeout = 30 * time.Second
	})
	conn := hostile(t, ca, b)
	for range 16 {
		bareStream(t, conn, make([]byte, 8000), false)
	}
	eventually(t, b, "the streams beyond the memory dropped", func(s transport.Stats) bool { return s.Dropped[transport.DropInboxFull] >= 8 })
	if free := quic.AssemblyFree(b.Transport); free < 0 {
		t.Errorf("%d bytes more than there may be", -free)
	}
	if err := conn.CloseWithError(0, ""); err != nil {
		t.Fatal(err)
	}
	await(t, "their memory to be free", func() bool { return quic.AssemblyFree(b.Transport) == 64<<10 })
}

// Bidirectional streams are not part of the protocol.
func TestNoBidirectionalStreams(t *testing.T) {
	ca := newAuthority(t, "prod")
	conn := hostile(t, ca, ca.open("b", nil))
	if _, err := conn.OpenStream(); err == nil {
		t.Error("opened a bidirectional stream")
	}
}

// A datagram of a peer never allocates by its own word or stops the reader.
func TestGarbageIsCounted(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", nil)
	conn := hostile(t, ca, b)
	for i := range 100 {
		payload := make([]byte, i+1)
		for j := range payload {
			payload[j] = byte(i*7 + j*13 + 5)
		}
		if err := conn.SendDatagram(payload); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, b, "a hundred envelopes dropped", func(s transport.Stats) bool {
		return s.Dropped[transport.DropMalformed]+s.Dropped[transport.DropUnauthenticated] == 100
	})
	exchange(t, ca.open("a", nil), b, 1)
}

// Handshakes beyond the rate must prove their address first, and succeed.
func TestHandshakeRate(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", func(c *quic.Config) { c.HandshakeRate = 1 })
	for i := range uint32(5) {
		a := ca.open("a", nil)
		exchange(t, a, b, i)
	}
}

// A client without a certificate is refused, and counted.
func TestNoCertificate(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", nil)
	pair, err := ca.ca.Issue("nobody", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config := bareTLS(ca.ca, pair, "prod")
	config.Certificates = []tls.Certificate{}
	if conn, err := bareDial(t, b.addr(), config); err == nil {
		<-conn.Context().Done() // the refusal comes after our side is done
	}
	eventually(t, b, "one dropped as not authenticated", func(s transport.Stats) bool {
		return s.Dropped[transport.DropUnauthenticated] == 1 && s.Received == 0
	})
	if got := quic.Connections(b.Transport); got != 0 {
		t.Errorf("%d connections", got)
	}
}

// One who begins a handshake and does not go on takes its place for a while.
func TestHandshakeThatStopsIsGivenUp(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", func(c *quic.Config) { c.DialTimeout = 500 * time.Millisecond })
	pair, err := ca.ca.Issue("slow", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config := bareTLS(ca.ca, pair, "prod")
	begun, over := make(chan struct{}), make(chan struct{})
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		close(begun)
		<-over
		return nil, errors.New("never meant to")
	}
	var dialling sync.WaitGroup
	dialling.Go(func() {
		if _, err := bareDial(t, b.addr(), config); err == nil {
			t.Error("a handshake that stopped succeeded")
		}
	})
	<-begun
	if got := quic.Arriving(b.Transport); got != 1 {
		t.Errorf("%d handshakes in progress, want 1", got)
	}
	await(t, "its place to be free", func() bool { return quic.Arriving(b.Transport) == 0 })
	close(over)
	dialling.Wait()
	exchange(t, ca.open("a", nil), b, 1)
	// What is left is at most the stranger's last word.
	await(t, "all places to be free", func() bool { return quic.Arriving(b.Transport) == 0 })
}

// Packets that belong to no connection are counted by what is wrong with them.
func TestPacketsOfStrangersAreCounted(t *testing.T) {
	ca := newAuthority(t, "prod")
	b := ca.open("b", nil)
	conn := listenUDP(t)
	long := func(version byte, size int) []byte {
		// A long header with connection ids of 8 bytes (RFC 9000 §17.2).
		packet := append([]byte{0xc0, 0, 0, 0, version, 8}, make([]byte, size)...)
		packet[14] = 8
		return packet
	}
	short := make([]byte, 20)
	short[0] = 0x40
	for _, packet := range [][]byte{
		{0x00, 1, 2, 3},  // not QUIC
		{0x40, 1},        // no room for a connection id
		long(0x7f, 200),  // a version that nobody speaks, too small for an answer
		short,            // of no connection, too small for an answer
		long(0x01, 1200), // a first packet that is not encrypted right
	} {
		if _, err := conn.WriteToUDPAddrPort(packet, b.addr()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, b, "each packet counted", func(s transport.Stats) bool {
		return s.Dropped[transport.DropMalformed] >= 2 && s.Dropped[transport.DropUnauthenticated] >= 2
	})
	if got := quic.Connections(b.Transport); got != 0 {
		t.Errorf("%d connections", got)
	}
	exchange(t, ca.open("a", nil), b, 1)
}
