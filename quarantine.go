package hearsay

import (
	"context"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// Quarantine keeps a node, an address or a range of addresses out for a time:
// this node reads nothing from there, sends nothing there, and soon shows no
// member that is there. When Quarantine returns, View.Blocked lists what is kept
// out, and until when. A quarantine that is in force gets the new time. At most
// membership.MaxBlocks (1,024) are in force at once, d is above 0, and the node
// itself cannot be kept out.
//
// It concerns this node alone: others see who is kept out as before, and to keep
// a member out of a cluster all members must be told. An error is ErrBadBlock,
// and says what is wrong with b or d, or ErrClosed.
func (n *Node) Quarantine(b Block, d time.Duration) error {
	var failed error
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		failed = n.coordinator.Quarantine(now, b, d)
	})
	switch {
	case err != nil:
		<-n.done
		return n.err
	case failed != nil:
		return fmt.Errorf("hearsay: quarantine: %w", failed)
	}
	return nil
}

// Release ends a quarantine before its time; then View.Blocked lists it no longer.
// ErrNotBlocked says that there is no such one.
func (n *Node) Release(b Block) error {
	isReleased := false
	err := n.gossiper.Do(context.Background(), func(now membership.Instant) {
		isReleased = n.coordinator.Release(now, b)
	})
	switch {
	case err != nil:
		<-n.done
		return n.err
	case !isReleased:
		return fmt.Errorf("%w: %v", ErrNotBlocked, b)
	}
	return nil
}
