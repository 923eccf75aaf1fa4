package quic

import (
	"bytes"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

// A store takes what loads, and keeps what it has when something does not.
func TestCredentialStore(t *testing.T) {
	dir := t.TempDir()
	ca, err := devca.New("prod", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	issue := func() devca.Pair {
		pair, err := ca.Issue("a", devca.Options{})
		if err := errors.Join(err, ca.Write(dir, true), pair.Write(dir, true)); err != nil {
			t.Fatal(err)
		}
		return pair
	}
	pair := issue()
	var log bytes.Buffer
	config := Config{CertFile: pair.CertFile(dir), KeyFile: pair.KeyFile(dir), CAFile: filepath.Join(dir, "ca.pem")}.withDefaults()
	store, _, err := newCredentialStore(config, transport.Local{NodeID: "a", Cluster: "prod"}.WithDefaults(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() string { return store.current.Load().client.Certificates[0].Leaf.SerialNumber.String() }
	now, first := time.Now(), serial()
	reloads := 0
	store.changed = func(*x509.CertPool) { reloads++ }

	store.refresh(now)
	if serial() != first || log.Len() > 0 {
		t.Fatalf("unchanged files were reloaded: %s", &log)
	}
	renewed := issue().Certificate.SerialNumber.String()
	store.refresh(now)
	if serial() != renewed || !strings.Contains(log.String(), "reloaded") {
		t.Fatalf("changed files were not taken: %s", &log)
	}

	for name, spoil := range map[string]func() error{
		"malformed": func() error { return os.WriteFile(config.CertFile, []byte("no PEM"), 0o600) },
		"gone":      func() error { return os.Remove(config.CAFile) },
	} {
		log.Reset()
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		store.refresh(now)
		if serial() != renewed || !strings.Contains(log.String(), "do not load") {
			t.Fatalf("%s: files that do not load were taken, or nobody was told: %s", name, &log)
		}
	}
	renewed = issue().Certificate.SerialNumber.String()
	store.refresh(now)
	if serial() != renewed {
		t.Fatal("mended files were not taken")
	}
	if reloads != 2 {
		t.Errorf("told of %d reloads, want 2", reloads)
	}

	// The end of a certificate is announced, once.
	log.Reset()
	for range 2 {
		store.refresh(store.leaf.NotAfter.Add(-time.Hour))
	}
	if got := strings.Count(log.String(), "expires soon"); got != 1 {
		t.Errorf("announced %d times that the certificate expires, want once: %s", got, &log)
	}
}
