package devca

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// ErrExists: a file to be written exists already, and nothing was written.
var ErrExists = errors.New("exists already")

// fileName makes a node id safe as the name of a file: one element, not
// hidden, and never that of the authority.
func fileName(nodeID string) string {
	name := url.PathEscape(nodeID)
	if name[0] == '.' {
		name = "%2E" + name[1:]
	}
	if name == "ca" {
		name = "%63a"
	}
	return name
}

// CertFile returns where Write puts the certificate.
func (p Pair) CertFile(dir string) string { return filepath.Join(dir, p.Name+".pem") }

// KeyFile returns where Write puts the private key.
func (p Pair) KeyFile(dir string) string { return filepath.Join(dir, p.Name+".key") }

// CertPEM returns the certificate in PEM.
func (p Pair) CertPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw})
}

// KeyPEM returns the private key in PEM, as PKCS #8.
func (p Pair) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Write writes the authority's certificate and key to dir.
func (a *Authority) Write(dir string, overwrite bool) error { return a.Pair.Write(dir, overwrite) }

// Write writes both files with mode 0600 to dir, which is made with mode 0700
// if it is not there. Unless overwrite is set, an existing file is an error
// that is ErrExists, and nothing is changed. Each file is replaced as a whole,
// the certificate last.
func (p Pair) Write(dir string, overwrite bool) error {
	key, err := p.KeyPEM()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if !overwrite {
		for _, file := range []string{p.KeyFile(dir), p.CertFile(dir)} {
			if _, err := os.Lstat(file); err == nil {
				return fmt.Errorf("%s: %w", file, ErrExists)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if err := replace(p.KeyFile(dir), key); err != nil {
		return err
	}
	return replace(p.CertFile(dir), p.CertPEM())
}

// replace writes a file beside its place and renames it, so that a reader, and
// a crash, see the old or the new one whole.
func replace(file string, content []byte) (err error) {
	// CreateTemp gives mode 0600.
	temporary, err := os.CreateTemp(filepath.Dir(file), ".cert-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// Read reads the authority of a cluster back from dir.
func Read(cluster, dir string) (*Authority, error) {
	pair := Pair{Name: "ca"}
	loaded, err := tls.LoadX509KeyPair(pair.CertFile(dir), pair.KeyFile(dir))
	if err != nil {
		return nil, fmt.Errorf("authority in %s: %w", dir, err)
	}
	pair.Certificate = loaded.Leaf
	key, isECDSA := loaded.PrivateKey.(*ecdsa.PrivateKey)
	switch {
	case !isECDSA:
		return nil, fmt.Errorf("%s: is no ECDSA key", pair.KeyFile(dir))
	case !pair.Certificate.IsCA:
		return nil, fmt.Errorf("%s: is not the certificate of an authority", pair.CertFile(dir))
	case !slices.Contains(pair.Certificate.DNSNames, identity.ServerName(cluster)):
		return nil, fmt.Errorf("%s: is for %q, not for cluster %q (%s)", pair.CertFile(dir),
			pair.Certificate.DNSNames, cluster, identity.ServerName(cluster))
	}
	pair.Key = key
	return &Authority{Cluster: cluster, Pair: pair}, nil
}
