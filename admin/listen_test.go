package admin

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// leftBehind makes the socket of a process that has died.
func leftBehind(t *testing.T, path string) {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestASocketIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	listener, err := Listen(t.Context(), "unix://"+path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := os.Lstat(path)
	if err != nil || found.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v, %v", found, err)
	}
	if Address(listener) != "unix://"+path {
		t.Errorf("it is at %s", Address(listener))
	}
	if _, err := Listen(t.Context(), "unix://"+path); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "another process serves") {
		t.Errorf("a second one: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

func TestASocketThatWasLeftBehindIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	leftBehind(t, path)
	first, err := Listen(t.Context(), "unix://"+path)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else has taken the place by force: it is not removed with the first.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	leftBehind(t, path)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the socket of another was removed: %v", err)
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := Listen(t.Context(), "tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		address string
		want    error
		says    string
	}{
		{"", ErrAddress, "unix://"},
		{"/run/x.sock", ErrAddress, "unix://"},
		{"unix://", ErrAddress, "unix://"},
		{"http://127.0.0.1:1", ErrAddress, "tcp://127.0.0.1:port"},
		{"tcp://localhost:1", ErrAddress, "IP address"},
		{"tcp://127.0.0.1", ErrAddress, "port"},
		{"tcp://0.0.0.0:0", ErrNotLoopback, "not asked who he is"},
		{"tcp://[::]:0", ErrNotLoopback, "ssh"},
		{"tcp://192.0.2.1:0", ErrNotLoopback, "unix://"},
		{"unix://" + file, ErrInUse, "no socket"},
		{"unix://" + filepath.Join(dir, "none", "x.sock"), os.ErrNotExist, "folder"},
		{"unix://" + filepath.Join(dir, strings.Repeat("x", 100)), ErrAddress, "too long"},
		{Address(taken), ErrInUse, "another port"},
	} {
		listener, err := Listen(t.Context(), test.address)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, want %v with %q", test.address, err, test.want, test.says)
		}
		if err == nil {
			_ = listener.Close()
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file has %q, %v", text, err)
	}
}
