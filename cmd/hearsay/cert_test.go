package main

import (
	"bytes"
	"crypto/tls"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// invoke runs one command line.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestCertMakesFilesThatFit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	if code, out, errs := invoke(t, "cert", "ca", "-cluster", "prod", "-dir", dir); code != 0 || errs != "" || !strings.Contains(out, "ca.pem") {
		t.Fatalf("cert ca: %d, %q, %q", code, out, errs)
	}
	if code, _, errs := invoke(t, "cert", "node", "-cluster", "prod", "-id", "eu/1", "-id", "eu/2", "-dir", dir); code != 0 {
		t.Fatalf("cert node: %d, %q", code, errs)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "eu%2F1.pem"), filepath.Join(dir, "eu%2F1.key"))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := identity.NodeID(pair.Leaf, "prod"); id != "eu/1" || err != nil {
		t.Errorf("certificate names %q, %v", id, err)
	}
	if _, err := tls.LoadX509KeyPair(filepath.Join(dir, "eu%2F2.pem"), filepath.Join(dir, "eu%2F2.key")); err != nil {
		t.Errorf("the second node of one command: %v", err)
	}
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found, err := entry.Info()
		if err == nil && found.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", path, found.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCertOverwritesOnlyWithForce(t *testing.T) {
	dir := t.TempDir()
	make := []string{"cert", "ca", "-cluster", "prod", "-dir", dir}
	invoke(t, make...)
	before, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	code, _, errs := invoke(t, make...)
	after, _ := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if code != exitFailure || !strings.Contains(errs, "-force") || !bytes.Equal(before, after) {
		t.Errorf("a second time: %d, %q", code, errs)
	}
	code, _, errs = invoke(t, append(make, "-force")...)
	after, _ = os.ReadFile(filepath.Join(dir, "ca.pem"))
	if code != exitDone || bytes.Equal(before, after) {
		t.Errorf("with -force: %d, %q", code, errs)
	}
}

func TestCertMistakes(t *testing.T) {
	dir, empty := t.TempDir(), t.TempDir()
	invoke(t, "cert", "ca", "-cluster", "prod", "-dir", dir)
	if err := os.WriteFile(filepath.Join(empty, "ca.pem"), []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nothing", nil, exitUsage, "usage"},
		{"unknown command", []string{"gossip"}, exitUsage, "hearsay help"},
		{"help", []string{"help"}, exitDone, ""},
		{"help of cert", []string{"cert", "-h"}, exitDone, ""},
		{"help of cert ca", []string{"cert", "ca", "-h"}, exitDone, ""},
		{"cert alone", []string{"cert"}, exitUsage, "ca|node"},
		{"unknown kind", []string{"cert", "leaf"}, exitUsage, "ca|node"},
		{"unknown flag", []string{"cert", "ca", "-key"}, exitUsage, "-h"},
		{"argument", []string{"cert", "ca", "-cluster", "a", "b"}, exitUsage, `"b"`},
		{"no cluster", []string{"cert", "ca", "-dir", empty}, exitUsage, "-cluster"},
		{"validity", []string{"cert", "ca", "-cluster", "a", "-validity", "-1h"}, exitUsage, "-validity"},
		{"cluster too long", []string{"cert", "ca", "-cluster", strings.Repeat("a", 65), "-dir", empty, "-force"}, exitFailure, "1 to 64"},
		{"no id", []string{"cert", "node", "-cluster", "prod", "-dir", dir}, exitUsage, "-id"},
		{"id too long", []string{"cert", "node", "-cluster", "prod", "-id", strings.Repeat("a", 65), "-dir", dir}, exitFailure, "1 to 64"},
		{"no authority", []string{"cert", "node", "-cluster", "prod", "-id", "a", "-dir", t.TempDir()}, exitFailure, "hearsay cert ca"},
		{"authority malformed", []string{"cert", "node", "-cluster", "prod", "-id", "a", "-dir", empty}, exitFailure, "authority in"},
		{"authority of another cluster", []string{"cert", "node", "-cluster", "staging", "-id", "a", "-dir", dir}, exitFailure, "prod.hearsay"},
		{"directory is a file", []string{"cert", "ca", "-cluster", "a", "-dir", filepath.Join(dir, "ca.pem")}, exitFailure, "ca.pem"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := invoke(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.want) || (code == exitDone) == (out == "") {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q in it", code, test.code, out, errs, test.want)
			}
		})
	}
}
