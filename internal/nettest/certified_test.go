package nettest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// stronghold is a cluster over QUIC, each node behind a box, and its authority.
type stronghold struct {
	t     *testing.T
	dir   string
	ca    *devca.Authority
	nodes []*besieged
	// change, if set, changes the configuration of each node.
	change func(*quic.Config)
}

func newStronghold(t *testing.T, count int, change func(*quic.Config)) *stronghold {
	t.Helper()
	s := &stronghold{t: t, dir: t.TempDir(), ca: newAuthority(t, clusterName), change: change}
	s.trust(s.ca)
	for _, id := range []string{"n1", "n2", "n3", "n4"}[:count] {
		s.nodes = append(s.nodes, besiege(t, id, s.opener(id), newMiddlebox(t), s.nodes...))
	}
	agreed(t, s.nodes...)
	return s
}

func newAuthority(t *testing.T, cluster string) *devca.Authority {
	t.Helper()
	ca, err := devca.New(cluster, devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t *testing.T, ca *devca.Authority, id string, options devca.Options) devca.Pair {
	t.Helper()
	pair, err := ca.Issue(id, options)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// trust makes all nodes accept the certificates of these authorities.
func (s *stronghold) trust(authorities ...*devca.Authority) {
	s.t.Helper()
	var all []byte
	for _, ca := range authorities {
		all = append(all, ca.Pair.CertPEM()...)
	}
	next := filepath.Join(s.dir, "trusted.new")
	if err := os.WriteFile(next, all, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(next, s.caFile()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stronghold) caFile() string { return filepath.Join(s.dir, "trusted.pem") }

// opener issues a certificate.
func (s *stronghold) opener(id string) quic.Config {
	s.t.Helper()
	pair := issue(s.t, s.ca, id, devca.Options{})
	if err := pair.Write(s.dir, true); err != nil {
		s.t.Fatal(err)
	}
	config := quic.Config{
		Listen: loopback, CertFile: pair.CertFile(s.dir), KeyFile: pair.KeyFile(s.dir), CAFile: s.caFile(),
		ReloadInterval: time.Second,
	}
	if s.change != nil {
		s.change(&config)
	}
	return config
}

// credentials are those of an attacker who obeys no rules.
func (s *stronghold) credentials(pairs ...devca.Pair) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.ca.Pair.Certificate)
	config := &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: identity.ServerName(clusterName), NextProtos: []string{"hearsay/1"},
		Certificates: []tls.Certificate{},
	}
	for _, pair := range pairs {
		config.Certificates = append(config.Certificates, tls.Certificate{
			Certificate: [][]byte{pair.Certificate.Raw}, PrivateKey: pair.Key,
		})
	}
	return config
}

// dialler opens connections that obey no rules, from one socket.
type dialler struct {
	t      *testing.T
	engine *quicgo.Transport
}

func newDialler(t *testing.T) *dialler {
	t.Helper()
	d := &dialler{t, &quicgo.Transport{Conn: listen(t)}}
	t.Cleanup(func() { _ = d.engine.Close() })
	return d
}

// dial connects; an error is what the other end has to say.
func (d *dialler) dial(to netip.AddrPort, credentials *tls.Config) (*quicgo.Conn, error) {
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	return d.engine.Dial(ctx, net.UDPAddrFromAddrPort(to), credentials,
		&quicgo.Config{EnableDatagrams: true, MaxIdleTimeout: time.Minute, HandshakeIdleTimeout: 20 * time.Second})
}
