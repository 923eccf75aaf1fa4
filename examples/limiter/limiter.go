package limiter

import (
	"context"
	"math"
	"sync/atomic"

	limiterv1 "github.com/hearsay-gossip/hearsay/examples/limiter/gen/limiter/v1"
)

// Limiter is one member's part of a limit that all members share.
type Limiter struct {
	limit   float64
	self    string
	demands *limiterv1.DemandReplica
	granted atomic.Uint64 // the bits of a float64
}

// New returns the part of a member in a limit, in requests per second. Recount is to
// be called whenever the demands have changed: Run does that.
func New(self string, limit uint32, demands *limiterv1.DemandReplica) *Limiter {
	return &Limiter{limit: float64(limit), self: self, demands: demands}
}

// Demand says how many requests per second the member has to serve.
func (l *Limiter) Demand(rate uint32) error { return l.demands.SetRate(rate) }

// Granted returns how many requests per second the member may serve now. It is
// cheap, and may be called from any goroutine, for each request.
func (l *Limiter) Granted() float64 { return math.Float64frombits(l.granted.Load()) }

// Recount grants the member as much of the limit as it has of the demand of all live
// members that it knows of.
func (l *Limiter) Recount() {
	var own, all float64
	for id, demand := range l.demands.All() { // the rate of who is dead is hidden
		all += float64(demand.Rate)
		if id == l.self {
			own = float64(demand.Rate)
		}
	}
	granted := 0.0
	if own > 0 {
		granted = l.limit * own / all
	}
	l.granted.Store(math.Float64bits(granted))
}

// Run recounts for as long as ctx and the node live.
func (l *Limiter) Run(ctx context.Context) {
	for range l.demands.Changes(ctx) {
		l.Recount()
	}
}
