package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

// socketIn returns the address of a socket in a folder with a short name.
func socketIn(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hearsay")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return "unix://" + filepath.Join(dir, name)
}

// done runs a command line that must succeed, and returns what it prints.
func done(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := invoke(t, args...)
	if code != exitDone || errs != "" {
		t.Fatalf("hearsay %s: exit code %d, %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// contains fails if a text has not all of what is wanted.
func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestAgentMistakes(t *testing.T) {
	good := configure(t, "transport: udp\nudp: {listen: '127.0.0.1:0', insecure: true}\n")
	address := socketIn(t, "taken")
	taken, err := admin.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inUse.Close()
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, exitDone, ""},
		{"no file", nil, exitUsage, "-config is missing"},
		{"the file is not there", []string{"-config", "none.yaml"}, exitFailure, "does not exist"},
		{"an argument", []string{"-config", good, "x"}, exitUsage, `"x"`},
		{"a format", []string{"-config", good, "-log", "xml"}, exitUsage, "text or json"},
		{"no time to leave", []string{"-config", good, "-leave-timeout", "0"}, exitUsage, "-leave-timeout"},
		{"a setting", []string{"-config", good, "-set", "nod=b"}, exitFailure, "did you mean"},
		{"within one process", []string{"-config", configure(t, "transport: memory\n")}, exitFailure, "within one process"},
		{"an address of all", []string{"-config", good, "-admin", "tcp://0.0.0.0:0"}, exitFailure, "not asked who he is"},
		{"an address that is none", []string{"-config", good, "-admin", "here"}, exitFailure, "unix://"},
		{"one who serves", []string{"-config", good, "-admin", address}, exitFailure, "another process serves"},
		{"a port that is taken", []string{"-config", good, "-set", "udp.listen=" + inUse.LocalAddr().String()}, exitFailure, "in use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := invoke(t, append([]string{"agent"}, test.args...)...)
			if code != test.code || !strings.Contains(errs, test.want) || (code == exitDone) == (out == "") {
				t.Errorf("exit code %d, want %d; stdout %q; stderr %q, want %q in it", code, test.code, out, errs, test.want)
			}
		})
	}
}

// What ends an agent, and what it makes of it.
func TestTheEndsOfAnAgent(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	log := slog.New(slog.DiscardHandler)
	a := agent{leaveTimeout: 10 * time.Second}
	for _, test := range []struct {
		name  string
		seeds []string
		end   func(node *gossip.Node, listener net.Listener, interrupt context.CancelFunc)
		// want is nil if it exits with 0.
		want error
		says string
	}{
		{"an interrupt", nil, func(_ *gossip.Node, _ net.Listener, interrupt context.CancelFunc) { interrupt() }, nil, ""},
		{"an interrupt before it has joined", []string{silent.LocalAddr().String()},
			func(_ *gossip.Node, _ net.Listener, interrupt context.CancelFunc) { interrupt() }, nil, ""},
		{"it has left, and is interrupted", nil, func(node *gossip.Node, _ net.Listener, interrupt context.CancelFunc) {
			_ = node.Leave(t.Context())
			interrupt()
		}, nil, ""},
		{"the node is closed", nil, func(node *gossip.Node, _ net.Listener, _ context.CancelFunc) { _ = node.Close() }, gossip.ErrClosed, "closed"},
		{"the admin API fails", nil, func(_ *gossip.Node, listener net.Listener, _ context.CancelFunc) { _ = listener.Close() },
			net.ErrClosed, "the admin API has failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			node, err := gossip.Start(t.Context(), gossip.Config{NodeID: "a", Cluster: "test", Transport: plain("a"), Seeds: test.seeds})
			if err != nil {
				t.Fatal(err)
			}
			defer node.Close()
			listener, err := admin.Listen(t.Context(), "tcp://127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			ended := make(chan error, 1)
			go func() { ended <- a.run(ctx, node, listener, log) }()
			test.end(node, listener, interrupt)
			err = <-ended
			if !errors.Is(err, test.want) || test.want != nil && !strings.Contains(err.Error(), test.says) || node.Err() == nil {
				t.Errorf("it ends with %v, and the node with %v", err, node.Err())
			}
			if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
				t.Error("the admin API is served on")
			}
		})
	}
}

func TestAnAgentWithoutAnAdminAPI(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	node := cluster(t, plain, "a")[0]
	interrupt()
	a := agent{leaveTimeout: 10 * time.Second}
	if err := a.run(ctx, node, nil, slog.New(slog.DiscardHandler)); err != nil || !errors.Is(node.Err(), gossip.ErrLeft) {
		t.Errorf("it ends with %v, and the node with %v", err, node.Err())
	}
}
