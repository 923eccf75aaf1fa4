package quic_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io/fs"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

// Whatever is wrong with the files, Open names field and file and says what to
// do.
func TestOpenRefusesWrongFiles(t *testing.T) {
	ca, other := newAuthority(t, "prod"), newAuthority(t, "prod")
	write := func(name, content string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	garbage := write("garbage.pem", "no PEM")
	broken := write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	staging := ca.forCluster("staging")
	for _, test := range []struct {
		name   string
		change func(*quic.Config)
		field  string
		want   string
		is     error
	}{
		{"no certificate file", func(c *quic.Config) { c.CertFile += ".gone" }, "CertFile", "hearsay cert", fs.ErrNotExist},
		{"no key file", func(c *quic.Config) { c.KeyFile += ".gone" }, "KeyFile", "hearsay cert", fs.ErrNotExist},
		{"no authority file", func(c *quic.Config) { c.CAFile += ".gone" }, "CAFile", "hearsay cert", fs.ErrNotExist},
		{"a directory", func(c *quic.Config) { c.CertFile = t.TempDir() }, "CertFile", "readable", syscall.EISDIR},
		{"certificate is garbage", func(c *quic.Config) { c.CertFile = garbage }, "CertFile", "BEGIN CERTIFICATE", nil},
		{"certificate is broken", func(c *quic.Config) { c.CertFile = broken }, "CertFile", "BEGIN CERTIFICATE", nil},
		{"certificate is a key", func(c *quic.Config) { c.CertFile = c.KeyFile }, "CertFile", "has no certificate", nil},
		{"key is garbage", func(c *quic.Config) { c.KeyFile = garbage }, "KeyFile", "private key of the certificate", nil},
		{"key of another", func(c *quic.Config) { c.KeyFile = ca.config("other").KeyFile }, "KeyFile", "private key of the certificate", nil},
		{"authority is garbage", func(c *quic.Config) { c.CAFile = garbage }, "CAFile", "has no certificate", nil},
		{"another authority", func(c *quic.Config) { c.CAFile = other.config("x").CAFile }, "CertFile", "CAFile", nil},
		{"another node", use(ca.config("b")), "CertFile", `node "b"`, nil},
		{"another cluster", use(staging.config("a")), "CertFile", `another cluster: "staging"`, nil},
		{"expired", use(dated(ca, "a1", -2*time.Hour, time.Hour)), "CertFile", "expired", nil},
		{"not valid yet", use(dated(ca, "a2", time.Hour, time.Hour)), "CertFile", "clock", nil},
		{"self-signed", use(selfSigned(t, ca)), "CertFile", "names no node", nil},
		{"for servers only", use(serverOnly(t, ca)), "CertFile", "as client and as server", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := ca.config("a")
			test.change(&config)
			id := "a"
			if strings.HasPrefix(filepath.Base(config.CertFile), "a") {
				id = strings.TrimSuffix(filepath.Base(config.CertFile), ".pem")
			}
			opened, err := config.Open(transport.Local{NodeID: id, Cluster: "prod"})
			if err == nil {
				_ = opened.Close()
				t.Fatal("opened")
			}
			wrong, ok := errors.AsType[*quic.CertificateError](err)
			if !ok || wrong.Field != test.field || wrong.Advice == "" || !strings.Contains(err.Error(), wrong.File) {
				t.Fatalf("%v, want a CertificateError about %s", err, test.field)
			}
			if !strings.Contains(err.Error(), test.want) || (test.is != nil && !errors.Is(err, test.is)) {
				t.Errorf("%v, want %q and %v", err, test.want, test.is)
			}
		})
	}
}

// use takes the certificate of another configuration.
func use(other quic.Config) func(*quic.Config) {
	return func(c *quic.Config) { c.CertFile, c.KeyFile = other.CertFile, other.KeyFile }
}

// dated returns the configuration of a node whose certificate begins that much
// after now.
func dated(ca *authority, id string, begin, validity time.Duration) quic.Config {
	ca.issue(id, devca.Options{NotBefore: time.Now().Add(begin), Validity: validity})
	return ca.config(id)
}

// selfSigned and serverOnly make certificates that devca would not.
func selfSigned(t *testing.T, ca *authority) quic.Config {
	return odd(t, ca, "a3", func(c *x509.Certificate) { c.URIs = nil })
}

func serverOnly(t *testing.T, ca *authority) quic.Config {
	return odd(t, ca, "a4", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
}

func odd(t *testing.T, ca *authority, id string, change func(*x509.Certificate)) quic.Config {
	t.Helper()
	pair := ca.issue(id, devca.Options{})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    pair.Certificate.NotBefore,
		NotAfter:     pair.Certificate.NotAfter,
		DNSNames:     pair.Certificate.DNSNames,
		URIs:         pair.Certificate.URIs,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, ca.ca.Pair.Certificate, &key.PublicKey, ca.ca.Pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	pair.Key = key
	if pair.Certificate, err = x509.ParseCertificate(der); err == nil {
		err = pair.Write(ca.dir, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ca.config(id)
}

func TestOpenAddresses(t *testing.T) {
	ca := newAuthority(t, "prod")
	a := ca.open("a", nil)
	config := ca.config("b")
	local := transport.Local{NodeID: "b", Cluster: "prod"}
	for address, want := range map[netip.AddrPort]error{
		a.addr():                               syscall.EADDRINUSE,
		netip.MustParseAddrPort("192.0.2.1:0"): syscall.EADDRNOTAVAIL,
	} {
		config.Listen = address
		opened, err := config.Open(local)
		if err == nil {
			_ = opened.Close()
			t.Fatalf("%v opened", address)
		}
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "Listen = "+address.String()) {
			t.Errorf("%v: %v, want %v", address, err, want)
		}
	}
}

func TestOpenNamesEveryProblem(t *testing.T) {
	_, err := quic.Config{QueueBytes: -1}.Open(transport.Local{})
	if err == nil {
		t.Fatal("opened")
	}
	for _, field := range []string{"Listen", "CertFile", "KeyFile", "CAFile", "QueueBytes", "NodeID", "Cluster"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
}
