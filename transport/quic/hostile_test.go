package quic_test

import (
	"crypto/tls"
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
	b := ca.open("b", func(c *quic.Config) { c.StreamTimeout = 100 * time.Millisecond })
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
