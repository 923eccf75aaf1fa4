package gossiper

import (
	"sync"
	"sync/atomic"

	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// Gossiper drives one node: it carries what arrives to the coordinator, and
// what the coordinator wants sent and told to where it belongs. One goroutine
// does that, either the one that Start makes or whichever calls Step. All other
// methods may be called from any goroutine.
type Gossiper struct {
	cfg  Config
	view atomic.Pointer[membership.View]

	// The driver's goroutine alone uses these.
	inbox    []transport.Inbound
	failed   []membership.Event
	errs     []error
	refused  []membership.Inbound
	ran      []*command
	deadline membership.Instant

	mailbox chan *command
	counts  counters

	mu        sync.Mutex
	isStarted bool
	stopOnce  sync.Once
	stop      chan struct{}
	done      chan struct{}
	err       error // written before done is closed, read after
}

// New returns a gossiper at rest. Its error joins all problems of cfg.
func New(cfg Config) (*Gossiper, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	g := &Gossiper{
		cfg:     cfg,
		inbox:   make([]transport.Inbound, cfg.PollBatch),
		mailbox: make(chan *command, mailboxSize),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	g.view.Store(cfg.Coordinator.View())
	return g, nil
}

// View returns the view as of the last step: one atomic load. Whoever was told
// of a change finds it in the view.
func (g *Gossiper) View() *membership.View { return g.view.Load() }

// Done is closed when the loop has ended.
func (g *Gossiper) Done() <-chan struct{} { return g.done }

// Err tells why the loop has ended by itself: ErrTransportClosed or
// ErrCoordinatorStopped. It is nil before, and after Stop.
func (g *Gossiper) Err() error {
	select {
	case <-g.done:
		return g.err
	default:
		return nil
	}
}

// Stats counts what a gossiper did since New.
type Stats struct {
	// Steps counts the calls of Step.
	Steps uint64
	// Handled counts the envelopes and notices handed to the coordinator, and
	// Notices the notices among them.
	Handled, Notices uint64
	// Sent counts the envelopes that the transport accepted, and SendsFailed
	// those that it refused.
	Sent, SendsFailed uint64
	// PollsFailed counts the errors of Poll.
	PollsFailed uint64
	// Overruns counts the steps that ended with items left unpolled, because
	// they had polled MaxPollsPerStep times.
	Overruns uint64
	// Published counts the events.
	Published uint64
}

// counters are written by the driver and read by anyone.
type counters struct {
	steps, handled, notices, sent, sendsFailed, pollsFailed, overruns, published atomic.Uint64
}

// Stats returns the counters. They are read one by one: a step that runs at
// this time may be counted in some of them.
func (g *Gossiper) Stats() Stats {
	c := &g.counts
	return Stats{
		Steps:       c.steps.Load(),
		Handled:     c.handled.Load(),
		Notices:     c.notices.Load(),
		Sent:        c.sent.Load(),
		SendsFailed: c.sendsFailed.Load(),
		PollsFailed: c.pollsFailed.Load(),
		Overruns:    c.overruns.Load(),
		Published:   c.published.Load(),
	}
}
