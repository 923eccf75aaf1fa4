package admin

import (
	"log/slog"
	"time"
)

// Bounds and defaults of a Config.
const (
	// MaxBodyBytes is the most that is read of what is posted.
	MaxBodyBytes = 64 << 10

	DefaultStreams      = 16
	DefaultEventBuffer  = 4096
	DefaultPatience     = 10 * time.Second
	DefaultLeaveTimeout = 5 * time.Second
	MaxLeaveTimeout     = 10 * time.Minute
)

// Config is what a Handler may be told. Its zero value is ready to use, and what
// is below 1 stands for the default.
type Config struct {
	// Logger gets a line for each change that somebody asks for, and what became of
	// it. nil is silent.
	Logger *slog.Logger
	// Streams is how many may read events, or wait for something that takes long,
	// at one time; 16 by default. Whoever comes after gets CodeBusy.
	Streams int
	// EventBuffer is how many events may wait for a reader of a stream; 4,096 by
	// default. One that is slower loses the oldest, and is told how many.
	EventBuffer int
	// Patience is how long a request waits for the node's loop, and a stream for a
	// reader that takes nothing before it is cut off; 10 s by default.
	Patience time.Duration
	// LeaveTimeout is how long the node may take to tell the others that it goes,
	// where the request does not say; 5 s by default, 10 min at most.
	LeaveTimeout time.Duration
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Streams < 1 {
		c.Streams = DefaultStreams
	}
	if c.EventBuffer < 1 {
		c.EventBuffer = DefaultEventBuffer
	}
	if c.Patience < 1 {
		c.Patience = DefaultPatience
	}
	if c.LeaveTimeout < 1 {
		c.LeaveTimeout = DefaultLeaveTimeout
	}
	c.LeaveTimeout = min(c.LeaveTimeout, MaxLeaveTimeout)
	return c
}
