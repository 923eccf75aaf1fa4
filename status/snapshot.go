package status

import (
	"context"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// patience is how long a request waits for the node's loop to tell how far it
// agrees. Everything else is there without asking.
const patience = time.Second

// snapshot is what both handlers tell, as it was at the time of one request.
type snapshot struct {
	id, cluster                string
	generation                 uint64
	observer, joined, isolated bool
	// addresses are those that are bound, by network.
	addresses map[string]netip.AddrPort
	// ended is why the node has ended, nil while it runs.
	ended error

	view  *hearsay.View
	stats hearsay.Stats
	// agreement is nil if the node's loop did not tell.
	agreement *hearsay.Agreement
}

// watcher takes snapshots of a node.
type watcher struct {
	node *hearsay.Node
	// asking, of capacity 1, is full while somebody waits for the node's loop. If
	// the loop hangs, one goroutine does with it, and not one for each request.
	asking chan struct{}
}

func watch(node *hearsay.Node) *watcher {
	return &watcher{node: node, asking: make(chan struct{}, 1)}
}

// snapshot returns the node as it is.
func (w *watcher) snapshot(ctx context.Context) *snapshot {
	n := w.node
	s := &snapshot{
		id: n.ID(), cluster: n.Cluster(), generation: n.Generation(),
		observer: n.Observer(), joined: n.Joined(), isolated: n.Isolated(),
		addresses: make(map[string]netip.AddrPort),
		agreement: w.agreement(ctx),
		view:      n.View(), stats: n.Stats(), ended: n.Err(),
	}
	for network := range s.stats.Networks {
		s.addresses[network], _ = n.LocalAddrOf(network)
	}
	return s
}

// agreement asks the node's loop, for a while.
func (w *watcher) agreement(ctx context.Context) *hearsay.Agreement {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case w.asking <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	answer := make(chan *hearsay.Agreement, 1)
	go func() {
		defer func() { <-w.asking }()
		agreement, err := w.node.Agreement()
		if err != nil {
			answer <- nil // it has ended, which the snapshot says
			return
		}
		answer <- &agreement
	}()
	select {
	case agreement := <-answer:
		return agreement
	case <-ctx.Done():
		return nil
	}
}
