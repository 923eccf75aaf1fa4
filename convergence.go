package hearsay

import (
	"context"
	"fmt"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Agreement tells how far this node agrees with the members that it heard in the
// last ten periods, and how many those are. It asks nobody, and costs nothing; in
// a cluster in which something changes it is a little behind. After the node's
// end the error is ErrClosed.
func (n *Node) Agreement() (Agreement, error) {
	var agreement Agreement
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		agreement = n.coordinator.Agreement(now)
	})
	if err != nil {
		<-n.done
		return Agreement{}, n.err
	}
	return agreement, nil
}

// WaitConverged returns when all live members have seen what this node sees:
// whatever was done on this node before the call is known to all then. It has
// the node ask those that have not shown so, which others do not notice, and
// says which view it was. It returns the cause of ctx if that ends first, as it
// does where a member cannot be reached, and Err when the node ends.
func (n *Node) WaitConverged(ctx context.Context) (Converged, error) {
	isWaiting := false
	for event := range n.events.Subscribe(ctx, 0) {
		switch e := event.(type) {
		case Converged:
			if isWaiting {
				n.awaitConverged(context.Background(), -1)
				return e, nil
			}
		case Lagged: // it may have been among what was lost
			n.awaitConverged(ctx, 0)
		}
		if !isWaiting {
			isWaiting = n.awaitConverged(ctx, 1)
		}
	}
	if isWaiting {
		n.awaitConverged(context.Background(), -1)
	}
	if err := ctx.Err(); err != nil {
		return Converged{}, fmt.Errorf("hearsay: not converged yet: %w", context.Cause(ctx))
	}
	<-n.done
	return Converged{}, n.err
}

// awaitConverged counts those who wait, and has the coordinator ask as long as
// there are any. It tells whether the node runs.
func (n *Node) awaitConverged(ctx context.Context, change int) bool {
	return n.gossiper.Do(ctx, func(now membership.Instant) {
		n.waiting += change
		if change >= 0 || n.waiting == 0 {
			n.coordinator.AwaitConverged(now, n.waiting > 0)
		}
	}) == nil
}
