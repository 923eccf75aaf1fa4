package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
)

// seenView is a view with one member of each kind, and names that are hard on a
// terminal.
func seenView(t *testing.T) *gossip.View {
	t.Helper()
	var view gossip.View
	if err := json.Unmarshal([]byte(`{
		"version": 12, "hash": "09abcdef01234567", "self": "observer", "observed_at": "2026-11-22T10:00:00Z",
		"members": [
			{"id": "\u001b[31mred", "generation": "4294967300", "status": "joining", "zone": "eu 1"},
			{"id": "a", "generation": "12884901889", "status": "up", "incarnation": 0, "health": "healthy", "zone": "eu-1",
			 "endpoints": [{"network": "udp", "address": "10.0.0.1:7946"}, {"network": "quic", "address": "[fd00::1]:7947"}]},
			{"id": "b", "generation": "4294967297", "status": "suspect", "incarnation": 2, "accusers": ["a", "c"],
			 "endpoints": [{"network": "udp", "address": "10.0.0.2:7946"}]},
			{"id": "c", "generation": "4294967298", "status": "leaving", "health": "degraded", "zone": "eu-2"}],
		"gone": [
			{"id": "d", "generation": "4294967299", "status": "dead", "zone": "-",
			 "endpoints": [{"network": "udp", "address": "10.0.0.4:7946"}]},
			{"id": "e", "generation": "8589934592", "status": "removed"}]}`), &view); err != nil {
		t.Fatal(err)
	}
	return &view
}

const seenTable = `ID             STATUS            HEALTH    ZONE    ADDRESS                                GENERATION  INCARNATION
"\x1b[31mred"  joining           -         "eu 1"  -                                      1.00000004  0
a              up                healthy   eu-1    udp/10.0.0.1:7946 quic/[fd00::1]:7947  3.00000001  0
b              suspect (by a c)  -         -       udp/10.0.0.2:7946                      1.00000001  2
c              leaving           degraded  eu-2    -                                      1.00000002  0
d              dead              -         "-"     udp/10.0.0.4:7946                      1.00000003  0
e              removed           -         -       -                                      2.00000000  0
`

func TestTheTableOfMembers(t *testing.T) {
	for _, test := range []struct {
		seen sight
		last string
	}{
		{sight{Agreed: true}, "view 09abcdef01234567, which all of them see"},
		{sight{Heard: 3, Share: 2.0 / 3, patience: 5 * time.Second},
			"view 09abcdef01234567; within 5s not all have shown that they see the same: 2 of 3 that were heard do"},
		{sight{Share: 1, patience: time.Second}, "view 09abcdef01234567; within 1s no member has shown what it sees"},
	} {
		var out strings.Builder
		test.seen.View = seenView(t)
		if err := printMembers(&out, test.seen); err != nil {
			t.Fatal(err)
		}
		if want := seenTable + "\n4 live, 2 gone; " + test.last + "\n"; out.String() != want {
			t.Errorf("printed:\n%s\nwant:\n%s", &out, want)
		}
	}
}

func TestMembersOfACluster(t *testing.T) {
	nodes := cluster(t, plain, "a", "b", "c")
	if err := nodes[1].SetHealth(gossip.HealthDegraded); err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[1].WaitConverged(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The node's own file has no seeds: the node is the way in.
	file := configure(t, "transport: udp\nudp: {listen: '%v', insecure: true}\n", nodes[0].LocalAddr())
	code, out, errs := invoke(t, "members", "-config", file, "-timeout", "1m")
	for _, want := range []string{`a +up +- +eu +udp/127`, `b +up +degraded +eu +udp/127`, `c +up +- +eu +udp/127`,
		`\n3 live, 0 gone; view [0-9a-f]{16}, which all of them see\n$`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("exit code %d, %s: no %s in\n%s", code, errs, want, out)
		}
	}
	code, out, errs = invoke(t, "members", "-config", file, "-json", "-timeout", "1m")
	var seen sight
	if err := json.Unmarshal([]byte(out), &seen); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %s, %v", code, errs, err)
	}
	if !seen.Agreed || seen.View.Len() != 3 || seen.View.Hash != nodes[0].View().Hash {
		t.Errorf("%s", out)
	}
	for _, node := range nodes {
		if node.View().Len() != 3 {
			t.Errorf("%s sees\n%v", node.ID(), node.View())
		}
	}
}

func TestMembersOfAClusterOverQUIC(t *testing.T) {
	dir := t.TempDir()
	open := authorized(t, dir)
	nodes := cluster(t, open, "a", "b")
	open("ops") // for its certificate
	file := configure(t, "transport: quic\nquic: {listen: '%v', cert_file: '%[2]s/{node}.pem', key_file: '%[2]s/{node}.key', ca_file: '%[2]s/ca.pem'}\n",
		nodes[0].LocalAddr(), dir)
	pair := []string{"-cert", filepath.Join(dir, "ops.pem"), "-key", filepath.Join(dir, "ops.key")}
	for _, args := range [][]string{{"-id", "ops"}, append(pair, "-id", "ops")} {
		code, out, errs := invoke(t, append([]string{"members", "-config", file, "-timeout", "1m"}, args...)...)
		if code != exitDone || !strings.Contains(out, "2 live, 0 gone") {
			t.Errorf("%v: exit code %d, %s\n%s", args, code, errs, out)
		}
	}
	code, _, errs := invoke(t, append([]string{"members", "-config", file, "-id", "other"}, pair...)...)
	if code != exitFailure || !strings.Contains(errs, `certificate is for node "ops"`) || !strings.Contains(errs, "hearsay cert node") {
		t.Errorf("with the certificate of another: exit code %d, %s", code, errs)
	}
}

// Somebody receives, and says nothing.
func TestMembersWhereNobodyAnswers(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	address := silent.LocalAddr().String()
	file := configure(t, "transport: udp\nseeds: ['%s']\nudp: {listen: '127.0.0.1:0', insecure: true}\n", address)
	for _, name := range []string{"members", "watch"} {
		code, out, errs := invoke(t, name, "-config", file, "-timeout", "50ms")
		if code != exitFailure || out != "" || !strings.Contains(errs, "nobody answered within 50ms; asked "+address) {
			t.Errorf("%s: exit code %d, %q, %q", name, code, out, errs)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	var out, errs strings.Builder
	if code := run(ctx, []string{"members", "-config", file}, &out, &errs); code != exitFailure || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit code %d, %s", code, &errs)
	}
}
