package membership

import (
	"math/rand/v2"
	"net/netip"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// Coordinator runs the protocol for one node. It is a value machine: inputs go
// in with the time at which they happened, envelopes and events come out; it
// has no goroutine, clock, lock or socket, and equal inputs from an equal seed
// give equal outputs. It is not safe for concurrent use.
type Coordinator struct {
	cfg    Config
	key    uint64
	random randomness
	table  *Table
	tokens tokenMint
	outbox outbox
	stats  Stats

	// now is the time of the input that is being handled; it never falls.
	now   Instant
	stage stage
	// nonce is the lower half of the generation that the node runs under or,
	// before it has a record, will take.
	nonce uint32
	clock clock

	seeds    seedList
	entrance entrance
	exit     exit
	rival    rival
	rumours  rumourQueue
	eager    eagerPush
	prober   prober
	ring     probeRing
	circle   circle
	detector detector
	repair   repair
	asked    askedKeys
	shown    display

	quarantine quarantine
	consensus  consensus
	watch      watch
	states     stateBook
	damping    damping

	isolation isolation
	detours   detours

	// picks is pickPeers' memory. stale and behind are ids of what an envelope
	// told that is out of date, and keys of what it knows better.
	picks  []*Entry
	stale  []string
	behind []uint64
}

// stage is how far the node is on its way through the cluster.
type stage uint8

const (
	stageNew     stage = iota // Join was not called
	stageAsking               // seeds are asked; there is no record yet
	stageJoining              // there is a record, and tables are being merged
	stageUp
	stageLeaving
	stageObserving // without a record, for good
	stageStopped
)

// New returns a coordinator for a node that has not yet joined. Its error names
// every field that is wrong.
func New(cfg Config) (*Coordinator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if _, err := encodeOwner(cfg.ID, ownerPartOf(&cfg, hearsayv1.NodeStatusLeaving)); err != nil {
		return nil, err
	}
	random := newRandomness(cfg.Seed, cfg.ID)
	table, err := NewTable(TableConfig{
		Cluster: cfg.Cluster, Self: cfg.ID, Seed: random.index, AheadKeep: patiencePeriods * cfg.Period,
	})
	if err != nil {
		return nil, err
	}
	c := &Coordinator{
		cfg: cfg, key: wire.Key(cfg.ID), table: table,
		random:   random,
		rumours:  newRumourQueue(),
		prober:   newProber(cfg.Period),
		repair:   newRepair(),
		entrance: newEntrance(),
		states:   newStateBook(&cfg, wire.Key(cfg.ID)),
		shown:    newDisplay(cfg.ID),

		quarantine: newQuarantine(),
		damping:    newDamping(cfg.Period),
	}
	c.tokens = newTokenMint(c.random.secret)
	c.ring.rng = c.random.ring
	c.nonce = c.random.sequence()
	c.detector = newDetector(c, &c.cfg)
	return c, nil
}

// begin starts the handling of an input at now. Time that runs backwards is
// taken to stand still.
func (c *Coordinator) begin(now Instant) {
	c.now = max(c.now, now)
	c.outbox.begin()
}

// Join starts the node at now: through the seeds, or on its own if there are
// none but itself, and it is no observer. Calling it twice returns ErrJoined; after the end ErrStopped.
func (c *Coordinator) Join(now Instant) error {
	c.begin(now)
	switch c.stage {
	case stageStopped:
		return ErrStopped
	case stageNew:
	default:
		return ErrJoined
	}
	c.clock.start(c.now, c.cfg.Period, c.random.jitter)
	c.stage = stageAsking
	if c.seeds.others() == 0 && !c.cfg.Observer {
		c.stage = stageUp
		c.enter(c.cfg.MinCounter, hearsayv1.NodeStatusUp)
		c.entrance.done = true
		return nil
	}
	c.askSeeds()
	return nil
}

// SetSeeds replaces the addresses that are asked for a way into the cluster.
// It may be called at any time, again and again; what is known of an address
// that stays is kept. At most 1,024 are taken.
func (c *Coordinator) SetSeeds(now Instant, seeds []netip.AddrPort) {
	c.begin(now)
	c.seeds.set(c.now, seeds, c.cfg.ownAddress)
	if c.stage == stageAsking || c.stage == stageJoining ||
		(c.stage == stageUp || c.stage == stageObserving) && len(c.table.Peers()) == 0 {
		c.askSeeds()
	}
}

// Handle takes one thing that arrived.
func (c *Coordinator) Handle(now Instant, in Inbound) {
	c.begin(now)
	switch {
	case c.stage == stageNew || c.stage == stageStopped:
		c.stats.EnvelopesRefused++
	case c.keptOut(&in):
		c.stats.Blocked++
	case in.Envelope == nil:
		c.stats.NoticesHandled++
		c.prober.notice(c, &in)
	default:
		c.receive(&in)
	}
}

// Outbound returns what is to be sent, in order, and forgets it. The slice is
// valid as long as the envelopes in it: until the next call of a method that
// takes an Instant.
func (c *Coordinator) Outbound() []Outbound { return c.outbox.take() }

// Events returns what happened since the last call, in order, and forgets it.
// The slice is valid until the next call; the events may be kept.
func (c *Coordinator) Events() []Event { return c.shown.takeEvents() }

// Forgotten returns the addresses of peers that are dead or gone since the
// last call, for the transport's Forget, and forgets them. The slice is valid
// until the next call.
func (c *Coordinator) Forgotten() []netip.AddrPort { return c.shown.takeForgotten() }

// View returns the current view. The same pointer comes back until the view
// changes.
func (c *Coordinator) View() *View { return c.shown.view }

// Joined tells whether the node has merged the table of a member whole, or
// stands alone by configuration: it is Up, or was.
func (c *Coordinator) Joined() bool { return c.entrance.done }

// Left tells whether a Leave has done all it can. What it sent last is still to
// be taken from Outbound.
func (c *Coordinator) Left() bool { return c.stage == stageStopped && c.exit.asked }

// Stopped tells whether the coordinator has ended for good: it has left, or
// was superseded.
func (c *Coordinator) Stopped() bool { return c.stage == stageStopped }

// Generation returns the generation that the node runs under; 0 before it is
// known. Its upper 32 bits are the counter worth persisting.
func (c *Coordinator) Generation() uint64 {
	if self := c.table.Self(); self != nil {
		return uint64(self.Generation())
	}
	return 0
}

// Observed returns where the last seed that answered saw the node, and by which
// network; the zero value if none did. Where it is none of the node's endpoints,
// others may not reach it there.
func (c *Coordinator) Observed() Endpoint { return c.entrance.observed }

// member returns a live peer, or nil.
func (c *Coordinator) member(key uint64) *Entry {
	if e := c.table.Lookup(key); e != nil && e.Live() && key != c.key {
		return e
	}
	return nil
}

func (c *Coordinator) liveCount() int { return c.table.LiveCount() }

// hasRecord tells whether the node has a record of its own.
func (c *Coordinator) hasRecord() bool { return c.table.Self() != nil }

// clock holds the deadlines that come back again and again.
type clock struct {
	// period is when the next period of probing begins, gossip when rumours
	// are sent next, loss and write when the loss of a member, and what one has
	// written, may hasten that again, and ticked when Tick was last called.
	period, gossip, loss, write, ticked Instant
}

// start begins the periods. The first is shortened at random, so that nodes
// that started together do not probe in step.
func (k *clock) start(now Instant, period time.Duration, jitter *rand.Rand) {
	k.ticked = now
	k.period = now.Add(time.Duration(jitter.Int64N(int64(period))) + 1)
}
