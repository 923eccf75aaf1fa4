package hearsay_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// journal is a log in memory.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines(containing ...string) (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		isMatch := true
		for _, part := range containing {
			isMatch = isMatch && strings.Contains(line, part)
		}
		if isMatch {
			found = append(found, line)
		}
	}
	return found
}

func TestTheLogIsSilentWhileNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := openMemory(t, 10*time.Millisecond)
		var j journal
		var nodes []*hearsay.Node
		for _, id := range []string{"a", "b", "c"} {
			cfg := hearsay.Config{
				NodeID: id, Cluster: cluster, Transport: open(id),
				Logger: slog.New(slog.NewTextHandler(&j, nil)),
			}
			if len(nodes) > 0 {
				cfg.Seeds = []string{nodes[0].LocalAddr().String()}
			}
			nodes = append(nodes, start(t, cfg))
		}
		awaitAll(t, nodes...)
		after(10 * time.Second)
		before := len(j.lines())
		after(time.Hour)
		if quiet := j.lines()[before:]; len(quiet) > 0 {
			t.Errorf("in a quiet hour was logged: %q", quiet)
		}
		_ = nodes[2].Close()
		after(time.Minute)
		for _, id := range []string{"a", "b"} {
			for _, to := range []string{"to=suspect", "to=dead"} {
				if lines := j.lines("level=WARN", "node="+id, "member=c", to); len(lines) != 1 {
					t.Errorf("%s has logged %d lines with %s: %q", id, len(lines), to, lines)
				}
			}
		}
		if err := nodes[1].Leave(t.Context()); err != nil {
			t.Error(err)
		}
		after(time.Minute)
		if lines := j.lines("level=INFO", "node=a", "member=b", "to=removed"); len(lines) != 1 {
			t.Errorf("the leave is logged as %q", lines)
		}
	})
}

func TestASilentSeedIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := openMemory(t, 10*time.Millisecond)
		var j journal
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Seeds: []string{"10.9.9.9:7"},
			Logger: slog.New(slog.NewTextHandler(&j, nil)),
		})
		after(10 * time.Minute)
		if lines := j.lines("a seed does not answer", "10.9.9.9:7"); len(lines) != 1 {
			t.Errorf("logged %q", lines)
		}
		_ = n.Close()
	})
}

func TestAFailingResolverIsLoggedOnceUntilItIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := openMemory(t, 10*time.Millisecond)
		var j journal
		resolver := &answers{err: context.DeadlineExceeded}
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"), Resolver: resolver,
			Logger: slog.New(slog.NewTextHandler(&j, nil)),
		})
		after(10 * time.Minute)
		if lines := j.lines("not all seeds are found", context.DeadlineExceeded.Error()); len(lines) != 1 {
			t.Errorf("logged %q", lines)
		}
		resolver.set(nil, n.LocalAddr())
		after(10 * time.Minute)
		if lines := j.lines("all seeds are found again"); len(lines) != 1 {
			t.Errorf("logged %q", lines)
		}
	})
}

// TestABlockedLogStopsNothing: whoever writes the log may hang.
func TestABlockedLogStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := openMemory(t, time.Millisecond)
		release := make(chan struct{})
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: open("a"),
			Logger: slog.New(slog.NewTextHandler(blocked(release), nil)),
		})
		b := start(t, hearsay.Config{
			NodeID: "b", Cluster: cluster, Transport: open("b"), Seeds: []string{n.LocalAddr().String()},
		})
		awaitAll(t, n, b)
		after(time.Minute)
		if !sees(b.View(), n, b) {
			t.Errorf("with a blocked log the node counts as lost:\n%s", dump(b.View()))
		}
		close(release)
	})
}

// Not even if it is to hear of everything that goes wrong.
func TestABlockedLogOfFailuresStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		n := start(t, hearsay.Config{
			NodeID: "a", Cluster: cluster, Transport: refusing{openMemory(t, time.Millisecond)("a")}, Seeds: []string{"10.9.9.9:7"},
			Logger: slog.New(slog.NewTextHandler(blocked(release), &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		after(time.Minute)
		if n.Stats().Gossiper.SendsFailed < 2 {
			t.Errorf("after a minute: %+v", n.Stats().Gossiper)
		}
		close(release)
	})
}

// refusing opens transports that send nothing.
type refusing struct{ transport.Opener }

func (r refusing) Open(local transport.Local) (transport.Transport, error) {
	t, err := r.Opener.Open(local)
	return mute{t}, err
}

type mute struct{ transport.Transport }

func (mute) Send(transport.Outbound) error { return transport.ErrQueueFull }

// blocked is a writer that blocks until it is closed.
type blocked chan struct{}

func (b blocked) Write(p []byte) (int, error) {
	<-b
	return len(p), nil
}
