// Package udp is the transport over one UDP socket: one envelope is one
// datagram, which arrives or does not.
//
//	node, err := udp.Config{
//		Listen:   netip.MustParseAddrPort("[::]:7946"),
//		Insecure: true,
//	}.Open(transport.Local{NodeID: "a", Cluster: "prod", Logger: logger})
//
// # Security
//
// This build does not encrypt. Datagrams can be read and forged by whoever is
// on the path, and source addresses by anybody; so Open refuses to start until
// Config.Insecure says that this is known, and then logs one warning. Use it on
// networks that you trust, with Config.Filter and a firewall, or use the QUIC
// transport. Nothing that arrives is ever answered by the transport itself.
//
// # A datagram
//
//	byte 0     flags in the upper four bits, the wire version in the lower four
//	bytes 1-4  the first four bytes of the SHA-256 of the cluster's name
//	then       the envelope, as protobuf
//
// Flag 0x80 marks a sealed datagram, which this build drops; the other flags
// are 0. All of it is checked before anything is decoded: a datagram of another
// cluster, of a wire version that the node does not speak, or from a filtered
// source costs a comparison and a counter.
//
// # Sizes
//
// Config.MaxDatagramBytes (1,160) bounds what is sent, so that with framing,
// UDP and IP headers it fits into 1,280 bytes, which every IPv6 path and any
// usual tunnel carries. Datagrams are never fragmented: on Linux they carry the
// don't-fragment bit. What is received may be larger, up to
// Config.ReceiveMaxBytes.
//
// # Addresses
//
// Listening on 0.0.0.0 or on an IPv4 address is IPv4 only, on :: both families,
// on any other IPv6 address IPv6 only. A target of a family that the socket
// lacks is transport.ErrInvalidTarget.
//
// # Sending
//
// Send encodes into a queue and returns, in a fraction of a microsecond; a
// writer hands the queue to the system, on Linux 32 datagrams at a time. What
// the system refuses then counts as transport.DropSend. Close hands over what
// is queued before it closes the socket.
//
// # Notices
//
// On Linux the transport asks for ICMP errors. When a target's own host says
// that nobody listens at that port, Poll returns transport.NoticeUnreachable.
// What routers say is not passed on. Other systems give no notices.
//
// # Cost
//
// Two goroutines, and about 50 KB of memory when quiet. In steady state nothing
// is allocated. The kernel's buffers are asked for with ReadBufferBytes and
// WriteBufferBytes; a warning says if the system grants less (on Linux see
// net.core.rmem_max), because a burst that does not fit is lost without a
// trace.
package udp
