package transport

import (
	"iter"
	"log/slog"
	"net/netip"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Transport moves envelopes between nodes, synchronously and polled: no method
// waits for the network, for a peer or for a lock that is held across either.
// One goroutine, the driver, calls Poll; every other method may be called from
// any goroutine at any time. After Close every method that returns an error
// returns one that is ErrClosed.
type Transport interface {
	// Send encodes out.Envelope, which stays the caller's, and accepts the
	// bytes into a bounded queue, or fails at once: ErrQueueFull, ErrTooLarge,
	// ErrInvalidTarget, ErrNotAllowed, ErrVersion, ErrNoEnvelope, ErrBackoff or
	// ErrClosed, as a *SendError that names the target. An error means that nothing was sent and nothing will be. No error means
	// accepted, not arrived; what is learned later of a target comes back from
	// Poll as a Notice. A target where nobody listens is not an error of Send,
	// and a peer that does not answer delays no other.
	Send(out Outbound) error

	// Poll moves at most len(dst) of what arrived into dst, oldest first, and
	// returns their number. Nothing arrived is 0, nil, any number of times.
	// Envelopes and whatever they point to, strings excepted, belong to the
	// transport again at the next Poll.
	Poll(dst []Inbound) (n int, err error)

	// Ready is signalled when Poll has something to return, and stays
	// signalled while it has: a driver that waits for it misses nothing. Close
	// signals it too. The channel has capacity 1 and is never closed.
	Ready() <-chan struct{}

	// Forget releases whatever the transport keeps for target: connections,
	// queued envelopes, back-off. It is the word of the failure detector that
	// a peer is gone. A later Send to target starts afresh.
	Forget(target netip.AddrPort)

	// Info describes the transport. It still answers after Close.
	Info() Info

	// Close stops the transport and returns when its goroutines have ended and
	// its socket is closed. What was accepted goes out first, as far as that
	// takes no more than about a second: a node that leaves says so last.
	// Further calls return nil.
	Close() error
}

// Opener makes a Transport for one node: the configuration of a kind of
// transport implements it.
type Opener interface {
	// Open validates the configuration and takes the socket. Its errors say
	// which field is wrong and what to do. The returned transport receives at
	// once.
	Open(local Local) (Transport, error)
}

// Local is what a transport must know of the node that opens it.
type Local struct {
	// NodeID is the node's own id: 1 to 64 bytes.
	NodeID string
	// Cluster is the name of the cluster: 1 to 64 bytes. Whatever comes from
	// another cluster is dropped and counted before it is decoded.
	Cluster string
	// WireMin and WireMax are the wire versions that the node understands,
	// both included. Zero means MinWireVersion and MaxWireVersion.
	WireMin, WireMax uint8
	// Logger receives what an operator should know; nil is silent.
	Logger *slog.Logger
	// Wake, if set, is called each time that Ready is signalled because something
	// arrived or the transport was closed. It returns at once, calls nothing of
	// the transport but Ready, and must not be called with a lock held that Poll
	// takes. A transport that is made of others learns by it what they have. An
	// Inbox does this: hand it over as InboxConfig.Wake.
	Wake func()
}

// Outbound is one envelope on its way to one target.
type Outbound struct {
	// Target is the address of the peer: valid, specified and with a port.
	// Names are resolved before they reach a transport.
	Target netip.AddrPort
	// Network picks among the networks of a transport that has several, by
	// the word of Info.Networks. Empty is the transport's first.
	Network string
	// Expect is the id of the node that should answer at Target; empty is any.
	// Transports that do not know identities ignore it.
	Expect string
	// Version is the wire version to send; 0 is the lowest that the sender
	// speaks, which suits a peer whose range is not known yet. A transport
	// that negotiates the version with the peer encodes what was negotiated.
	Version uint8
	// Envelope is read during Send only.
	Envelope *hearsayv1.Envelope
}

// Inbound is one thing that Poll returns: an envelope, or a notice about a
// target of an earlier Send.
type Inbound struct {
	// Source is the address that an envelope came from, or the target that a
	// notice is about. IPv4 addresses are never in their IPv6-mapped form.
	// Over UDP a source can be forged.
	Source netip.AddrPort
	// Network is the word of the network it came by.
	Network string
	// Identity is the verified id of the sender; empty if the transport does
	// not know identities. With NoticeWrongIdentity it is who answered.
	Identity string
	// Version is the wire version in which an envelope arrived.
	Version uint8
	// Envelope is nil in a notice. It is valid until the next Poll.
	Envelope *hearsayv1.Envelope
	// Notice is NoticeNone with an envelope.
	Notice Notice
}

// Notice is what a transport learned of a target after it accepted an envelope
// for it. Notices are best effort: silence proves nothing.
type Notice uint8

const (
	// NoticeNone marks an Inbound that carries an envelope.
	NoticeNone Notice = iota
	// NoticeUnreachable: the target's own host says that nobody listens there.
	// It is evidence against a peer, so nobody else's word counts: routers and
	// firewalls may know no better.
	NoticeUnreachable
	// NoticeWrongIdentity: another node than Outbound.Expect answered. Only
	// transports that know identities give it.
	NoticeWrongIdentity
	// NoticeRefused: the target answered, and refuses to talk to this node.
	NoticeRefused
	// NoticeExpired: the envelope waited too long and was discarded.
	NoticeExpired
)

// String returns the notice's name in lower case.
func (n Notice) String() string {
	switch n {
	case NoticeNone:
		return "none"
	case NoticeUnreachable:
		return "unreachable"
	case NoticeWrongIdentity:
		return "wrong identity"
	case NoticeRefused:
		return "refused"
	case NoticeExpired:
		return "expired"
	}
	return "unknown notice"
}

// The wire versions that this build understands.
const (
	MinWireVersion uint8 = 1
	MaxWireVersion uint8 = 1
)

// Info describes an open transport.
type Info struct {
	// Networks are the words by which endpoints name this transport, such as
	// "udp": at least one, the preferred one first. Read only.
	Networks []string
	// Local is the address that the transport is bound to, with the port that
	// the system chose; its address may be unspecified (0.0.0.0 or ::).
	Local netip.AddrPort
	// DatagramBudget is the largest encoded envelope, in bytes and without the
	// transport's own framing, that travels as one datagram. What should not
	// be split or retransmitted stays within it.
	DatagramBudget int
	// MaxEnvelopeBytes is the largest encoded envelope that Send accepts, at
	// least DatagramBudget.
	MaxEnvelopeBytes int
	// Identities tells whether Inbound.Identity is verified.
	Identities bool
	// Stats are counters since the transport was opened.
	Stats Stats
	// Parts describes each of the transports that one is made of, in the order
	// of Networks; nil for one that stands alone. Local and Identities are then
	// those of the first, the two sizes are the least of all, and Stats is the
	// sum. Read only.
	Parts []Info
}

// ByNetwork ranges over the words of Networks, each with the description of the
// transport that it names.
func (i Info) ByNetwork() iter.Seq2[string, Info] {
	return func(yield func(string, Info) bool) {
		for _, part := range i.Parts {
			for network, described := range part.ByNetwork() {
				if !yield(network, described) {
					return
				}
			}
		}
		if len(i.Parts) > 0 {
			return
		}
		for _, network := range i.Networks {
			if !yield(network, i) {
				return
			}
		}
	}
}
