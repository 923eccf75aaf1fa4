package quic_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// bareTLS returns a TLS configuration made of a certificate, without any of
// this package.
func bareTLS(ca *devca.Authority, pair devca.Pair, cluster string) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(ca.Pair.Certificate)
	return &tls.Config{
		MinVersion:       tls.VersionTLS13,
		Certificates:     []tls.Certificate{{Certificate: [][]byte{pair.Certificate.Raw}, PrivateKey: pair.Key}},
		RootCAs:          roots,
		ClientCAs:        roots,
		ClientAuth:       tls.RequireAndVerifyClientCert,
		ServerName:       identity.ServerName(cluster),
		NextProtos:       []string{"hearsay/1"},
		CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// bareConfig is quic-go's configuration of a peer without this package.
func bareConfig() *quicgo.Config {
	return &quicgo.Config{EnableDatagrams: true, DisablePathMTUDiscovery: true, MaxIncomingUniStreams: 16}
}

// bareDial connects to target as quic-go alone does it.
func bareDial(tb testing.TB, target netip.AddrPort, config *tls.Config) (*quicgo.Conn, error) {
	tb.Helper()
	engine := &quicgo.Transport{Conn: listenUDP(tb)}
	tb.Cleanup(func() { _ = engine.Close() })
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	conn, err := engine.Dial(ctx, net.UDPAddrFromAddrPort(target), config, bareConfig())
	if err == nil {
		tb.Cleanup(func() { _ = conn.CloseWithError(0, "") })
	}
	return conn, err
}

// bareStream sends bytes on a stream of their own.
func bareStream(tb testing.TB, conn *quicgo.Conn, content []byte, finish bool) {
	tb.Helper()
	stream, err := conn.OpenUniStream()
	if err != nil {
		tb.Fatal(err)
	}
	_ = stream.SetWriteDeadline(time.Now().Add(patience))
	// The peer may stop reading before all is written.
	_, _ = stream.Write(content)
	if finish {
		_ = stream.Close()
	}
}

// provoke makes target, whose authority is ca, drop something for a cause; it
// reports whether QUIC knows that cause.
func provoke(tb testing.TB, ca *devca.Authority, target transport.Transport, cluster string, cause transport.Drop) bool {
	tb.Helper()
	pair, err := ca.Issue("hostile", devca.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	config := bareTLS(ca, pair, cluster)
	address := target.Info().Local
	switch cause {
	case transport.DropForeign:
		config.ServerName = identity.ServerName("elsewhere")
	case transport.DropVersion:
		config.NextProtos = []string{"hearsay/99"}
	case transport.DropMalformed, transport.DropOversize, transport.DropUnauthenticated:
		conn, err := bareDial(tb, address, config)
		if err != nil {
			tb.Fatal(err)
		}
		switch cause {
		case transport.DropMalformed:
			err = conn.SendDatagram([]byte{0xff, 0xff, 0xff})
		case transport.DropOversize:
			bareStream(tb, conn, make([]byte, target.Info().MaxEnvelopeBytes+1), true)
		default:
			err = conn.SendDatagram([]byte{0x09, 1, 2, 3, 4, 5, 6, 7, 8}) // another sender's key
		}
		if err != nil {
			tb.Fatal(err)
		}
		return true
	default:
		return false
	}
	if conn, err := bareDial(tb, address, config); err == nil {
		tb.Fatalf("a handshake to be refused succeeded: %v", conn.ConnectionState().TLS.NegotiatedProtocol)
	}
	return true
}
