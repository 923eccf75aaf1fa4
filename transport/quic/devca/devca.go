package devca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// Default validity of certificates.
const (
	DefaultCAValidity   = 10 * 365 * 24 * time.Hour
	DefaultNodeValidity = 365 * 24 * time.Hour
)

// skew is how long before now a certificate is valid already, for peers whose
// clock is behind.
const skew = 5 * time.Minute

// Options of a certificate. The zero Options are right for most.
type Options struct {
	// NotBefore is when it becomes valid; zero is five minutes ago, for peers
	// whose clock is behind.
	NotBefore time.Time
	// Validity is how long it is valid from now, or from NotBefore if that is
	// given; zero is DefaultCAValidity or DefaultNodeValidity. A node's
	// certificate never outlives its authority's.
	Validity time.Duration
}

func (o Options) period(validity time.Duration) (notBefore, notAfter time.Time) {
	if o.Validity != 0 {
		validity = o.Validity
	}
	if o.NotBefore.IsZero() {
		now := time.Now()
		return now.Add(-skew), now.Add(validity)
	}
	return o.NotBefore, o.NotBefore.Add(validity)
}

// Authority signs certificates for the nodes of one cluster.
type Authority struct {
	Cluster string
	Pair    Pair
}

// Pair is a certificate and its private key.
type Pair struct {
	// Name is what its files are named after.
	Name        string
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
}

// New makes the authority of a cluster.
func New(cluster string, options Options) (*Authority, error) {
	if n := len(cluster); n < 1 || n > transport.MaxNameBytes {
		return nil, fmt.Errorf("cluster's name has %d bytes: give 1 to %d", n, transport.MaxNameBytes)
	}
	notBefore, notAfter := options.period(DefaultCAValidity)
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "hearsay development CA " + identity.Label(cluster)},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		// The cluster stands in the authority's own certificate, so that a
		// node for another one is not issued by mistake.
		DNSNames: []string{identity.ServerName(cluster)},
	}
	pair, err := sign("ca", template, nil)
	if err != nil {
		return nil, err
	}
	return &Authority{Cluster: cluster, Pair: pair}, nil
}

// Issue makes the certificate of a node.
func (a *Authority) Issue(nodeID string, options Options) (Pair, error) {
	if n := len(nodeID); n < 1 || n > transport.MaxNameBytes {
		return Pair{}, fmt.Errorf("node id has %d bytes: give 1 to %d", n, transport.MaxNameBytes)
	}
	notBefore, notAfter := options.period(DefaultNodeValidity)
	if last := a.Pair.Certificate.NotAfter; notAfter.After(last) {
		notAfter = last
	}
	if !notAfter.After(notBefore) {
		return Pair{}, fmt.Errorf("certificate of %q would end at %v, before it begins", nodeID, notAfter)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: fileName(nodeID)},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		// A node dials and is dialled.
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{identity.ServerName(a.Cluster)},
		URIs:        []*url.URL{identity.URI(a.Cluster, nodeID)},
	}
	return sign(fileName(nodeID), template, &a.Pair)
}

// sign makes a key and a certificate for it; without an issuer it signs itself.
func sign(name string, template *x509.Certificate, issuer *Pair) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	// 127 random bits: positive, and unique enough for RFC 5280.
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Pair{}, err
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return Pair{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Name: name, Certificate: certificate, Key: key}, nil
}
