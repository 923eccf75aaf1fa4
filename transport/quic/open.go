package quic

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// maxStreams is how many envelopes a peer may have on streams at a time.
const maxStreams = 16

// connectionIDLength keeps collisions out of reach; every packet carries it.
const connectionIDLength = 8

var _ transport.Opener = Config{}

// Open is transport.Opener's. Its errors join all problems of c and local, or
// are a *CertificateError, or unwrap to the system's error about the socket,
// such as syscall.EADDRINUSE.
func (c Config) Open(local transport.Local) (transport.Transport, error) {
	if err := errors.Join(c.Validate(), local.Validate()); err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	c, local = c.withDefaults(), local.WithDefaults()
	log := cmp.Or(local.Logger, slog.New(slog.DiscardHandler)).With("transport", Network)
	store, loaded, err := newCredentialStore(c, local, log)
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	resetKey, err := loaded.resetKey(local.NodeID)
	if err != nil {
		return nil, fmt.Errorf("quic: KeyFile %s: %w", c.KeyFile, err)
	}
	inbox, err := transport.NewInbox(transport.InboxConfig{Slots: c.InboxSlots, MaxEnvelopeBytes: c.MaxEnvelopeBytes})
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	socket, err := listen(c.Listen, c.Filter)
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	m := &mesh{
		config: c, local: local, log: log, inbox: inbox,
		credentials: store, socket: socket, bound: socket.bound, settings: settings(c),
		limiter:     newLimiter(c.HandshakeRate, time.Now()),
		peers:       make(map[netip.AddrPort]*peer),
		links:       make(map[linkKey]*link),
		connections: make(map[*connection]struct{}),
		jitter:      newJitter(),
	}
	m.assembly.free.Store(int64(c.StreamBytes))
	store.changed = m.recheck
	socket.dropped = func() { inbox.Drop(transport.DropFiltered) }
	socket.unreachable = m.unreachable
	socket.watchErrors()
	if err := m.start(resetKey); err != nil {
		return nil, errors.Join(fmt.Errorf("quic: %w", err), socket.Close())
	}
	return m, nil
}

// start listens on the socket and begins to accept.
func (m *mesh) start(resetKey quicgo.StatelessResetKey) (err error) {
	m.engine = &quicgo.Transport{
		Conn:                m.socket,
		ConnectionIDLength:  connectionIDLength,
		StatelessResetKey:   &resetKey,
		VerifySourceAddress: func(net.Addr) bool { return !m.limiter.allow(time.Now()) },
		ConnContext:         m.watchHandshake,
	}
	m.listener, err = m.engine.Listen(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		GetConfigForClient: m.admit,
	}, m.settings)
	if err != nil {
		return errors.Join(err, m.engine.Close())
	}
	m.running.Go(m.accept)
	return nil
}

// admit chooses the TLS configuration for a handshake with a node that dials
// this one, and turns away who wants another cluster before anything costly.
func (m *mesh) admit(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if want := identity.ServerName(m.local.Cluster); !strings.EqualFold(hello.ServerName, want) {
		m.inbox.Drop(transport.DropForeign)
		return nil, fmt.Errorf("%w: dialled %q", identity.ErrForeign, hello.ServerName)
	}
	server := m.credentials.get().server
	spoken := func(protocol string) bool { return slices.Contains(server.NextProtos, protocol) }
	if !slices.ContainsFunc(hello.SupportedProtos, spoken) {
		m.inbox.Drop(transport.DropVersion) // TLS refuses it, with the right alert
	}
	return server, nil
}

// watchHandshake counts and logs the nodes that dialled and were refused:
// quic-go does not tell otherwise.
func (m *mesh) watchHandshake(ctx context.Context, client *quicgo.ClientInfo) (context.Context, error) {
	context.AfterFunc(ctx, func() {
		closed, ok := errors.AsType[*quicgo.TransportError](context.Cause(ctx))
		if !ok || closed.Remote || !closed.ErrorCode.IsCryptoError() ||
			closed.ErrorCode == alertNoProtocol || errors.Is(closed, identity.ErrForeign) {
			return // no refusal, or counted by admit
		}
		m.inbox.Drop(transport.DropUnauthenticated)
		m.log.Debug("refused a handshake", "peer", client.RemoteAddr, "error", closed)
	})
	return ctx, nil
}

// alertNoProtocol is QUIC's code for the TLS alert no_application_protocol.
const alertNoProtocol quicgo.TransportErrorCode = 0x100 + 120

// settings returns quic-go's part of a configuration.
func settings(c Config) *quicgo.Config {
	// A stream's window has room for the largest envelope, so that writing one
	// does not wait for a round trip, and a connection's for a few of them.
	window := uint64(max(64<<10, c.MaxEnvelopeBytes+1024))
	return &quicgo.Config{
		HandshakeIdleTimeout:           c.DialTimeout,
		MaxIdleTimeout:                 c.IdleTimeout,
		KeepAlivePeriod:                c.KeepAlive,
		InitialStreamReceiveWindow:     window,
		MaxStreamReceiveWindow:         window,
		InitialConnectionReceiveWindow: 4 * window,
		MaxConnectionReceiveWindow:     4 * window,
		MaxIncomingStreams:             -1,
		MaxIncomingUniStreams:          maxStreams,
		EnableDatagrams:                true,
		// It costs 14 packets per connection, to find room that the budget
		// for datagrams does not use.
		DisablePathMTUDiscovery: true,
	}
}

// newJitter returns the randomness of back-off.
func newJitter() *rand.Rand {
	var seed [16]byte
	_, _ = crand.Read(seed[:]) // never fails
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])))
}
