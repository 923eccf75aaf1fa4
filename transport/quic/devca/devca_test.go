package devca_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

func newAuthority(t *testing.T, cluster string, options devca.Options) *devca.Authority {
	t.Helper()
	ca, err := devca.New(cluster, options)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestIssuedCertificatesVerifyForBothUses(t *testing.T) {
	ca := newAuthority(t, "Prod EU", devca.Options{})
	node, err := ca.Issue("a/b", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Pair.Certificate)
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		_, err := node.Certificate.Verify(x509.VerifyOptions{
			DNSName: identity.ServerName("Prod EU"), Roots: roots, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			t.Errorf("usage %v: %v", usage, err)
		}
	}
	if id, err := identity.NodeID(node.Certificate, "Prod EU"); id != "a/b" || err != nil {
		t.Errorf("names %q, %v", id, err)
	}
	if node.Certificate.IsCA {
		t.Error("a node's certificate signs others")
	}
}

func TestValidity(t *testing.T) {
	ca := newAuthority(t, "prod", devca.Options{Validity: 24 * time.Hour})
	long, err := ca.Issue("a", devca.Options{Validity: 48 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if got, last := long.Certificate.NotAfter, ca.Pair.Certificate.NotAfter; !got.Equal(last) {
		t.Errorf("valid until %v, want no longer than its authority: %v", got, last)
	}
	if _, err := ca.Issue("a", devca.Options{NotBefore: time.Now().Add(48 * time.Hour)}); err == nil {
		t.Error("issued a certificate that ends before it begins")
	}
	past, err := ca.Issue("a", devca.Options{NotBefore: time.Now().Add(-2 * time.Hour), Validity: time.Hour})
	if err != nil || !past.Certificate.NotAfter.Before(time.Now()) {
		t.Errorf("an expired certificate for a test: %v, %v", past.Certificate, err)
	}
}

func TestNames(t *testing.T) {
	ca := newAuthority(t, "prod", devca.Options{})
	for _, id := range []string{"", strings.Repeat("a", 65)} {
		if _, err := ca.Issue(id, devca.Options{}); err == nil {
			t.Errorf("issued for an id of %d bytes", len(id))
		}
		if _, err := devca.New(id, devca.Options{}); err == nil {
			t.Errorf("made an authority for a name of %d bytes", len(id))
		}
	}
	// Whatever the id, its files lie in the directory, and no two share one.
	dir := t.TempDir()
	if err := ca.Write(dir, false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "a.key", "ca", "ca.pem", ".", "..", "../x", "a/b", ".hidden", "größe", "a b", "\x00"} {
		pair, err := ca.Issue(id, devca.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := pair.Write(dir, false); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if got := filepath.Dir(pair.CertFile(dir)); got != dir {
			t.Errorf("%q lies in %s", id, got)
		}
	}
}

func TestWriteAndRead(t *testing.T) {
	ca := newAuthority(t, "prod", devca.Options{})
	dir := filepath.Join(t.TempDir(), "new", "directory")
	if err := ca.Write(dir, false); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{ca.Pair.CertFile(dir), ca.Pair.KeyFile(dir)} {
		found, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if found.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", file, found.Mode().Perm())
		}
	}
	again, err := devca.Read("prod", dir)
	if err != nil || !again.Pair.Certificate.Equal(ca.Pair.Certificate) || !again.Pair.Key.Equal(ca.Pair.Key) {
		t.Fatalf("read back %v, %v", again, err)
	}
	if err := ca.Write(dir, false); !errors.Is(err, devca.ErrExists) {
		t.Errorf("a second time: %v, want ErrExists", err)
	}
	if err := os.Remove(ca.Pair.CertFile(dir)); err != nil {
		t.Fatal(err)
	}
	// The key alone is enough to write nothing.
	if err := ca.Write(dir, false); !errors.Is(err, devca.ErrExists) {
		t.Errorf("with a key there: %v, want ErrExists", err)
	}
	if _, err := devca.Read("prod", dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a certificate: %v, want ErrNotExist", err)
	}
	if err := ca.Write(dir, true); err != nil {
		t.Errorf("overwriting: %v", err)
	}
	if _, err := devca.Read("staging", dir); err == nil {
		t.Error("read as the authority of another cluster")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: want two files and no temporary one", entries, err)
	}
}

func TestReadRefusesWhatIsNoAuthority(t *testing.T) {
	ca := newAuthority(t, "prod", devca.Options{})
	node, err := ca.Issue("a", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	node.Name = "ca"
	if err := node.Write(dir, false); err != nil {
		t.Fatal(err)
	}
	if _, err := devca.Read("prod", dir); err == nil || !strings.Contains(err.Error(), "authority") {
		t.Errorf("a node's certificate read as an authority: %v", err)
	}
}

func Example() {
	ca, err := devca.New("prod", devca.Options{})
	if err != nil {
		log.Fatal(err)
	}
	node, err := ca.Issue("node-1", devca.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(node.Certificate.URIs[0], node.Certificate.DNSNames[0])
	fmt.Println(node.CertFile("certs"), node.KeyFile("certs"))
	// Output:
	// hearsay://prod/node-1 prod.hearsay
	// certs/node-1.pem certs/node-1.key
}
