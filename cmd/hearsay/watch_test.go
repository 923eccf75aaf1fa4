package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

// An event of each kind, and how it is printed.
func TestEventsAreLines(t *testing.T) {
	view := seenView(t)
	b, _ := view.Get("b")
	c, _ := view.Get("c")
	d, _ := view.Get("d")
	address := netip.MustParseAddrPort("10.0.0.9:7946")
	at := time.Date(2026, 11, 22, 10, 0, 0, 250e6, time.UTC)
	for _, test := range []struct {
		event gossip.Event
		text  string
	}{
		{gossip.TopologyUpdated{View: view, Joined: []gossip.Member{b, c}, Dead: []gossip.Member{d}, Blocked: []string{"x"}},
			"view 09abcdef01234567: 4 live, 2 gone; joined: b c; dead: d; kept out: x"},
		{gossip.MemberStatusChanged{Member: b, From: gossip.StatusUp}, "member b: suspect, was up; accused by a c"},
		{gossip.MemberStatusChanged{Member: gossip.Member{ID: "x\n"}, From: gossip.StatusDead}, `member "x\n": unknown, was dead`},
		{gossip.MemberHealthChanged{Member: c, From: gossip.HealthHealthy}, "member c: degraded, was healthy"},
		{gossip.Converged{Version: 3, Hash: 0xabc, Members: 4}, "view 0000000000000abc: all of 4 members see it"},
		{gossip.Isolated{}, "no member answers: all have died, or this host is cut off"},
		{gossip.Isolated{Over: true}, "a member answers again"},
		{gossip.Detoured{Member: "b", Network: "quic", By: "udp"}, "member b does not answer by quic, and does by udp"},
		{gossip.Detoured{Member: "b", Network: "quic", Over: true}, "member b answers by quic again"},
		{gossip.SeedSilent{Address: address}, "seed 10.0.0.9:7946 does not answer"},
		{gossip.SendFailed{Target: address, Err: errors.New("queue full")}, "could not send to 10.0.0.9:7946: queue full"},
		{gossip.Superseded{Generation: 1 << 60, Address: address}, "another process at 10.0.0.9:7946 has this node's id"},
		{gossip.Evicted{Old: 1, New: 2}, "removed, and back under a new generation"},
		{gossip.Lagged{Missed: 7}, "7 events are missing: the output was too slow"},
		{admin.Ended{Reason: "hearsay: the node has left"}, "the node has ended: hearsay: the node has left"},
		{admin.Unknown{Name: "x", Text: []byte(`{"event":"x"}`)}, `something that this version has no words for: "{\"event\":\"x\"}"`},
	} {
		var line strings.Builder
		if err := textLine(&line, admin.Event{At: at, Event: test.event}); err != nil {
			t.Fatal(err)
		}
		if want := "10:00:00.250  " + test.text + "\n"; line.String() != want {
			t.Errorf("%T is printed as %q, want %q", test.event, &line, want)
		}
	}
}

// watching is "hearsay watch" while it runs.
type watching struct {
	lines *bufio.Scanner
	stop  context.CancelFunc
	ended chan int
	errs  strings.Builder
}

func startWatch(t *testing.T, args ...string) *watching {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	w := &watching{lines: bufio.NewScanner(reader), stop: stop, ended: make(chan int, 1)}
	w.lines.Buffer(nil, 1<<20)
	go func() {
		code := run(ctx, append([]string{"watch"}, args...), writer, &w.errs)
		_ = writer.Close()
		w.ended <- code
	}()
	t.Cleanup(func() { stop(); _ = reader.Close() })
	return w
}

// await reads lines until one matches.
func (w *watching) await(t *testing.T, want string) string {
	t.Helper()
	form := regexp.MustCompile(want)
	var seen []string
	for w.lines.Scan() {
		if seen = append(seen, w.lines.Text()); form.MatchString(w.lines.Text()) {
			return w.lines.Text()
		}
	}
	t.Fatalf("no %s among\n%s\n%s", want, strings.Join(seen, "\n"), &w.errs)
	return ""
}

func TestWatchTellsWhatHappensUntilItIsInterrupted(t *testing.T) {
	nodes := cluster(t, plain, "a", "b", "c")
	file := configure(t, "transport: udp\nudp: {listen: '%v', insecure: true}\n", nodes[0].LocalAddr())
	text, object := startWatch(t, "-config", file, "-timeout", "1m"), startWatch(t, "-config", file, "-timeout", "1m", "-json")
	text.await(t, `^\d\d:\d\d:\d\d\.\d{3}  view [0-9a-f]{16}: 3 live, 0 gone; joined: a b c$`)
	var first struct {
		Event   string
		Full    bool
		At      time.Time
		Changed []gossip.Member
	}
	if err := json.Unmarshal([]byte(object.await(t, `"topology_updated"`)), &first); err != nil {
		t.Fatal(err)
	}
	if ids := idsOf(first.Changed); !first.Full || first.At.IsZero() || !slices.Equal(ids, []string{"a", "b", "c"}) {
		t.Errorf("%+v", first)
	}
	if err := nodes[2].Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	text.await(t, `  member c: removed, was `)
	object.await(t, `"event":"member_status_changed","member":\{"id":"c",.*"status":"removed".*"from":"[a-z]+"`)
	for _, w := range []*watching{text, object} {
		w.stop()
		for w.lines.Scan() {
		}
		if code := <-w.ended; code != exitDone || w.errs.String() != "" {
			t.Errorf("exit code %d, %s", code, &w.errs)
		}
	}
}
