package quic

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// CertificateError says which file of a Config is wrong, and what to do.
type CertificateError struct {
	// Field is the field of Config, and File what it says.
	Field, File string
	// Err is the cause, such as fs.ErrNotExist.
	Err error
	// Advice is what to do.
	Advice string
}

// Error names field, file, cause and advice.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("%s %s: %v: %s", e.Field, e.File, e.Err, e.Advice)
}

// Unwrap returns the cause.
func (e *CertificateError) Unwrap() error { return e.Err }

// credentials are what the three files of a Config held at one moment, checked.
type credentials struct {
	pair        tls.Certificate
	authorities *x509.CertPool
}

// loadCredentials reads and checks the files: whatever a peer would refuse in
// the certificate is refused here, where somebody can mend it.
func loadCredentials(c Config, cluster, nodeID string, now time.Time) (*credentials, error) {
	certPEM, err := readPEM("CertFile", c.CertFile)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readPEM("KeyFile", c.KeyFile)
	if err != nil {
		return nil, err
	}
	caPEM, err := readPEM("CAFile", c.CAFile)
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(caPEM) {
		return nil, &CertificateError{"CAFile", c.CAFile, errors.New("has no certificate"),
			"give the PEM certificate of the authority that issued the nodes' certificates"}
	}
	leaf, err := parseLeaf(c.CertFile, certPEM)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, &CertificateError{"KeyFile", c.KeyFile, err, "give the private key of the certificate in CertFile " + c.CertFile}
	}
	pair.Leaf = leaf
	if err := checkLeaf(c, pair, authorities, cluster, nodeID, now); err != nil {
		return nil, err
	}
	return &credentials{pair: pair, authorities: authorities}, nil
}

func readPEM(field, file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		cause, advice := err, "make it readable for the user that the node runs as"
		if errors.Is(err, os.ErrNotExist) {
			advice = `give an existing file; "hearsay cert" makes some for development`
		}
		if path, ok := errors.AsType[*os.PathError](err); ok {
			cause = path.Err // the file is named already
		}
		return nil, &CertificateError{field, file, cause, advice}
	}
	return content, nil
}

// checkLeaf checks the node's own certificate as its peers will.
func checkLeaf(c Config, pair tls.Certificate, authorities *x509.CertPool, cluster, nodeID string, now time.Time) error {
	refuse := func(err error, advice string) error {
		return &CertificateError{"CertFile", c.CertFile, err, advice}
	}
	issue := fmt.Sprintf("issue one for node %q of cluster %q, with the URI %v, the DNS name %s, and usage as client and as server",
		nodeID, cluster, identity.URI(cluster, nodeID), identity.ServerName(cluster))
	leaf := pair.Leaf
	named, err := identity.NodeID(leaf, cluster)
	switch {
	case err != nil:
		return refuse(err, issue)
	case named != nodeID:
		return refuse(fmt.Errorf("certificate is for node %q", named), issue)
	case now.Before(leaf.NotBefore):
		return refuse(fmt.Errorf("certificate is valid from %v only", leaf.NotBefore), "wait, or set this host's clock right")
	case now.After(leaf.NotAfter):
		return refuse(fmt.Errorf("certificate expired on %v", leaf.NotAfter), issue)
	}
	intermediates := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			return refuse(err, "give the node's certificate first, then its intermediate ones, in PEM")
		}
		intermediates.AddCert(parsed)
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		_, err := leaf.Verify(x509.VerifyOptions{
			DNSName: identity.ServerName(cluster), Roots: authorities, Intermediates: intermediates,
			CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			return refuse(err, "give in CAFile the certificate of the authority that issued it")
		}
		if err != nil {
			return refuse(err, issue)
		}
	}
	return nil
}

// resetKey derives the key under which the node tells a peer that it has
// forgotten their connection. It must survive a restart, or the peer talks to
// nobody for a whole idle time-out; so it comes from the private key, and is
// bound to the node's id in case several nodes share that.
func (c *credentials) resetKey(nodeID string) (key [32]byte, err error) {
	private, err := x509.MarshalPKCS8PrivateKey(c.pair.PrivateKey)
	if err != nil {
		return key, err
	}
	derived, err := hkdf.Key(sha256.New, private, nil, "hearsay quic stateless reset v1 "+nodeID, len(key))
	copy(key[:], derived)
	return key, err
}
