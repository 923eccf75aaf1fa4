package hearsay

import (
	"context"
	"log/slog"
	"sync"
)

// logBuffer is how many events may wait for the log.
const logBuffer = 1024

// startLog begins to write events to the log, on a goroutine of its own: a log
// that blocks must not stop the protocol. What happens once it has returned is
// written, what is known is not.
func (n *Node) startLog() {
	subscribed := make(chan struct{})
	n.helpers.Go(func() {
		begin := sync.OnceFunc(func() { close(subscribed) })
		for event := range n.events.Subscribe(context.Background(), logBuffer) {
			begin() // the first event is there from the start
			logEvent(n.log, n.cfg.NodeID, event)
		}
	})
	<-subscribed
}

// logAside writes to the log from the driver's goroutine, which must not wait
// for it either.
func (n *Node) logAside(level slog.Level, message string, args ...any) {
	n.helpers.Go(func() { n.log.With("node", n.cfg.NodeID).Log(context.Background(), level, message, args...) })
}

// logEvent writes one line for an event that an operator should see, and nothing
// for what follows from others.
func logEvent(log *slog.Logger, node string, event Event) {
	log = log.With("node", node)
	switch e := event.(type) {
	case MemberStatusChanged:
		level := slog.LevelInfo
		switch e.Member.Status {
		case StatusSuspect, StatusDead:
			level = slog.LevelWarn
		case StatusUnknown:
			level = slog.LevelDebug // forgotten, long after it went
		}
		log.Log(context.Background(), level, "member changed its status", "member", e.Member.ID,
			"from", e.From.String(), "to", e.Member.Status.String(), "generation", e.Member.Generation,
			"accusers", e.Member.Accusers)
	case MemberHealthChanged:
		level := slog.LevelInfo
		if e.Member.Health == HealthDegraded || e.Member.Health == HealthUnhealthy {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, "member changed its health", "member", e.Member.ID,
			"from", e.From.String(), "to", e.Member.Health.String())
	case SeedSilent:
		log.Warn("a seed does not answer; asking on", "address", e.Address)
	case Isolated:
		if e.Over {
			log.Info("a member answers again")
		} else {
			log.Warn("no member answers: all others have died, or this node is cut off")
		}
	case Detoured:
		if e.Over {
			log.Info("a member answers by the preferred network again", "member", e.Member, "network", e.Network)
		} else {
			log.Warn("a member does not answer by the preferred network; is its port closed?",
				"member", e.Member, "network", e.Network, "reached by", e.By)
		}
	case Evicted:
		log.Warn("removed by another node; back under a new generation", "old", e.Old, "new", e.New)
	case Superseded:
		log.Error("another process has taken this node's id; stopping", "generation", e.Generation, "address", e.Address)
	case Lagged:
		log.Warn("the log was too slow; events are missing", "count", e.Missed)
	case SendFailed:
		log.Debug("an envelope could not be sent", "target", e.Target, "error", e.Err)
	case TopologyUpdated:
		log.Debug("topology updated", "version", e.View.Version, "live", e.View.Len(), "hash", e.View.Hash)
	}
}
