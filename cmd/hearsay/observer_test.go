package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gossip "github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// cluster starts nodes that all see each other.
func cluster(t *testing.T, open func(id string) transport.Opener, ids ...string) []*gossip.Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var nodes []*gossip.Node
	for _, id := range ids {
		cfg := gossip.Config{NodeID: id, Cluster: "test", Transport: open(id), Zone: "eu"}
		if len(nodes) > 0 {
			cfg.Seeds = []string{nodes[0].LocalAddr().String()}
		}
		node, err := gossip.Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = node.Close() })
		if err := node.WaitJoined(ctx); err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, node)
	}
	if seen, err := nodes[len(nodes)-1].WaitConverged(ctx); err != nil || seen.Members != len(ids) {
		t.Fatal(seen, err)
	}
	return nodes
}

func plain(string) transport.Opener { return udp.Config{Listen: loopback, Insecure: true} }

// configure writes the configuration of a node.
func configure(t *testing.T, format string, args ...any) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "node.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "cluster: test\nnode: a\n"+format, args...), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnObserverIsNotTheNodeOfItsConfiguration(t *testing.T) {
	file := configure(t, `
transport: udp
zone: eu
roles: [db]
labels: {shard: "7"}
app_version: "1"
advertise: 192.0.2.1:0
state_file: no/such/folder/{node}
seeds: [seed.example.com:7946]
period: 2s
udp:
  listen: 127.0.0.1:7946
  insecure: true
`)
	o := observing{file: file, seeds: []string{"192.0.2.2:1"}}
	cfg, err := o.configuration(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.Observer || !strings.HasPrefix(cfg.NodeID, "observer-") || cfg.StateFile != "" || cfg.Advertise.IsValid() ||
		cfg.Cluster != "test" || cfg.Period != 2*time.Second {
		t.Errorf("%+v", cfg)
	}
	if listen := cfg.Transport.(udp.Config).Listen; listen != loopback {
		t.Errorf("it listens at %v", listen)
	}
	want := []string{"seed.example.com:7946", "192.0.2.2:1", "127.0.0.1:7946", "192.0.2.1:7946"}
	if !slices.Equal(cfg.Seeds, want) {
		t.Errorf("seeds %v, want %v", cfg.Seeds, want)
	}
	again := observing{file: file}
	if other, err := again.configuration(nil); err != nil || other.NodeID == cfg.NodeID {
		t.Errorf("two observers have the id %s (%v)", cfg.NodeID, err)
	}
}

// Where a node is looked for, besides its seeds.
func TestTheNodeItselfIsAWayIn(t *testing.T) {
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"at an address", "transport: udp\nudp: {listen: '192.0.2.1:7946', insecure: true}", []string{"192.0.2.1:7946"}},
		{"at all addresses", "transport: udp\nudp: {listen: '0.0.0.0:7946', insecure: true}", []string{"127.0.0.1:7946"}},
		{"at all of both families", "transport: udp\nudp: {listen: '[::]:7946', insecure: true}", []string{"[::1]:7946"}},
		{"behind another", "transport: udp\nadvertise: 192.0.2.1:80\nudp: {listen: '0.0.0.0:7946', insecure: true}",
			[]string{"127.0.0.1:7946", "192.0.2.1:80"}},
		{"by two networks", "transport: udp\nalso: [quic]\nadvertise: 192.0.2.1:80\n" +
			"udp: {listen: '0.0.0.0:7946', insecure: true}\n" +
			"quic: {listen: '0.0.0.0:7947', advertise: '192.0.2.3:0', cert_file: a, key_file: b, ca_file: c}",
			[]string{"127.0.0.1:7946", "127.0.0.1:7947", "192.0.2.1:80", "192.0.2.3:7947"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := observing{file: configure(t, "%s\n", test.config), id: "ops"}
			cfg, err := o.configuration(nil)
			if err != nil || !slices.Equal(cfg.Seeds, test.want) {
				t.Errorf("seeds %v, want %v (%v)", cfg.Seeds, test.want, err)
			}
		})
	}
}

