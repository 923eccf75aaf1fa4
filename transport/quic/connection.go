package quic

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
)

// The application's error codes, with which a connection is closed. A peer
// draws no conclusion from them; they are for whoever reads a trace.
const (
	codeLeave      quicgo.ApplicationErrorCode = 0 // the transport is closed
	codeSuperseded quicgo.ApplicationErrorCode = 1 // the pair has another connection
	codeEvicted    quicgo.ApplicationErrorCode = 2 // more connections than MaxConnections
	codeForgotten  quicgo.ApplicationErrorCode = 3 // Forget
	codeExpired    quicgo.ApplicationErrorCode = 4 // the peer's certificate has expired
	codeIdentity   quicgo.ApplicationErrorCode = 5 // the handshake left no usable identity or version
)

// The codes with which a single stream is given up.
const (
	streamTimedOut quicgo.StreamErrorCode = 1
	streamRefused  quicgo.StreamErrorCode = 2 // too large, or too much at a time
)

// connection is one QUIC connection whose other end is known.
type connection struct {
	conn *quicgo.Conn
	// from is what every Inbound of the connection says of its origin.
	from        transport.Inbound
	identity    string
	address     netip.AddrPort
	dialled     bool // by this node
	established time.Time
	expires     time.Time // when the peer's certificate does

	// heard: something arrived, so the peer has accepted this node. Dialling
	// alone does not prove it: the peer looks at our certificate after our
	// side of the handshake is over.
	heard atomic.Bool
	// used is when something was last sent or received, in Unix nanoseconds.
	used atomic.Int64

	// Guarded by the mesh's lock.
	link     *link // nil when the connection only receives
	doubtful doubt
	// parting: the pair has another connection, and this one is only read.
	// gotFarewell: the peer sends nothing more over it.
	parting, gotFarewell bool
	// leaving: this end has said goodbye; gotGoodbye: the peer has. streams is
	// how many are being received.
	leaving, gotGoodbye bool
	streams             int
	attached            bool
	timer               *time.Timer // closes it: superseded, or the certificate expired
}

// newConnection describes a connection whose handshake is over. Its errors are
// impossible unless TLS did not do what it was configured for.
func newConnection(conn *quicgo.Conn, address netip.AddrPort, dialled bool, cluster string) (*connection, error) {
	state := conn.ConnectionState()
	id, err := peerIdentity(state.TLS, cluster)
	if err != nil {
		return nil, err
	}
	version, err := negotiatedVersion(state.TLS.NegotiatedProtocol)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	c := &connection{
		conn:        conn,
		from:        transport.Inbound{Source: address, Network: Network, Identity: id, Version: version},
		identity:    id,
		address:     address,
		dialled:     dialled,
		established: now,
		expires:     state.TLS.PeerCertificates[0].NotAfter,
	}
	c.used.Store(now.UnixNano())
	return c, nil
}

// touch notes that the connection is in use.
func (c *connection) touch(now time.Time) { c.used.Store(now.UnixNano()) }

// ended reports whether the connection is over.
func (c *connection) ended() bool { return c.conn.Context().Err() != nil }

// close ends the connection and waits until its goroutines know, which takes
// no longer than one turn of them: nothing is waited for from the network.
func (c *connection) close(code quicgo.ApplicationErrorCode, reason string) {
	// The error is nil by quic-go's contract.
	_ = c.conn.CloseWithError(code, reason)
}

// sendDatagram hands a payload over to be sent once. It copies the payload, and
// blocks while quic-go's queue of 32 is full: until the peer acknowledges, or
// the connection ends.
func (c *connection) sendDatagram(payload []byte) error {
	return c.conn.SendDatagram(payload)
}

// sendStream sends a payload on a stream of its own, within the time-out.
func (c *connection) sendStream(payload []byte, timeout time.Duration) error {
	stream, err := c.conn.OpenUniStream()
	if _, limited := errors.AsType[*quicgo.StreamLimitReachedError](err); limited {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		stream, err = c.conn.OpenUniStreamSync(ctx)
	}
	if err != nil {
		return err
	}
	// As a rule the peer's window has room for all of it, and nothing waits.
	err = stream.TryWriteAll(payload)
	if errors.Is(err, quicgo.ErrWouldBlock) {
		if err = stream.SetWriteDeadline(time.Now().Add(timeout)); err == nil {
			_, err = stream.Write(payload)
		}
	}
	if err != nil {
		stream.CancelWrite(streamTimedOut)
		return err
	}
	return stream.Close()
}
