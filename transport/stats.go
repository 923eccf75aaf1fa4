package transport

// Drop is a cause for which a transport discards something, on either side.
type Drop uint8

// The causes. What is dropped never reaches Poll; it is counted and nothing
// else: no answer, no log line.
const (
	// DropMalformed: the bytes are no envelope, or break a limit.
	DropMalformed Drop = iota
	// DropOversize: larger than what the transport receives.
	DropOversize
	// DropForeign: from another cluster.
	DropForeign
	// DropVersion: a wire version outside the node's range.
	DropVersion
	// DropFiltered: the source filter excludes the address.
	DropFiltered
	// DropUnauthenticated: the seal does not open, or the identity does not
	// match the envelope's sender.
	DropUnauthenticated
	// DropReplayed: seen before.
	DropReplayed
	// DropInboxFull: it arrived faster than it was polled.
	DropInboxFull
	// DropSend: accepted by Send and lost on the way out: the system refused
	// it, it expired, or Forget or Close discarded it.
	DropSend
	// DropLimited: a source that is not known to be a member sent more than
	// such sources may.
	DropLimited
	// DropKernel: the system's receive buffer was full. Counted only where the
	// system tells, and when the next datagram arrives.
	DropKernel

	numDrops
)

var dropNames = [numDrops]string{
	"malformed", "oversize", "foreign", "version", "filtered",
	"unauthenticated", "replayed", "inbox full", "send", "limited", "kernel",
}

// String returns the cause in lower case.
func (d Drop) String() string {
	if d < numDrops {
		return dropNames[d]
	}
	return "unknown"
}

// Stats counts what a transport did since it was opened; its last fields say how
// it is at this moment.
type Stats struct {
	// Sent and Received count envelopes: accepted by Send, and handed to the
	// inbox. SentBytes and ReceivedBytes count their encoded bytes without
	// framing.
	Sent, Received           uint64
	SentBytes, ReceivedBytes uint64
	// Notices counts the notices handed to the inbox.
	Notices uint64
	// Dropped counts by cause; index it with a Drop.
	Dropped [numDrops]uint64
	// Handshakes and HandshakesFailed count connections that were made, from
	// either side, and those that this node tried to make in vain. They are 0 on
	// transports without connections.
	Handshakes, HandshakesFailed uint64

	// Queued is how many envelopes wait to be sent, and Waiting how many, and
	// notices, wait for Poll.
	Queued, Waiting int
	// Connections is how many are open.
	Connections int
}

// Plus returns the sum of both.
func (s Stats) Plus(other Stats) Stats {
	s.Sent += other.Sent
	s.Received += other.Received
	s.SentBytes += other.SentBytes
	s.ReceivedBytes += other.ReceivedBytes
	s.Notices += other.Notices
	s.Handshakes += other.Handshakes
	s.HandshakesFailed += other.HandshakesFailed
	s.Queued += other.Queued
	s.Waiting += other.Waiting
	s.Connections += other.Connections
	for cause := range s.Dropped {
		s.Dropped[cause] += other.Dropped[cause]
	}
	return s
}
