package quic

import (
	"cmp"
	"net"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Network is the word for this transport in endpoints and in transport.Info.
const Network = "quic"

// Defaults of Config.
const (
	DefaultReloadInterval   = time.Minute
	DefaultMaxDatagramBytes = 1160
	DefaultMaxEnvelopeBytes = 256 << 10
	DefaultQueueEnvelopes   = 64
	DefaultQueueBytes       = 64 << 10
	DefaultQueueExpiry      = time.Second
	DefaultStreamBytes      = 16 << 20
	DefaultStreamTimeout    = 5 * time.Second
	DefaultMaxConnections   = 2048
	DefaultMaxDialsInFlight = 32
	DefaultDialTimeout      = 5 * time.Second
	DefaultBackoffMin       = 250 * time.Millisecond
	DefaultBackoffMax       = 30 * time.Second
	DefaultIdleTimeout      = 3 * time.Minute // with few peers; see Config
	DefaultHandshakeRate    = 200
)

// Config opens the QUIC transport; it is a transport.Opener. Listen, or Conn, and
// the three files must be given, everything else has a default. Open copies it.
type Config struct {
	// Listen is the address of the one UDP socket, over which the node both
	// dials and is dialled. Port 0 lets the system choose. 0.0.0.0 is all of
	// IPv4, :: is IPv6 and IPv4. Required, unless Conn is given.
	Listen netip.AddrPort
	// Conn is a socket to use instead of one that is bound to Listen: one that
	// a service manager hands over (net.FilePacketConn), that has options of
	// its own (net.ListenConfig), or anything else that moves datagrams and is
	// bound to a *net.UDPAddr. It is for one Open. If that succeeds the
	// transport owns Conn and closes it with Close; if it fails, Conn stays the
	// caller's. What is not a *net.UDPConn is used a packet at a time, and tells
	// no NoticeUnreachable.
	Conn net.PacketConn

	// CertFile and KeyFile are the node's certificate, followed by any
	// intermediate ones, and its private key; CAFile has the certificates of
	// the authorities that peers' certificates must come from. All are PEM.
	// See package identity for the names in certificates.
	CertFile, KeyFile, CAFile string
	// ReloadInterval is how often the node looks whether the files have
	// changed; what is there then is used for new connections, and connections
	// to peers that no authority vouches for any more are closed. Files that do
	// not load are logged and change nothing. Default 1 min; 1 s to 24 h.
	ReloadInterval time.Duration
	// PostQuantum adds the hybrid key exchange X25519MLKEM768, against who
	// records traffic now to break it with a quantum computer later. It costs
	// a quarter more CPU and one more packet per handshake. All nodes that
	// have it use it among themselves; the others are not excluded.
	PostQuantum bool

	// Filter tells by address with whom the node talks. Packets from others
	// are dropped before QUIC sees them.
	Filter transport.Filter
	// HandshakeRate is how many handshakes a second strangers may begin before
	// they must first prove, at the price of a round trip, that they receive
	// at their address. Default 200; 1 to 100,000.
	HandshakeRate int

	// MaxDatagramBytes is the largest encoded envelope that travels as one
	// datagram, never retransmitted; larger ones take a stream each. Default
	// 1,160, which every path that carries QUIC has room for; 512 to 1,160.
	MaxDatagramBytes int
	// MaxEnvelopeBytes is the largest encoded envelope that is sent and
	// received. Default 256 KiB; MaxDatagramBytes to 16 MiB.
	MaxEnvelopeBytes int

	// QueueEnvelopes and QueueBytes bound what waits for one peer, while it is
	// being dialled or is slow. One envelope may always wait, whatever its
	// size. Defaults 64 and 64 KiB; 1 to 65,536, and 1,160 to 1 GiB.
	QueueEnvelopes, QueueBytes int
	// QueueExpiry is how long an envelope waits before it is discarded: stale
	// gossip is worth nothing. One to a peer that is not connected is refused if
	// others are to be dialled first for a quarter of that time. Default 1 s; 10 ms
	// to 1 min.
	QueueExpiry time.Duration
	// InboxSlots is how many envelopes and notices wait for Poll. Default
	// transport.DefaultInboxSlots; 1 to transport.MaxInboxSlots.
	InboxSlots int

	// StreamBytes bounds the memory of all streams together that are being
	// received and not yet whole. Default 16 MiB; MaxEnvelopeBytes to 1 GiB.
	StreamBytes int
	// StreamTimeout is how long one envelope may take on its stream. Default
	// 5 s; 100 ms to 1 min.
	StreamTimeout time.Duration

	// MaxConnections bounds the connections that are kept; beyond it the one
	// longest idle is closed. A connection costs about 52 KiB on each end. With
	// fewer than there are peers, most sends to random peers cost a handshake,
	// so the bound is a guard and not a cache size. Default 2,048; 2 to 65,536.
	MaxConnections int
	// MaxDialsInFlight bounds the handshakes that the node begins at a time;
	// more wait their turn. While handshakes take long it begins fewer, and with
	// pauses if they take seconds, but for peers that do not answer at all. Default
	// 32; 1 to 1,024.
	MaxDialsInFlight int
	// DialTimeout bounds a handshake. Default 5 s; 100 ms to 30 s.
	DialTimeout time.Duration
	// BackoffMin and BackoffMax bound the time for which a peer is left alone
	// after its k-th failed dial in a row: BackoffMin · 2^(k-1), at most
	// BackoffMax, shortened by up to a quarter at random. Defaults 250 ms and
	// 30 s; 1 ms to 10 min, min not above max.
	BackoffMin, BackoffMax time.Duration
	// IdleTimeout closes a connection on which nothing arrives; the lesser of
	// both ends' counts. A pair of nodes among n that each exchange r messages
	// a second with random peers meets every n/(2r) s on average: below a
	// multiple of that, many messages cost a handshake. The default is 4 s for
	// each connection that the node has when it makes one more, but 3 min to
	// 2 h; else 1 s to 2 h.
	IdleTimeout time.Duration
	// KeepAlive sends a packet on a connection that is idle for so long, for
	// firewalls that forget. Default 0, none; else 1 s to IdleTimeout/2, or to
	// 90 s if there is none.
	KeepAlive time.Duration
}

// withDefaults returns c with its zero fields filled.
func (c Config) withDefaults() Config {
	c.ReloadInterval = cmp.Or(c.ReloadInterval, DefaultReloadInterval)
	c.HandshakeRate = cmp.Or(c.HandshakeRate, DefaultHandshakeRate)
	c.MaxDatagramBytes = cmp.Or(c.MaxDatagramBytes, DefaultMaxDatagramBytes)
	c.MaxEnvelopeBytes = cmp.Or(c.MaxEnvelopeBytes, DefaultMaxEnvelopeBytes)
	c.QueueEnvelopes = cmp.Or(c.QueueEnvelopes, DefaultQueueEnvelopes)
	c.QueueBytes = cmp.Or(c.QueueBytes, DefaultQueueBytes)
	c.QueueExpiry = cmp.Or(c.QueueExpiry, DefaultQueueExpiry)
	c.InboxSlots = cmp.Or(c.InboxSlots, transport.DefaultInboxSlots)
	c.StreamBytes = cmp.Or(c.StreamBytes, max(DefaultStreamBytes, c.MaxEnvelopeBytes))
	c.StreamTimeout = cmp.Or(c.StreamTimeout, DefaultStreamTimeout)
	c.MaxConnections = cmp.Or(c.MaxConnections, DefaultMaxConnections)
	c.MaxDialsInFlight = cmp.Or(c.MaxDialsInFlight, DefaultMaxDialsInFlight)
	c.DialTimeout = cmp.Or(c.DialTimeout, DefaultDialTimeout)
	c.BackoffMin = cmp.Or(c.BackoffMin, DefaultBackoffMin)
	c.BackoffMax = cmp.Or(c.BackoffMax, max(DefaultBackoffMax, c.BackoffMin))
	return c
}
