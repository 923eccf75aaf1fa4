package hearsay

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/discovery"
)

// seedStream makes the random stream of the seed watch another than those of
// the protocol, which are drawn from the same seed.
const seedStream = 0x5EED5

// resolveTimeout bounds one question to a resolver.
const resolveTimeout = 30 * time.Second

// seedWatch asks a resolver for as long as the node lives.
type seedWatch struct {
	node     *Node
	resolver discovery.Resolver
	interval time.Duration
	random   *rand.Rand

	// asked are the answers of first, until run has used them.
	asked []netip.AddrPort
}

// isStatic tells whether asking once is enough.
func (w *seedWatch) isStatic() bool { return discovery.IsStatic(w.resolver) }

// first asks before the node runs, for at most limit. No answer is an answer.
func (w *seedWatch) first(ctx context.Context, limit time.Duration) []netip.AddrPort {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w.asked, _ = w.resolver.Resolve(ctx) // run asks again, and tells what is wrong
	return w.asked
}

// run asks again and again until ctx ends. What was found stays, until something
// else is found: a name server that is down takes no seed away.
func (w *seedWatch) run(ctx context.Context) {
	known := w.asked
	if len(known) > 0 && w.node.join(ctx, known) != nil {
		return
	}
	failed := ""
	for retry := MinSeedInterval; ; {
		found, err := w.resolve(ctx)
		if ctx.Err() != nil {
			return
		}
		if len(found) > 0 && !slices.Equal(found, known) {
			if known = found; w.node.join(ctx, known) != nil {
				return
			}
		}
		failed = w.report(err, failed)
		wait := w.interval
		if err != nil || len(found) == 0 {
			wait, retry = min(retry, w.interval), retry*2
		} else {
			retry = MinSeedInterval
		}
		retry = min(retry, w.interval)
		select {
		case <-time.After(w.jitter(wait)):
		case <-ctx.Done():
			return
		}
	}
}

func (w *seedWatch) resolve(ctx context.Context) ([]netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	return w.resolver.Resolve(ctx)
}

// report logs what is wrong with the seeds, once until it is something else, and
// that it is right again.
func (w *seedWatch) report(err error, before string) string {
	now := ""
	if err != nil {
		now = err.Error()
	}
	switch {
	case now == before:
	case now == "":
		w.node.log.Info("all seeds are found again", "node", w.node.cfg.NodeID)
	default:
		w.node.log.Warn("not all seeds are found; asking on", "node", w.node.cfg.NodeID, "error", now)
	}
	return now
}

// jitter spreads d over a half less to a half more, so that a thousand nodes do
// not ask their name server at one time.
func (w *seedWatch) jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(w.random.Int64N(int64(d)))
}
