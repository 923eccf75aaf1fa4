// Package quic is the QUIC transport: TLS 1.3 with mutual authentication, one
// UDP socket per node, small envelopes in datagrams and large ones in streams.
//
//	config := quic.Config{
//		Listen:   netip.MustParseAddrPort("0.0.0.0:7946"),
//		CertFile: "certs/node-1.pem",
//		KeyFile:  "certs/node-1.key",
//		CAFile:   "certs/ca.pem",
//	}
//	t, err := config.Open(transport.Local{NodeID: "node-1", Cluster: "prod"})
//
// Then Send, and Poll when Ready is signalled, as with every transport.
//
// # Certificates
//
// A node's certificate says who it is and of which cluster; nothing else does,
// so one who can sign certificates decides who is in. For development:
//
//	hearsay cert ca   -cluster prod -dir certs
//	hearsay cert node -cluster prod -dir certs -id node-1 -id node-2
//
// In production let your own authority issue them, with what package identity
// describes: the URI SAN hearsay://prod/node-1, the DNS SAN prod.hearsay, and
// usage for both server and client authentication. Addresses are not in them,
// so a node may move. The files may change while the node runs; it looks at them
// each Config.ReloadInterval, and says in its log when its certificate is about
// to expire. To roll an authority, put old and new into every CAFile, reissue the
// certificates, then take the old one out. A connection is closed when the peer's
// certificate expires, or when its authority is no longer in the CAFile.
//
// Keep a node's key when you restart it: what tells its peers that it has
// forgotten their connections is derived from the key. With a new key they find
// out when the node dials them, or when Forget or the idle time-out comes.
//
// # Identity
//
// Every Inbound names the verified id of its sender, and an envelope whose
// sender is another is dropped as DropUnauthenticated: nobody speaks for anybody
// else. Outbound.Expect says who should answer at a target. Nothing that
// expects another node than the one that answers is sent; it comes back as
// NoticeWrongIdentity, and who did answer.
//
// # Connections
//
// A connection is made by the first Send to a target, and serves both
// directions; a dialling node's source address is the one it listens on. A pair
// of nodes keeps one: of two that crossed, the one that the node with the
// smaller id dialled, and of two that the same node dialled the newer, because
// it must have lost the older. None is kept alive by traffic of its own unless
// Config.KeepAlive says so. One costs about 50 KiB and 4 goroutines on each end,
// and a handshake about 1.5 ms of CPU for both ends together. A message at the
// rate of gossip takes 4 to 7 times the CPU of a UDP one, 0.1 to 0.2 ms: a node
// that exchanges 15 messages a second spends 0.15 to 0.3 per cent of a core.
//
// Where many nodes meet at once, each begins few handshakes at a time and more as
// they turn out to be quick: too many at once would all be late. What would have
// to wait for long before its peer is even dialled is refused as ErrQueueFull,
// while what goes to connected peers is sent. So a crowd of nodes forms a cluster
// over the connections that it has, and makes the others by and by: 256 nodes that
// start at once in one process, on two cores, after 18 s and with a third of all
// connections. The time for which idle connections are kept grows with their
// number (Config.IdleTimeout).
//
// What waits for a connection is bounded per peer in number, bytes and time
// (Config.QueueEnvelopes, QueueBytes, QueueExpiry). A peer that does not answer
// delays no other; after a dial that failed, Send returns ErrBackoff for a
// while. Close brings out what Send accepted before, which takes a round trip,
// and at most a second where a peer does not answer.
//
// # Notices
//
//   - NoticeUnreachable: the target's own host says that nobody listens there.
//     On Linux; elsewhere such a target expires.
//   - NoticeWrongIdentity: see above.
//   - NoticeRefused: the target answered, and one side does not accept the
//     other's certificate, cluster or wire versions. The log says which.
//   - NoticeExpired: envelopes were discarded because the target could not be
//     reached in time, or accepts less than it is sent.
//
// Each is given once for all envelopes that it concerns; Stats counts those.
//
// # On the wire
//
// The ALPN protocol is hearsay/ and the wire version, so the highest version
// that both ends speak is negotiated. An envelope of up to MaxDatagramBytes is
// one QUIC datagram; a larger one is a unidirectional stream from its first to
// its last byte. An empty datagram, sent by the side that was dialled, says that
// it has accepted the connection: a TLS client cannot know that, and keeps a
// copy of what it sent until then. An empty stream says that nothing more will
// come over this connection, because the pair has another; a stream of one zero
// byte says the same of a node that closes, and has the other end close the
// connection when it has read everything. There is no session resumption and no
// 0-RTT.
//
// The name of the cluster travels in the clear, as TLS's server name; node ids
// do not.
//
// # Limits
//
// A datagram that the network loses is lost; a stream is retransmitted. A
// stream is given up after Config.StreamTimeout, and all that are being
// received share Config.StreamBytes. Handshakes of strangers beyond
// Config.HandshakeRate must first prove their address, and of those that are in
// progress there are 1,024 at most, 256 of one address. What Config.Filter
// excludes is dropped before QUIC sees it, and what belongs to no connection is
// counted by what is wrong with it. quic-go asks for socket buffers of 7 MiB,
// and says so once on the standard logger if the system grants less (on Linux:
// sysctl net.core.rmem_max and wmem_max).
package quic
