package hearsay

import (
	"errors"
	"net"

	"github.com/hearsay-gossip/hearsay/internal/replicas"
	"github.com/hearsay-gossip/hearsay/membership"
)

// Errors of a node. Test for them with errors.Is.
var (
	// ErrClosed: the node has ended, by Close or otherwise. Every method of a
	// node that has ended and returns an error returns one that is ErrClosed, and
	// that is a net.ErrClosed.
	ErrClosed error = closed("hearsay: the node is closed")
	// ErrLeft: the node has ended by Leave, and the others know. It is ErrClosed.
	ErrLeft error = closed("hearsay: the node has left")
	// ErrSuperseded: the node has ended because another process runs under its
	// id with a greater generation.
	ErrSuperseded = errors.New("hearsay: another process has taken the node's id")
	// ErrOpen: the node has a replica of that type of state already.
	ErrOpen = replicas.ErrOpen
	// ErrNotDead: Forget was called for a member that is not known, or is not
	// dead. Nothing has changed.
	ErrNotDead = errors.New("hearsay: not a dead member")
	// ErrBadBlock: what was to be kept out is nothing that can be. Nothing has
	// changed.
	ErrBadBlock = membership.ErrBadBlock
	// ErrNotBlocked: Release was called for what is not kept out. Nothing has
	// changed.
	ErrNotBlocked = errors.New("hearsay: not in quarantine")
	// ErrObserver: a setter was called on an observer's replica.
	ErrObserver = membership.ErrObserver
)

// closed is an error that is net.ErrClosed and does not say so, since no user
// asked for the word "network".
type closed string

func (e closed) Error() string { return string(e) }
func (e closed) Unwrap() error { return net.ErrClosed }

// endError is why a node has ended. Whatever the cause is, it is ErrClosed.
type endError struct{ cause error }

func (e *endError) Error() string {
	if e.cause == nil {
		return ErrClosed.Error()
	}
	return e.cause.Error()
}

func (e *endError) Is(target error) bool { return target == ErrClosed || target == net.ErrClosed }
func (e *endError) Unwrap() error        { return e.cause }
