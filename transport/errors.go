package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Errors of Send and Poll. None of them changes the transport's state. Test
// for them with errors.Is.
var (
	// ErrQueueFull: the queue for the target, or for all, is at its bound.
	ErrQueueFull = errors.New("transport: queue full")
	// ErrTooLarge: the envelope is larger than Info.MaxEnvelopeBytes.
	ErrTooLarge = errors.New("transport: envelope too large")
	// ErrInvalidTarget: the target is not an address to which this transport
	// can send.
	ErrInvalidTarget = errors.New("transport: invalid target")
	// ErrNotAllowed: the source filter excludes the target.
	ErrNotAllowed = errors.New("transport: target not allowed")
	// ErrVersion: Outbound.Version is outside the node's own range.
	ErrVersion = errors.New("transport: wire version not spoken")
	// ErrNoEnvelope: Outbound.Envelope is nil.
	ErrNoEnvelope = errors.New("transport: no envelope")
	// ErrBackoff: the target could not be reached a moment ago and is left
	// alone for a while.
	ErrBackoff = errors.New("transport: backing off")
	// ErrClosed: the transport is closed. It is a net.ErrClosed.
	ErrClosed = fmt.Errorf("transport: %w", net.ErrClosed)
)

// SendError is the error of a Send: why, and for which target.
type SendError struct {
	Target netip.AddrPort
	// Err is one of this package's sentinels, or wraps one.
	Err error
}

// Error names the target and the cause.
func (e *SendError) Error() string { return fmt.Sprintf("send to %v: %v", e.Target, e.Err) }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }
