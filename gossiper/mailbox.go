package gossiper

import (
	"context"
	"sync/atomic"

	"github.com/hearsay-gossip/hearsay/membership"
)

// mailboxSize is how many local changes may wait for the driver; who brings one
// more waits until there is room.
const mailboxSize = 64

// command is a local change on its way to the driver. Whoever takes it from
// pending decides whether it runs: the driver, or the caller that gives up.
type command struct {
	do    func(now membership.Instant)
	taken atomic.Bool
	done  chan struct{}
}

// Do has the driver call do, at once, and returns when the step in which it did
// has ended: what the coordinator then wanted to send is sent, and the view is
// stored. do may use the coordinator, and must not wait for anything; while it
// runs nothing else does.
//
// An error means that do has not run and never will: ErrStopped when the loop
// has ended, or the cause of ctx when that ends first. Before Start, Do waits.
// do itself must not call Do or Stop.
func (g *Gossiper) Do(ctx context.Context, do func(now membership.Instant)) error {
	c := &command{do: do, done: make(chan struct{})}
	select {
	case <-g.done:
		return ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	case g.mailbox <- c:
	}
	err := ErrStopped
	select {
	case <-c.done:
		return nil
	case <-g.done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if c.taken.CompareAndSwap(false, true) {
		return err
	}
	<-c.done // it runs at this moment, or has
	return nil
}

func (g *Gossiper) runMailbox(now membership.Instant) {
	for range mailboxSize {
		select {
		case c := <-g.mailbox:
			g.run(c, now)
		default:
			return
		}
	}
}

func (g *Gossiper) run(c *command, now membership.Instant) {
	if c.taken.CompareAndSwap(false, true) {
		c.do(now)
		g.ran = append(g.ran, c)
	}
}

// release lets those return whose changes ran in this step.
func (g *Gossiper) release() {
	for i, c := range g.ran {
		close(c.done)
		g.ran[i] = nil
	}
	g.ran = g.ran[:0]
}
