package gossiper

import (
	"errors"
	"fmt"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Errors of a gossiper. Test for them with errors.Is.
var (
	// ErrStarted: Start was called before. The loop goes on.
	ErrStarted = errors.New("gossiper: already started")
	// ErrNotStarted: Stop was called before Start. Nothing has changed.
	ErrNotStarted = errors.New("gossiper: not started")
	// ErrStopped: the loop has ended. A gossiper does not start again.
	ErrStopped = errors.New("gossiper: stopped")
	// ErrTransportClosed: somebody closed the transport, which ends the loop.
	// It is a transport.ErrClosed.
	ErrTransportClosed = fmt.Errorf("gossiper: the transport was closed under the loop: %w", transport.ErrClosed)
	// ErrCoordinatorStopped: the coordinator has ended for good, because the
	// node has left or was superseded, which ends the loop.
	ErrCoordinatorStopped = errors.New("gossiper: the coordinator has stopped")
)

// NoticeError is the Err of a SendFailed that tells what the transport learned
// of a target after it had accepted an envelope for it.
type NoticeError struct {
	Notice transport.Notice
	// Identity is who answered instead, with transport.NoticeWrongIdentity.
	Identity string
}

// Error says what was learned.
func (e *NoticeError) Error() string {
	if e.Identity != "" {
		return fmt.Sprintf("target: %v: %q answered", e.Notice, e.Identity)
	}
	return fmt.Sprintf("target: %v", e.Notice)
}
