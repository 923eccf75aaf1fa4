package admin

import (
	"context"
	"net/http"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// patient bounds what a test waits for.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start starts a node on loopback and waits until it has joined.
func start(t *testing.T, cfg hearsay.Config) *hearsay.Node {
	t.Helper()
	cfg.Cluster = "test"
	if cfg.Transport == nil {
		cfg.Transport = udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true}
	}
	node, err := hearsay.Start(patient(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	if err := node.WaitJoined(patient(t)); err != nil {
		t.Fatal(err)
	}
	return node
}

// cluster starts nodes that all see each other.
func cluster(t *testing.T, ids ...string) []*hearsay.Node {
	t.Helper()
	var nodes []*hearsay.Node
	for _, id := range ids {
		cfg := hearsay.Config{NodeID: id, Period: 100 * time.Millisecond}
		if len(nodes) > 0 {
			cfg.Seeds = []string{nodes[0].LocalAddr().String()}
		}
		nodes = append(nodes, start(t, cfg))
	}
	if _, err := nodes[len(nodes)-1].WaitConverged(patient(t)); err != nil {
		t.Fatal(err)
	}
	return nodes
}

// served serves a handler at a socket, and returns a client of it.
func served(t *testing.T, handler http.Handler) *Client {
	t.Helper()
	address := "unix://" + filepath.Join(t.TempDir(), "admin.sock")
	listener, err := Listen(patient(t), address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, handler) }()
	client, err := NewClient(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return client
}

// reach serves a node.
func reach(t *testing.T, node *hearsay.Node) *Client {
	t.Helper()
	return served(t, Handler(node, Config{}))
}

// await reads events until one is what is wanted.
func await[E hearsay.Event](t *testing.T, node *hearsay.Node, isWanted func(E) bool) {
	t.Helper()
	for event := range node.Events(patient(t), 0) {
		if e, ok := event.(E); ok && isWanted(e) {
			return
		}
	}
	t.Fatalf("%s has not told what was waited for", node.ID())
}
