package nettest

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

const clusterName = "besieged"

// besieged is a node of a cluster in this process, and what it tells.
type besieged struct {
	*hearsay.Node
	box  *middlebox // nil if it stands in the open
	keys *udp.Keyring

	told sync.WaitGroup
	mu   sync.Mutex
	bad  []string // members that were shown suspect or dead
}

// startNode starts a node with keys, or in plaintext without.
func startNode(t *testing.T, id string, keys *udp.Keyring, box *middlebox, seeds ...*besieged) *besieged {
	t.Helper()
	b := besiege(t, id, udp.Config{Listen: loopback, Keys: keys, Insecure: keys == nil}, box, seeds...)
	b.keys = keys
	return b
}

// besiege starts a node. If it is to stand behind a box, others reach it through
// that alone.
func besiege(t *testing.T, id string, opener transport.Opener, box *middlebox, seeds ...*besieged) *besieged {
	t.Helper()
	config := hearsay.Config{
		NodeID: id, Cluster: clusterName, Period: 500 * time.Millisecond, PauseTolerance: 3 * time.Second,
		Transport: opener,
	}
	if box != nil {
		config.Advertise = box.address()
	}
	for _, seed := range seeds {
		config.Seeds = append(config.Seeds, seed.reached().String())
	}
	node, err := hearsay.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	b := &besieged{Node: node, box: box}
	if box != nil {
		box.serve(node.LocalAddr())
	}
	b.told.Go(b.listen)
	t.Cleanup(func() {
		_ = node.Close()
		b.told.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := node.WaitJoined(ctx); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return b
}

// patience bounds every wait.
const patience = 40 * time.Second

// reached is the address at which others reach the node.
func (b *besieged) reached() netip.AddrPort {
	if b.box != nil {
		return b.box.address()
	}
	return b.LocalAddr()
}

func (b *besieged) listen() {
	for event := range b.Events(context.Background(), 1024) {
		if e, ok := event.(hearsay.MemberStatusChanged); ok && (e.Member.Status == hearsay.StatusSuspect || e.Member.Status == hearsay.StatusDead) {
			b.mu.Lock()
			b.bad = append(b.bad, fmt.Sprintf("%s %v", e.Member.ID, e.Member.Status))
			b.mu.Unlock()
		}
	}
}

// unshaken fails if any of the nodes has shown a member suspect or dead.
func unshaken(t *testing.T, nodes ...*besieged) {
	t.Helper()
	for _, b := range nodes {
		b.mu.Lock()
		if len(b.bad) > 0 {
			t.Errorf("%s has shown %v", b.ID(), b.bad)
		}
		b.mu.Unlock()
	}
}

// startCluster starts so many sealed nodes, each behind a box, and waits until
// they agree.
func startCluster(t *testing.T, count int) []*besieged {
	t.Helper()
	key := udp.NewKey()
	var nodes []*besieged
	for i := range count {
		keys, err := udp.NewKeyring(key)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, startNode(t, fmt.Sprintf("n%d", i+1), keys, newMiddlebox(t), nodes...))
	}
	agreed(t, nodes...)
	return nodes
}

// agreed waits until all nodes see each other up under the generations that they
// have, and nobody else, and have equal hashes.
func agreed(t *testing.T, nodes ...*besieged) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, b := range nodes {
		done := false
		for range b.Events(ctx, 64) {
			if done = inStep(b, nodes); done {
				break
			}
		}
		if !done {
			t.Fatalf("%s does not agree with the others; it sees %v", b.ID(), members(b.View()))
		}
	}
}

// inStep compares the view of b with all nodes, and its hash with theirs.
func inStep(b *besieged, nodes []*besieged) bool {
	view := b.View()
	if view.Len() != len(nodes) {
		return false
	}
	for _, other := range nodes {
		m, ok := view.Get(other.ID())
		if !ok || m.Status != hearsay.StatusUp || m.Generation != other.Generation() {
			return false
		}
	}
	return true
}

func members(view *hearsay.View) (all []string) {
	for m := range view.Members() {
		all = append(all, fmt.Sprintf("%s %v", m.ID, m.Status))
	}
	return all
}

// dropped returns how much a node dropped for a cause.
func (b *besieged) dropped(cause transport.Drop) uint64 {
	return b.Stats().Transport.Dropped[cause]
}

// eventually waits for what no event tells.
func eventually(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !isSo() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("it never happens: %s", what)
		}
	}
}

// afterPeriods lets so many periods of the nodes pass, in which what was sent to
// them has its effect.
func afterPeriods(count int) { <-time.After(time.Duration(count) * 500 * time.Millisecond) }
