package udp

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeyFile(t *testing.T) {
	a, b := testKey(1), testKey(2)
	name := filepath.Join(t.TempDir(), "keys")
	writeFile(t, name, "# seals\n\n  "+a.Text()+" # mine\r\n"+strings.TrimRight(b.Text(), "=")) // no newline at the end
	keys, err := ReadKeyFile(name)
	if err != nil || fmt.Sprint(keys) != fmt.Sprint([]Key{a, b}) {
		t.Fatalf("keys %v, %v", keys, err)
	}
	if err := WriteKeyFile(name, b, a); err != nil {
		t.Fatal(err)
	}
	keys, err = ReadKeyFile(name)
	if err != nil || fmt.Sprint(keys) != fmt.Sprint([]Key{b, a}) {
		t.Fatalf("written and read again: %v, %v", keys, err)
	}
	found, err := os.Stat(name)
	if err != nil || hasModes && found.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", found.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

func TestKeyFileMistakes(t *testing.T) {
	good, dir := testKey(1).Text(), t.TempDir()
	many := ""
	for n := range byte(MaxKeys + 1) {
		many += testKey(n+1).Text() + "\n"
	}
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"short key": {good + "\n" + good[:20] + "\n", []string{":2: the key has 15 bytes: give 32", "hearsay keygen"}},
		"two wrong": {"AAAA\n#\n!\n", []string{":1: the key has 3 bytes", ":3: the key is not base64"}},
		"empty":     {"", []string{"no key", "hearsay keygen -file "}},
		"comments":  {"# nothing\n", []string{"no key"}},
		"too many":  {many, []string{"has 9 keys: keep at most 8"}},
		"huge":      {strings.Repeat("#\n", maxKeyFileBytes), []string{"is no key file"}},
	} {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		writeFile(t, file, test.content)
		_, err := ReadKeyFile(file)
		for _, want := range append(test.want, file) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v does not say %q", name, err, want)
			}
		}
		if err != nil && strings.Contains(err.Error(), good[:15]) {
			t.Errorf("%s: the error shows a key: %v", name, err)
		}
	}
	_, err := ReadKeyFile(filepath.Join(dir, "none"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "hearsay keygen") {
		t.Errorf("no file: %v", err)
	}
	if err := WriteKeyFile(filepath.Join(dir, "no folder", "keys"), testKey(1)); err == nil {
		t.Error("a key file was written into nowhere")
	}
}

func TestOpenWithKeyFile(t *testing.T) {
	addr, _ := loopback(false)
	config := Config{Listen: netip.AddrPortFrom(addr, 0), KeyFile: filepath.Join(t.TempDir(), "keys")}
	if _, err := config.Open(transporttest.Local("a")); err == nil || !strings.Contains(err.Error(), "KeyFile: ") {
		t.Fatalf("open without the file: %v", err)
	}
	writeFile(t, config.KeyFile, testKey(1).Text())
	if err := os.Chmod(config.KeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	local := transporttest.Local("a")
	local.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := config.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if hasModes && !strings.Contains(log.String(), "chmod 600") || strings.Contains(log.String(), "plaintext") {
		t.Errorf("warnings:\n%s", &log)
	}
	b, err := config.Open(transporttest.Local("b"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := a.Send(transport.Outbound{Target: b.Info().Local, Envelope: transporttest.QuietEnvelope("a", 1)}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, b); got.Envelope.Sequence != 1 {
		t.Errorf("envelope %d arrived", got.Envelope.Sequence)
	}
}

func TestKeyFileIsFollowed(t *testing.T) {
	a, b := testKey(1), testKey(2)
	name := filepath.Join(t.TempDir(), "keys")
	written := time.Now().Add(-time.Hour)
	write := func(content string) {
		t.Helper()
		writeFile(t, name, content)
		written = written.Add(time.Second) // the clock of a file system may be coarse
		if err := os.Chtimes(name, written, written); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	write(a.Text())
	file, err := openKeyFile(name, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	want := func(step, logged string, keys ...Key) {
		t.Helper()
		log.Reset()
		file.refresh()
		if got, want := file.keys.String(), ringOf(keys[0], keys[1:]...).String(); got != want {
			t.Fatalf("%s: keys %s, want %s", step, got, want)
		}
		if got := log.String(); logged == "" && got != "" || !strings.Contains(got, logged) || strings.Contains(got, a.Text()[:12]) {
			t.Errorf("%s: logged %q, want %q", step, got, logged)
		}
	}
	want("unchanged", "", a)
	write(a.Text() + "\n" + b.Text())
	want("added", "keys reloaded", a, b)
	want("unchanged again", "", a, b)
	write(b.Text() + "\n" + a.Text())
	want("used", "seals="+b.ID().String(), b, a)
	write("half a ke")
	want("broken", "old keys stay in use", b, a)
	want("still broken", "", b, a)
	write(b.Text())
	want("repaired", "keys reloaded", b)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	want("gone", "old keys stay in use", b)
	want("still gone", "", b)
	write(b.Text())
	want("back", "keys reloaded", b)
	// The next two have one size and one time.
	for _, keys := range [][]Key{{a, b}, {b, a}} {
		if err := errors.Join(WriteKeyFile(name, keys...), os.Chtimes(name, written, written)); err != nil {
			t.Fatal(err)
		}
		want("replaced", "seals="+keys[0].ID().String(), keys...)
	}
}
