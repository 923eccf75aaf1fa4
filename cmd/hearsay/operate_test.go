package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

// operated starts a node that serves its admin API, and returns the address.
func operated(t *testing.T) (*gossip.Node, string) {
	t.Helper()
	node := cluster(t, plain, "a")[0]
	address := socketIn(t, "a")
	listener, err := admin.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- admin.Serve(ctx, listener, admin.Handler(node, admin.Config{})) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return node, address
}

func TestOperatingMistakes(t *testing.T) {
	_, address := operated(t)
	nobody := "unix://" + filepath.Join(t.TempDir(), "x")
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"status", exitUsage, "-admin is missing, and HEARSAY_ADMIN is not set"},
		{"status -admin here", exitUsage, "unix://"},
		{"status -admin " + nobody, exitFailure, "is the agent running? start it with: hearsay agent -config FILE -admin " + nobody},
		{"status x -admin " + nobody, exitUsage, `unexpected argument "x"`},
		{"status -timeout 0 -admin " + nobody, exitUsage, "positive"},
		{"leave -admin " + nobody, exitFailure, "not reachable"},
		{"members -admin " + nobody, exitFailure, "is the agent running?"},
		{"watch -admin " + nobody, exitFailure, "is the agent running?"},
		{"watch -admin here", exitUsage, "unix://"},
		{"members -admin x -config y", exitUsage, "-config and -admin are both given"},
		{"forget -admin " + address, exitUsage, "ID is missing"},
		{"forget a b -admin " + address, exitUsage, `unexpected argument "b"`},
		{"forget a -admin " + address, exitFailure, "not a dead member"},
		{"health -admin " + address, exitUsage, "is missing"},
		{"health fine -admin " + address, exitUsage, `"fine" is no health`},
		{"quarantine -id x -admin " + address, exitUsage, "-for is missing"},
		{"quarantine -for 1m -admin " + address, exitUsage, "one of -id, -address and -prefix"},
		{"quarantine -for 1m -id x -prefix 10.0.0.0/8 -admin " + address, exitUsage, "one of -id, -address and -prefix"},
		{"quarantine -for 1m -address x -admin " + address, exitUsage, "-address"},
		{"quarantine -for 1m -id a -admin " + address, exitFailure, "this node itself"},
		{"release -id x -admin " + address, exitFailure, "not in quarantine"},
		{"state", exitUsage, "get|held|set|unset"},
		{"state say", exitUsage, "get|held|set|unset"},
		{"state get x -admin " + address, exitFailure, `no member "x"`},
		{"state get x y -admin " + address, exitUsage, `"y"`},
		{"state held -admin " + address, exitUsage, "ID is missing"},
		{"state held x -admin " + address, exitFailure, `no member "x"`},
		{"state held a -type app.v1.X -admin " + address, exitFailure, "nothing of the type app.v1.X"},
		{"state set -admin " + address, exitUsage, "NAME=VALUE... is missing"},
		{"state set version -admin " + address, exitUsage, "has no value"},
		{"state set health=healthy -admin " + address, exitUsage, "hearsay health"},
		{"state unset colour -admin " + address, exitUsage, `"colour"`},
		{"state set version=" + strings.Repeat("x", 1<<17) + " -admin " + address, exitFailure, "more than"},
	} {
		code, out, errs := invoke(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(errs, test.want) || out != "" {
			t.Errorf("%.100s: exit code %d, want %d; stdout %q; stderr %q, want %q in it", test.args, code, test.code, out, errs, test.want)
		}
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	for name := range commands {
		if code, out, errs := invoke(t, name, "-h"); code != exitDone || !strings.Contains(out, "hearsay "+name) || errs != "" {
			t.Errorf("%s -h: exit code %d, %q, %q", name, code, out, errs)
		}
	}
}

func TestWhatANodeSaysIsSetAndUnset(t *testing.T) {
	node, address := operated(t)
	t.Setenv(adminVariable, address)
	out := done(t, "state", "set", "version=1.2", "roles=db, web", "labels.shard=7", "labels.note=a b")
	if out != `told: {"roles":["db","web"],"labels":{"note":"a b","shard":"7"},"version":"1.2"}; all of 1 members know`+"\n" {
		t.Errorf("set says %q", out)
	}
	if out, want := done(t, "state", "get"), "ID  HEALTH  VERSION  ROLES   LABELS\na   -       1.2      db web  \"note=a b\" shard=7\n"; out != want {
		t.Errorf("get prints\n%s, want\n%s", out, want)
	}
	if out := done(t, "state", "held", "a"); !regexp.MustCompile(`^TYPE +SLOTS  BYTES  NAME\n[0-9a-f]{8}  4      \d+     hearsay.v1.Metadata\n$`).MatchString(out) {
		t.Errorf("held prints\n%s", out)
	}
	var said gossip.Metadata
	if err := said.Unmarshal([]byte(done(t, "state", "held", "a", "-type", "hearsay.v1.Metadata"))); err != nil || !said.Equal(node.Metadata().Own()) {
		t.Errorf("held writes %+v, %v", said, err)
	}
	done(t, "state", "unset", "labels.shard", "roles", "version")
	var all []admin.Metadata
	if err := json.Unmarshal([]byte(done(t, "state", "get", "a", "-json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Version != "" || len(all[0].Roles) != 0 || len(all[0].Labels) != 1 {
		t.Errorf("%+v", all)
	}
	done(t, "quarantine", "-for", "1h", "-prefix", "10.0.0.0/8")
	done(t, "release", "-prefix", "10.0.0.0/8")
	if out := done(t, "leave"); out != "left; the others know\n" || node.Err() == nil {
		t.Errorf("%q, %v", out, node.Err())
	}
}

func TestTheStatusInLines(t *testing.T) {
	s := &admin.Status{
		Node: admin.Identity{ID: "a", Cluster: "prod eu", Generation: 3<<32 | 1, Joined: true, Isolated: true},
		View: seenView(t), Agreement: &gossip.Agreement{Heard: 3, Share: 2.0 / 3},
	}
	s.View.Blocked = []gossip.Blocked{{Block: gossip.Block{ID: "x y"}, Until: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	var out strings.Builder
	if err := printStatus(&out, s, s.View.ObservedAt.Add(90*time.Second)); err != nil {
		t.Fatal(err)
	}
	want := `node       a of cluster "prod eu", generation 3.00000001
standing   isolated: no member answers
bound      
health     healthy
members    1 joining, 1 up, 1 suspect, 1 leaving, 1 dead, 1 removed
view       09abcdef01234567, version 12, since 1m30s
agreement  2 of 3 members that were heard lately see the same
accused    b, by a c
kept out   "x y", until 2026-11-22T12:00:00Z
`
	if out.String() != want {
		t.Errorf("printed:\n%s\nwant:\n%s", &out, want)
	}
	for want, node := range map[string]admin.Identity{
		"ended: x": {Ended: "x"}, "joining: no seed has let it in yet": {}, "observer": {Joined: true, Observer: true}, "joined": {Joined: true},
	} {
		if got := standing(&node); got != want {
			t.Errorf("%+v is %q, want %q", node, got, want)
		}
	}
}
