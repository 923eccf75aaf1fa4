package hearsay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/hearsay-gossip/hearsay/eventstream"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/internal/replicas"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Node is one member of a cluster, running. Every method may be called from any
// goroutine, any number of times, in any order, also after the node has ended:
// what cannot be done then returns an error that is ErrClosed. The one thing not
// to do is to call Close or Leave from within a Resolver or a Logger's handler,
// for which they wait.
type Node struct {
	cfg       Config
	log       *slog.Logger
	transport transport.Transport
	file      *stateFile
	gossiper  *gossiper.Gossiper
	events    *eventstream.Stream[Event]
	seeds     seedWatch
	metadata  *MetadataReplica

	// The driver's goroutine alone uses these, and Do.
	coordinator *membership.Coordinator
	listeners   []listener
	observed    membership.Endpoint
	replicas    *replicas.Set
	hasBegun    bool
	hasJoined   bool
	// waiting is how many wait for all to have seen a view.
	waiting int

	// generation is the coordinator's, isolated what it told last; stats are its
	// counters as of the last step, under mu.
	generation atomic.Uint64
	isolated   atomic.Bool
	mu         sync.Mutex
	stats      membership.Stats
	// superseded is the driver's last word, if that is what ended the node.
	superseded *Superseded

	joined chan struct{}
	// running ends with the loop, and with it the helpers: goroutines that ask
	// resolvers, log and write.
	running     context.Context
	stopRunning context.CancelFunc
	helpers     sync.WaitGroup

	done chan struct{}
	err  error // written before done is closed, read after
}

// ID returns the node's own id.
func (n *Node) ID() string { return n.cfg.NodeID }

// LocalAddr returns the address that Config.Transport is bound to, with the port
// that the system chose. Its host may be unspecified; what others are told is
// among the endpoints of the node's own Member.
func (n *Node) LocalAddr() netip.AddrPort { return n.transport.Info().Local }

// LocalAddrOf is LocalAddr for one of several networks, such as "quic". It tells
// whether the node listens by that network at all.
func (n *Node) LocalAddrOf(network string) (address netip.AddrPort, ok bool) {
	for word, described := range n.transport.Info().ByNetwork() {
		if word == network {
			return described.Local, true
		}
	}
	return netip.AddrPort{}, false
}

// Generation returns the generation that the node runs under; 0 before it is
// known. Its upper 32 bits are the counter to be given as Config.MinCounter
// after a restart, where there is no Config.StateFile.
func (n *Node) Generation() uint64 { return n.generation.Load() }

// View returns the state of the cluster as this node sees it: one atomic load.
// Before the node has joined it holds nobody else; after its end it stays as it
// was.
func (n *Node) View() *View { return n.gossiper.View() }

// Members ranges over the live members of the view at the time of the call,
// sorted by id, the node itself included. Suspects are live.
func (n *Node) Members() iter.Seq[Member] { return n.View().Members() }

// Events returns what happens from the moment at which the caller begins to
// range. The first event is a full TopologyUpdated; whoever starts with it and
// applies the following ones has the view at any time (ViewBuilder does that).
//
// buffer is how many events may wait while the body of the loop runs, 256 if it
// is below 1. A loop that is slower than that loses the oldest, gets Lagged in
// their place, and a full TopologyUpdated again. Nothing ever waits for it. The
// loop ends when ctx does, or when the node ends and everything was told. The
// body may call everything, Close included.
func (n *Node) Events(ctx context.Context, buffer int) iter.Seq[Event] {
	return n.events.Subscribe(ctx, buffer)
}

// WaitJoined returns when the node is a member like the others: it has merged
// the whole table of one of them, or it has started a cluster of its own, which
// it does only if it has no seeds but itself. It returns the cause of ctx if that
// ends first, and Err when the node ends or has ended.
func (n *Node) WaitJoined(ctx context.Context) error {
	select {
	case <-n.joined:
		return n.Err()
	case <-n.done:
		return n.err
	case <-ctx.Done():
		return fmt.Errorf("hearsay: not joined yet: %w", context.Cause(ctx))
	}
}

// Forget removes a member that is dead, for good and for everyone: only under a
// new generation, after a restart, can it return. ErrNotDead says that there is
// no such member.
func (n *Node) Forget(id string) error {
	isForgotten := false
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		isForgotten = n.coordinator.Forget(now, id)
	})
	switch {
	case err != nil:
		<-n.done
		return n.err
	case !isForgotten:
		return fmt.Errorf("%w: %q", ErrNotDead, id)
	}
	return nil
}

// Leave tells the others that the node goes, and ends it. It returns nil when
// they know, so that none will take the node for dead; at the latest when ctx
// ends, with its cause: the node has ended all the same, and the others will
// find out. If the node had ended before, Leave returns Err.
func (n *Node) Leave(ctx context.Context) error {
	err := n.gossiper.Do(ctx, func(now membership.Instant) {
		_ = n.coordinator.Leave(now) // refuses if it leaves already, which is what is wanted
	})
	if errors.Is(err, gossiper.ErrStopped) {
		<-n.done
		return n.err
	}
	if err == nil {
		select {
		case <-n.done:
			if errors.Is(n.err, ErrLeft) {
				return nil
			}
			return n.err
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return errors.Join(fmt.Errorf("hearsay: the node ended before all was told: %w", err), n.Close())
}

// Close ends the node and sends nothing more: to the others it has crashed. It
// returns when the socket is closed and all goroutines have ended. Further calls
// return nil.
func (n *Node) Close() error {
	if err := n.gossiper.Stop(); err != nil {
		n.end() // it was never started
	}
	<-n.done
	return nil
}

// Done is closed when the node has ended.
func (n *Node) Done() <-chan struct{} { return n.done }

// Err tells why the node has ended: an error that is ErrClosed after Close,
// ErrLeft after Leave, ErrSuperseded, or what befell the transport. It is nil
// before.
func (n *Node) Err() error {
	select {
	case <-n.done:
		return n.err
	default:
		return nil
	}
}
