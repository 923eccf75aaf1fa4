package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// maxSocketPath is how long the path of a socket may be where it may be least, with
// the end of a string.
const maxSocketPath = 103

// probing bounds the question whether somebody serves at a socket.
const probing = time.Second

// Listen opens what Serve serves: a Unix socket, "unix:///run/hearsay/n1.sock", or
// a port that this host alone reaches, "tcp://127.0.0.1:9746"; port 0 lets the
// system choose.
//
// A socket's file is its owner's alone (mode 0600) from the moment at which it can be
// seen, and goes with the listener. One that a process has left behind is replaced;
// where a process serves the error is ErrInUse, and a file that is no socket is left
// alone. An address that others reach is ErrNotLoopback. On Windows a file's mode keeps
// nobody out, and a socket that was left behind is not told from one that is served:
// use a port there.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	network, target, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if network == "unix" {
		return listenUnix(ctx, target)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, network, target)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: another process listens at %s: stop it, or choose another port", ErrInUse, target)
	}
	return listener, err
}

// listenUnix binds the socket in a folder that nobody else may enter, and moves it to
// its place when it is nobody else's.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := vacant(ctx, path); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".admin")
	if err != nil {
		return nil, fmt.Errorf("admin: the folder of the socket must be there, and writable: %w", err)
	}
	defer os.RemoveAll(folder)
	bound := filepath.Join(folder, "s")
	if longest := max(len(path), len(bound)); longest > maxSocketPath {
		return nil, fmt.Errorf("%w: the path %s is %d bytes too long for a socket: choose a shorter one", ErrAddress, path, longest-maxSocketPath)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", bound)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	s := &socket{Listener: listener, path: path}
	if s.file, err = place(bound, path); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// vacant tells whether a socket may be put at path: nothing is there, or a socket
// that nobody serves.
func vacant(ctx context.Context, path string) error {
	found, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("admin: %w", err)
	case found.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w: %s is no socket: remove it, or choose another path", ErrInUse, path)
	}
	dialer := net.Dialer{Timeout: probing}
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = conn.Close()
		return fmt.Errorf("%w: another process serves %s: stop it, or choose another path", ErrInUse, path)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("%w: cannot tell whether a process serves %s; remove it if there is none: %w", ErrInUse, path, err)
}

// place moves a socket to its path, and returns what it is there.
func place(bound, path string) (fs.FileInfo, error) {
	if err := os.Chmod(bound, 0o600); err != nil {
		return nil, err
	}
	file, err := os.Lstat(bound)
	if err != nil {
		return nil, err
	}
	return file, os.Rename(bound, path)
}

// socket is a listener whose file is at another path than the one it was bound to.
type socket struct {
	net.Listener
	path string
	file fs.FileInfo
	once sync.Once
}

// Addr returns the path at which others reach it.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close removes the file as well, unless another process has put its own there.
func (s *socket) Close() error {
	s.once.Do(func() {
		if found, err := os.Lstat(s.path); err == nil && os.SameFile(found, s.file) {
			_ = os.Remove(s.path)
		}
	})
	return s.Listener.Close()
}
