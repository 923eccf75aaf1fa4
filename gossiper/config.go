package gossiper

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Range and default of Config.TickInterval.
const (
	MinTickInterval     = 10 * time.Millisecond
	DefaultTickInterval = time.Second
	MaxTickInterval     = 10 * time.Second
)

// Bounds and defaults of one step.
const (
	// DefaultPollBatch is how many items are polled and handled at a time. Larger
	// ones bring nothing but memory that is held for them.
	DefaultPollBatch = 64
	// MaxPollBatch is the largest batch.
	MaxPollBatch = 1 << 16
	// DefaultMaxPollsPerStep is how many batches a step handles before time
	// moves on, even if more is waiting. With the default batch that is 16,384
	// items, several times what a transport's inbox holds: only a flood that
	// arrives faster than it is handled meets this bound.
	DefaultMaxPollsPerStep = 256
	// MaxMaxPollsPerStep is the largest number of batches.
	MaxMaxPollsPerStep = 1 << 16
)

// Config is what a gossiper is made of.
type Config struct {
	// Transport carries the envelopes. The gossiper is the one that polls it,
	// and does not close it. Required.
	Transport transport.Transport
	// Coordinator is the protocol. From New to the end of the loop it belongs
	// to the gossiper; Do is the way to it. Required.
	Coordinator Coordinator
	// Publisher takes the events. Required.
	Publisher Publisher

	// TickInterval is the longest time between two steps of the loop: 10 ms to
	// 10 s; 0 is refused. DefaultTickInterval suits everyone: the coordinator
	// names earlier deadlines when it has any, and shorter intervals wake the
	// process for nothing.
	TickInterval time.Duration
	// NewTicker makes the ticker that drives the loop; nil is time.NewTicker.
	NewTicker func(d time.Duration) Ticker
	// Wall is the wall clock, which stamps views and events and decides
	// nothing; nil is time.Now.
	Wall func() time.Time

	// PollBatch is how many items are polled at a time, 1 to 65,536; 0 is
	// DefaultPollBatch.
	PollBatch int
	// MaxPollsPerStep is how many times a step polls at most, 1 to 65,536; 0 is
	// DefaultMaxPollsPerStep.
	MaxPollsPerStep int

	// Ended is called once, on the loop's goroutine and as the last thing there,
	// after Done is closed; nil is nothing. Whoever owns the transport closes it
	// here, and needs no goroutine that waits.
	Ended func()

	// Logger receives, at debug level, the errors of steps that the loop runs;
	// they are events and counters too. nil is silent.
	Logger *slog.Logger
}

// Validate returns all that is wrong with the configuration, each problem
// naming its field, or nil. It changes nothing.
func (c Config) Validate() error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("gossiper: "+format, args...))
	}
	if c.Transport == nil {
		wrong("Transport is missing: open one with a transport.Opener such as udp.Config")
	}
	if c.Coordinator == nil {
		wrong("Coordinator is missing: make one with membership.New")
	}
	if c.Publisher == nil {
		wrong("Publisher is missing: NewStream makes one")
	}
	if c.TickInterval < MinTickInterval || c.TickInterval > MaxTickInterval {
		wrong("TickInterval is %v: set it from %v to %v; DefaultTickInterval is %v",
			c.TickInterval, MinTickInterval, MaxTickInterval, DefaultTickInterval)
	}
	if c.PollBatch < 0 || c.PollBatch > MaxPollBatch {
		wrong("PollBatch is %d: set it from 1 to %d, or to 0 for %d", c.PollBatch, MaxPollBatch, DefaultPollBatch)
	}
	if c.MaxPollsPerStep < 0 || c.MaxPollsPerStep > MaxMaxPollsPerStep {
		wrong("MaxPollsPerStep is %d: set it from 1 to %d, or to 0 for %d",
			c.MaxPollsPerStep, MaxMaxPollsPerStep, DefaultMaxPollsPerStep)
	}
	return errors.Join(problems...)
}

// withDefaults returns c with its optional fields filled.
func (c Config) withDefaults() Config {
	if c.NewTicker == nil {
		c.NewTicker = newSystemTicker
	}
	if c.Wall == nil {
		c.Wall = time.Now
	}
	if c.Ended == nil {
		c.Ended = func() {}
	}
	if c.PollBatch == 0 {
		c.PollBatch = DefaultPollBatch
	}
	if c.MaxPollsPerStep == 0 {
		c.MaxPollsPerStep = DefaultMaxPollsPerStep
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
