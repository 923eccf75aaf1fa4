package gossiper

import (
	"errors"
	"time"

	"github.com/hearsay-gossip/hearsay/membership"
)

// minWait is the shortest time for which the loop waits for a deadline. Deadlines
// that are nearer are met together.
const minWait = 100 * time.Microsecond

// refusalWait is how long a send that was refused waits at most for the step in
// which the coordinator hears of it: less than an answer is given, so that it is
// not missed.
const refusalWait = MinTickInterval

// Start runs the loop on a goroutine of its own: a step at once, and then one
// whenever the transport has something, a local change arrives (Do), or the
// ticker ticks. The ticker is set after each step to the coordinator's next
// deadline, or to TickInterval if that is earlier; or soon, if it was refused a
// send of which the coordinator has to hear.
//
// Protocol time is the time since Start on the system's monotonic clock. The
// loop ends with Stop, when the transport is closed, or when the coordinator
// has stopped; Err tells which. Start after Start is ErrStarted, and after the
// loop's end ErrStopped.
func (g *Gossiper) Start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isStarted {
		select {
		case <-g.done:
			return ErrStopped
		default:
			return ErrStarted
		}
	}
	g.isStarted = true
	go g.loop()
	return nil
}

// Stop ends the loop after the step that runs, and returns when it has ended. It
// may be called from any goroutine but the driver's, any number of times. Before
// Start it is ErrNotStarted, and changes nothing.
func (g *Gossiper) Stop() error {
	g.mu.Lock()
	isStarted := g.isStarted
	g.mu.Unlock()
	if !isStarted {
		return ErrNotStarted
	}
	g.stopOnce.Do(func() { close(g.stop) })
	<-g.done
	return nil
}

func (g *Gossiper) loop() {
	defer g.cfg.Ended()
	defer close(g.done)
	start := time.Now()
	clock := func() membership.Instant { return membership.Instant(time.Since(start)) }
	ticker := g.cfg.NewTicker(g.cfg.TickInterval)
	defer ticker.Stop()
	ready := g.cfg.Transport.Ready()
	for now := clock(); ; now = clock() {
		if g.err = g.advance(now); g.err != nil {
			return
		}
		ticker.Reset(g.wait(clock()))
		select {
		case <-ticker.C():
		case <-ready:
		case c := <-g.mailbox:
			g.run(c, clock())
		case <-g.stop:
			return
		}
		select {
		case <-g.stop: // do not take a step more because something else came too
			g.release()
			return
		default:
		}
	}
}

// advance takes one step of the loop, and returns why the loop ends, if it does.
func (g *Gossiper) advance(now membership.Instant) error {
	err := g.Step(now)
	switch {
	case errors.Is(err, ErrTransportClosed):
		return ErrTransportClosed
	case g.cfg.Coordinator.Stopped():
		return ErrCoordinatorStopped
	case err != nil:
		g.cfg.Logger.Debug("a step met errors", "error", err)
	}
	return nil
}

// wait returns for how long the loop may sleep at now.
func (g *Gossiper) wait(now membership.Instant) time.Duration {
	longest := g.cfg.TickInterval
	if len(g.refused) > 0 {
		longest = min(longest, refusalWait)
	}
	if g.deadline >= now.Add(longest) {
		return longest
	}
	return max(g.deadline.Sub(now), minWait)
}
