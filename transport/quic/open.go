package quic

import (
	"cmp"
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
	inbox, err := transport.NewInbox(transport.InboxConfig{
		Slots: c.InboxSlots, MaxEnvelopeBytes: c.MaxEnvelopeBytes, Wake: local.Wake,
	})
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	conn, bound, err := c.connection()
	if err != nil {
		return nil, fmt.Errorf("quic: %w", err)
	}
	m := &mesh{
		config: c, local: local, log: log, inbox: inbox,
		credentials: store, bound: bound, settings: settings(c),
		limiter:     newLimiter(c.HandshakeRate, time.Now()),
		peers:       make(map[netip.AddrPort]*peer),
		links:       make(map[linkKey]*link),
		connections: make(map[*connection]struct{}),
		pace:        newPace(c.MaxDialsInFlight),
		arriving:    newArriving(),
		jitter:      newJitter(),
		settled:     make(chan struct{}, 1),
		linger:      min(c.QueueExpiry, maxLinger),
	}
	m.assembly.free.Store(int64(c.StreamBytes))
	store.changed = m.recheck
	m.socket, err = newCarrier(conn, gate{
		bound: bound, filter: c.Filter, open: len(c.Filter.Allow) == 0 && len(c.Filter.Deny) == 0,
		dropped: inbox.Drop, unreachable: m.unreachable,
	})
	if err == nil {
		err = m.start(resetKey)
	}
	if err != nil {
		if c.Conn == nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, fmt.Errorf("quic: %w", err)
	}
	store.watch()
	return m, nil
}

// connection returns the socket that was given, or takes one, and its address.
func (c Config) connection() (net.PacketConn, netip.AddrPort, error) {
	if c.Conn != nil {
		bound, err := localAddress(c.Conn)
		return c.Conn, bound, err
	}
	conn, err := bind(c.Listen)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	return conn, addrPort(conn.LocalAddr()), nil
}

// start listens on the socket and begins to accept.
func (m *mesh) start(resetKey quicgo.StatelessResetKey) (err error) {
	m.engine = &quicgo.Transport{
		Conn:                m.socket,
		ConnectionIDLength:  connectionIDLength,
		StatelessResetKey:   &resetKey,
		VerifySourceAddress: func(net.Addr) bool { return !m.limiter.allow(time.Now()) },
		ConnContext:         m.watchHandshake,
		Tracer:              strangers{m.inbox},
	}
	m.listener, err = m.engine.Listen(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		GetConfigForClient: m.admit,
	}, m.listenerSettings())
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

// newJitter returns the randomness of back-off.
func newJitter() *rand.Rand {
	var seed [16]byte
	_, _ = crand.Read(seed[:]) // never fails
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])))
}
