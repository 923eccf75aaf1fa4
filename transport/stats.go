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

// Stats counts what a transport did since it was opened.
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
}
