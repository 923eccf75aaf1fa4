package quic

import (
	"github.com/quic-go/quic-go/qlog"
	"github.com/quic-go/quic-go/qlogwriter"

	"github.com/hearsay-gossip/hearsay/transport"
)

// strangers counts the packets that belong to no connection and begin none, as
// quic-go tells of them.
type strangers struct{ inbox *transport.Inbox }

var _ qlogwriter.Recorder = strangers{}

// RecordEvent is qlogwriter.Recorder's.
func (s strangers) RecordEvent(event qlogwriter.Event) {
	dropped, ok := event.(qlog.PacketDropped)
	if !ok {
		return
	}
	switch dropped.Trigger {
	case qlog.PacketDropHeaderParseError:
		s.inbox.Drop(transport.DropMalformed)
	case qlog.PacketDropUnsupportedVersion, qlog.PacketDropUnexpectedVersion:
		s.inbox.Drop(transport.DropVersion)
	case qlog.PacketDropDOSPrevention:
		s.inbox.Drop(transport.DropLimited)
	default:
		s.inbox.Drop(transport.DropUnauthenticated)
	}
}

// Close is qlogwriter.Recorder's.
func (strangers) Close() error { return nil }