// A configuration from another host has an address that is none of this one.
func TestBesidesANodeOfAnotherHost(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:7946":      "127.0.0.1:0",
		"192.0.2.1:7946":      "0.0.0.0:0",
		"[2001:db8::1]:7946":  "[::]:0",
		"0.0.0.0:7946":        "0.0.0.0:0",
		"198.51.100.254:7946": "0.0.0.0:0",
	} {
		if got := besides(netip.MustParseAddrPort(listen)); got.String() != want {
			t.Errorf("besides %s: %v, want %s", listen, got, want)
		}
	}
}

func TestObservingMistakes(t *testing.T) {
	dir := t.TempDir()
	good := configure(t, "transport: udp\nudp: {listen: '127.0.0.1:0', insecure: true}\n")
	certified := configure(t, "transport: quic\nseeds: ['127.0.0.1:1']\nquic: {listen: '127.0.0.1:0', cert_file: '%[1]s/{node}.pem', key_file: '%[1]s/{node}.key', ca_file: '%[1]s/ca.pem'}\n", dir)
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, exitDone, ""},
		{"no file", nil, exitUsage, "-config or -admin is missing"},
		{"an argument", []string{"-config", good, "x"}, exitUsage, `"x"`},
		{"no time", []string{"-config", good, "-timeout", "0"}, exitUsage, "positive"},
		{"the node's id", []string{"-config", good, "-id", "a"}, exitUsage, "id of its own"},
		{"the file is not there", []string{"-config", filepath.Join(dir, "none.yaml")}, exitFailure, "does not exist"},
		{"nobody to ask", []string{"-config", good}, exitUsage, "-seed"},
		{"no such seed", []string{"-config", good, "-seed", "x"}, exitFailure, "host:port"},
		{"within one process", []string{"-config", configure(t, "transport: memory\n")}, exitFailure, "within one process"},
		{"QUIC without an id", []string{"-config", certified}, exitUsage, "certificate of its own"},
		{"QUIC without a certificate", []string{"-config", certified, "-id", "ops"}, exitFailure, `hearsay cert node -cluster "test" -id "ops"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"members", "watch"} {
				code, out, errs := invoke(t, append([]string{name}, test.args...)...)
				if code != test.code || !strings.Contains(errs, test.want) || (code == exitDone) == (out == "") {
					t.Errorf("%s: exit code %d, want %d; stdout %q; stderr %q, want %q in it", name, code, test.code, out, errs, test.want)
				}
			}
		})
	}
}

// What transports have counted says what is wrong, if anything arrived at all.
func TestSymptoms(t *testing.T) {
	drop := func(cause transport.Drop) (s transport.Stats) {
		s.Dropped[cause] = 1
		return s
	}
	for want, stats := range map[string]transport.Stats{
		"the same keys and cluster": {},
		"another cluster":           drop(transport.DropForeign),
		"with these keys":           drop(transport.DropUnauthenticated),
		"another version":           drop(transport.DropVersion),
		"by allow and deny":         drop(transport.DropFiltered),
		"2 handshakes failed":       {HandshakesFailed: 2, Notices: 2},
		"nobody listens there":      {Notices: 1},
	} {
		if got := symptoms(stats); !strings.Contains(got, want) || strings.Count(got, "; ") > 2 {
			t.Errorf("%+v: %q, want %q in it", stats, got, want)
		}
	}
}

// authorized makes certificates in dir, and returns what opens nodes by them.
func authorized(t *testing.T, dir string) func(id string) transport.Opener {
	t.Helper()
	if code, _, errs := invoke(t, "cert", "ca", "-cluster", "test", "-dir", dir); code != exitDone {
		t.Fatal(errs)
	}
	ca, err := devca.Read("test", dir)
	if err != nil {
		t.Fatal(err)
	}
	return func(id string) transport.Opener {
		if code, _, errs := invoke(t, "cert", "node", "-cluster", "test", "-id", id, "-dir", dir); code != exitDone {
			t.Fatal(errs)
		}
		return quic.Config{Listen: loopback, CAFile: ca.Pair.CertFile(dir),
			CertFile: filepath.Join(dir, id+".pem"), KeyFile: filepath.Join(dir, id+".key")}
	}
}
