package membership

import (
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Inbound is one thing that reached the node: an envelope, or a notice about
// an address to which an envelope was sent. The coordinator reads it during
// Handle and keeps nothing of it but strings.
type Inbound struct {
	// Source is where the envelope came from, or the target that the notice
	// is about.
	Source netip.AddrPort
	// Network is the word of the transport it came by, as in Endpoint.
	Network string
	// Identity is the id of the sender as the transport verified it; empty
	// where transports do not know identities.
	Identity string
	// Version is the wire version in which the envelope arrived.
	Version uint8
	// Envelope is nil in a notice.
	Envelope *hearsayv1.Envelope
	Notice   Notice
}

// Notice is what the transport learned of a target.
type Notice uint8

// The notices. Silence proves nothing, and of these only Unreachable and
// WrongIdentity say anything about the target; the others are about this node.
const (
	NoticeNone Notice = iota
	NoticeUnreachable
	NoticeWrongIdentity
	NoticeRefused
	NoticeExpired
	// NoticeBackoff: nothing was sent, because the transport has tried to reach
	// the target a moment ago, in vain, and leaves it alone for a while.
	NoticeBackoff
)

// Outbound is an envelope that the driver is to send.
type Outbound struct {
	Target netip.AddrPort
	// Network is the word of the transport to use.
	Network string
	// Expect is the id of the node that should be at Target; empty is any.
	Expect string
	// Version is the wire version to use; 0 where the peer's range is unknown.
	Version uint8
	// Envelope belongs to the coordinator: it is valid until the next call of
	// one of the coordinator's methods that take an Instant.
	Envelope *hearsayv1.Envelope
}
