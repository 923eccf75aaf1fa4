// Package udp is the transport over one UDP socket: one envelope is one
// datagram, sealed with the cluster's key, which arrives or does not.
//
//	node, err := udp.Config{
//		Listen:  netip.MustParseAddrPort("[::]:7946"),
//		KeyFile: "/etc/hearsay/keys",
//	}.Open(transport.Local{NodeID: "a", Cluster: "prod", Logger: logger})
//
// "hearsay keygen -file /etc/hearsay/keys" makes the file, once for a cluster;
// it is copied to every node. Programs that keep keys elsewhere give a [Keyring].
//
// # Security
//
// Datagrams are encrypted and authenticated with AES-256-GCM. Who lacks the key
// reads nothing and changes nothing: not by making datagrams up, nor by changing
// or repeating those of members, nor with those of another cluster that shares
// the key. The seal covers the wire version and the cluster's name, and never
// addresses: NAT may change them, and a source address proves nothing.
//
// A key is a group's: who has it is believed to be any member. Where members
// must not be able to speak for each other, use the QUIC transport.
//
// What each sender seals, in one life of its process, is remembered, so that
// none of it is taken twice. A node that has just started has no memory, and a
// datagram does not say whom it is for; so what was recorded on the network
// opens once at each node that has not had it. The protocol above expects that:
// records only rise, answers match a random number that is in flight, and what
// a bystander shows to others than it was meant for is outweighed by whom it was
// meant for. One case is left: if all members stop at once and start again
// without their state files, give them a new key, or records of before may
// outrank those of now for a moment.
//
// A process that is restored from a snapshot of its memory would seal twice
// under the same numbers, which gives the texts away: restart it instead.
//
// Without keys, Open refuses to start until Config.Insecure says that datagrams
// may travel in plaintext, and then logs one warning. A cluster is sealed or it
// is not; there is no way from one to the other while it runs. Nothing that
// arrives is ever answered by the transport itself.
//
// # Rotating keys
//
// Every key of the ring opens; one of them seals. A rotation has three steps.
// Each is taken on every node, in any order and at any pace, before the next:
//
//  1. hearsay keygen add -file F: the new key opens, too
//  2. hearsay keygen use -file F: the new key seals
//  3. hearsay keygen retire -file F: the old key is gone
//
// Nodes look at the file every Config.ReloadInterval and log which keys they
// have. No datagram of a member is refused on the way, and no node restarts. In
// a program the steps are [Keyring.Add], [Keyring.Use] and [Keyring.Remove]. Who
// rotates because a key got out should know that it opens what was recorded
// before, too.
//
// # A datagram
//
// docs/wire.md has it byte by byte. In plaintext, 5 bytes stand before the
// envelope: wire version and flags, and a tag of the cluster. Sealed, 22: these,
// the first byte of the key's name, the sender's life, and a counter; and a tag
// of 16 bytes behind it. What is malformed, or of another cluster or wire
// version, or from a filtered source costs a comparison and a counter.
//
// # Strangers
//
// Config.Filter lists who may talk to the node at all. Of the others, an address
// is a member's if something authentic came from it, or if something was sent
// there that expects a certain node. From all further addresses only
// Config.StrangerRate datagrams per second and /24 or /64 are looked at. Source
// addresses can be forged, so lives of senders that nobody has heard of are
// limited besides, whatever address they come from.
//
// # Sizes
//
// Config.MaxDatagramBytes (1,160) bounds what is sent, so that with framing,
// UDP and IP headers it fits into 1,280 bytes, which every IPv6 path and any
// usual tunnel carries. Datagrams are never fragmented: on Linux they carry the
// don't-fragment bit. What a path does not carry is lost, counts as
// transport.DropSend where the system knows, and is warned of once. What is
// received may be larger, up to Config.ReceiveMaxBytes.
//
// # Addresses
//
// Listening on 0.0.0.0 or on an IPv4 address is IPv4 only, on :: both families,
// on any other IPv6 address IPv6 only. A target of a family that the socket
// lacks is transport.ErrInvalidTarget.
//
// # A socket of one's own
//
// Config.Conn takes a socket in place of an address to listen at:
//
//	listener := net.ListenConfig{Control: bindToDevice}
//	conn, err := listener.ListenPacket(ctx, "udp", "[::]:7946")
//	...
//	node, err := udp.Config{Conn: conn, KeyFile: file}.Open(local)
//
// So may be given one that systemd hands over (net.FilePacketConn), or a connection that
// loses and delays datagrams in a test. Open takes it over when it succeeds, and
// Close closes it.
//
// # Sending
//
// Send encodes and seals into a queue and returns, in a microsecond; a writer
// hands the queue to the system, on Linux 32 datagrams at a time. There, the first
// Send after a Poll that returned no more than one thing makes the system call
// itself, unless that would have to wait: no writer need be woken for a single
// probe or answer. Such a Send takes 4 µs, or up to 20 in a process that has
// slept. What the system refuses, either way, counts as transport.DropSend. Close
// hands over what is queued before it closes the socket.
//
// # Notices
//
// On Linux the transport asks for ICMP errors. When a target's own host says
// that nobody listens at that port, Poll returns transport.NoticeUnreachable.
// What routers say is not passed on. Other systems give no notices.
//
// # Cost
//
// Two goroutines, one more with a key file, and about 50 KB of memory when
// quiet, besides 1.3 KB for each sender whose seals were opened. In steady state
// nothing is allocated; sealing costs about as much as a tenth of the system
// call. A round trip over loopback takes 43 µs where bare sockets take 32, and a
// quarter more CPU, if both ends sleep in between. Without a rest it is 18.6 and
// 12.9: 4 of these 6 are what Go needs to wake whoever waits for Ready when the
// reader has something, at both ends, and any transport with Ready pays them;
// sealing and opening take less than one.
//
// The kernel's buffers are asked for with ReadBufferBytes and WriteBufferBytes; a
// warning says if the system grants less (on Linux see net.core.rmem_max), because
// a burst that does not fit is lost. On Linux it is counted, as
// transport.DropKernel.
package udp
