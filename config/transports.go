package config

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// transports are the words of the setting transport; each is a section, too.
var transports = []string{"udp", "quic", "memory"}

// listening are those by which a node may listen besides.
var listening = []string{"udp", "quic"}

// advertise is where others reach the node by one of several networks.
func advertise(section string) setting {
	var given netip.AddrPort
	row := address(section+".advertise", true, func(*Settings) *netip.AddrPort { return &given },
		"The address at which others reach this node by this network, where `advertise` does not fit; port 0 stands for the bound port.").or("the address of `advertise`, with the bound port unless this is `transport`")
	read := row.set
	row.set = func(s *Settings, values []string) error {
		if err := read(s, values); err != nil {
			return err
		}
		if ip := given.Addr(); ip.IsUnspecified() || ip.IsMulticast() {
			return fmt.Errorf("%q is no address of one node: give the one at which others reach it", values[0])
		}
		if s.Node.AdvertiseBy == nil {
			s.Node.AdvertiseBy = make(map[string]netip.AddrPort)
		}
		s.Node.AdvertiseBy[section] = given
		return nil
	}
	return row
}

// inboxSlots, allow and deny are the same for all transports.
func inboxSlots(section string, field func(*Settings) *int) setting {
	return number(section+".inbox_slots", "envelopes", 1, transport.MaxInboxSlots, transport.DefaultInboxSlots, field,
		"What may wait to be handled. What arrives beyond it is dropped and counted.")
}

func filter(section string, field func(*Settings) *transport.Filter) []setting {
	return []setting{
		prefixes(section+".allow", func(s *Settings) *[]netip.Prefix { return &field(s).Allow },
			"The addresses with which the node talks. None given: all that `deny` does not name."),
		prefixes(section+".deny", func(s *Settings) *[]netip.Prefix { return &field(s).Deny },
			"The addresses with which the node never talks, whatever `allow` says."),
	}
}

func udpSettings() []setting {
	rows := []setting{
		address("udp.listen", true, func(s *Settings) *netip.AddrPort { return &s.UDP.Listen },
			"The address to bind. 0.0.0.0 is every IPv4 address of the host, [::] every one of both families; with port 0 the system chooses.").must(),
		advertise("udp"),
		path("udp.key_file", func(s *Settings) *string { return &s.UDP.KeyFile },
			"The cluster's keys, which seal every datagram; one in base64 per line, the first one seals and all open. `hearsay keygen` makes it. It is looked at again while the node runs.").or("none: then insecure must say so"),
		span("udp.reload_interval", udp.MinReloadInterval, udp.MaxReloadInterval, udp.DefaultReloadInterval,
			func(s *Settings) *time.Duration { return &s.UDP.ReloadInterval },
			"How often `key_file` is looked at."),
		boolean("udp.insecure", false, func(s *Settings) *bool { return &s.UDP.Insecure },
			"Starts without keys: it says that you know that datagrams travel in plaintext and that whoever reaches the port is believed."),
		number("udp.senders", "lives of senders", udp.MinSenders, udp.MaxSenders, udp.DefaultSenders,
			func(s *Settings) *int { return &s.UDP.Senders },
			"Whose sealed datagrams are remembered, so that none is taken twice; twice the largest cluster or more."),
		number("udp.stranger_rate", "datagrams per second", 1, udp.MaxStrangerRate, udp.DefaultStrangerRate,
			func(s *Settings) *int { return &s.UDP.StrangerRate },
			"What is looked at from each /24 or /64, as far as it comes from addresses at which no member is known; 16 times as much in all."),
		size("udp.max_datagram_bytes", udp.MinMaxDatagramBytes, udp.MaxMaxDatagramBytes, udp.DefaultMaxDatagramBytes,
			func(s *Settings) *int { return &s.UDP.MaxDatagramBytes },
			"The largest envelope that is sent, without framing. One envelope is one datagram; nothing is ever fragmented."),
		size("udp.receive_max_bytes", udp.MinMaxDatagramBytes, udp.MaxReceiveMaxBytes, udp.DefaultReceiveMaxBytes,
			func(s *Settings) *int { return &s.UDP.ReceiveMaxBytes },
			"The largest envelope that is received; at least `max_datagram_bytes`. Larger ones are dropped and counted."),
		number("udp.send_queue", "datagrams", 1, udp.MaxSendQueue, udp.DefaultSendQueue,
			func(s *Settings) *int { return &s.UDP.SendQueue },
			"What may wait for the system to take it. What is sent beyond it fails and is tried again later."),
		size("udp.read_buffer_bytes", udp.MinBufferBytes, udp.MaxBufferBytes, udp.DefaultBufferBytes,
			func(s *Settings) *int { return &s.UDP.ReadBufferBytes },
			"What is asked of the system for receiving. If it grants less, one warning says so."),
		size("udp.write_buffer_bytes", udp.MinBufferBytes, udp.MaxBufferBytes, udp.DefaultBufferBytes,
			func(s *Settings) *int { return &s.UDP.WriteBufferBytes },
			"The same for sending."),
		inboxSlots("udp", func(s *Settings) *int { return &s.UDP.InboxSlots }),
	}
	return append(rows, filter("udp", func(s *Settings) *transport.Filter { return &s.UDP.Filter })...)
}

func quicSettings() []setting {
	rows := []setting{
		address("quic.listen", true, func(s *Settings) *netip.AddrPort { return &s.QUIC.Listen },
			"The address of the one UDP socket over which the node both dials and is dialled. 0.0.0.0 and [::] are all addresses; with port 0 the system chooses.").must(),
		advertise("quic"),
		path("quic.cert_file", func(s *Settings) *string { return &s.QUIC.CertFile },
			"The node's certificate and any intermediate ones, PEM. `{node}` stands for the node's id.").must(),
		path("quic.key_file", func(s *Settings) *string { return &s.QUIC.KeyFile },
			"The certificate's private key, PEM. `{node}` stands for the node's id.").must(),
		path("quic.ca_file", func(s *Settings) *string { return &s.QUIC.CAFile },
			"The authorities that peers' certificates must come from, PEM.").must(),
		span("quic.reload_interval", time.Second, 24*time.Hour, quic.DefaultReloadInterval,
			func(s *Settings) *time.Duration { return &s.QUIC.ReloadInterval },
			"How often the node looks whether the three files have changed."),
		boolean("quic.post_quantum", false, func(s *Settings) *bool { return &s.QUIC.PostQuantum },
			"Adds the hybrid key exchange X25519MLKEM768: a quarter more CPU and one more packet per handshake."),
		number("quic.handshake_rate", "handshakes per second", 1, 100_000, quic.DefaultHandshakeRate,
			func(s *Settings) *int { return &s.QUIC.HandshakeRate },
			"Handshakes that strangers may begin before they must first prove that they receive at their address."),
		size("quic.max_datagram_bytes", 512, 1160, quic.DefaultMaxDatagramBytes,
			func(s *Settings) *int { return &s.QUIC.MaxDatagramBytes },
			"The largest envelope that travels as one datagram, never retransmitted; larger ones take a stream each."),
		size("quic.max_envelope_bytes", 512, 16<<20, quic.DefaultMaxEnvelopeBytes,
			func(s *Settings) *int { return &s.QUIC.MaxEnvelopeBytes },
			"The largest envelope that is sent and received; at least `max_datagram_bytes`."),
		inboxSlots("quic", func(s *Settings) *int { return &s.QUIC.InboxSlots }),
	}
	rows = append(rows, quicQueues()...)
	rows = append(rows, quicConnections()...)
	return append(rows, filter("quic", func(s *Settings) *transport.Filter { return &s.QUIC.Filter })...)
}

// quicQueues are the settings of what waits.
func quicQueues() []setting {
	return []setting{
		number("quic.queue_envelopes", "envelopes", 1, 65_536, quic.DefaultQueueEnvelopes,
			func(s *Settings) *int { return &s.QUIC.QueueEnvelopes },
			"What may wait for one peer, while it is being dialled or is slow."),
		size("quic.queue_bytes", 1160, 1<<30, quic.DefaultQueueBytes,
			func(s *Settings) *int { return &s.QUIC.QueueBytes },
			"The same in bytes. One envelope may always wait, whatever its size."),
		span("quic.queue_expiry", 10*time.Millisecond, time.Minute, quic.DefaultQueueExpiry,
			func(s *Settings) *time.Duration { return &s.QUIC.QueueExpiry },
			"How long an envelope waits before it is discarded: stale gossip is worth nothing."),
		size("quic.stream_bytes", 512, 1<<30, quic.DefaultStreamBytes,
			func(s *Settings) *int { return &s.QUIC.StreamBytes },
			"Bounds the memory of all streams that are being received; at least `max_envelope_bytes`."),
		span("quic.stream_timeout", 100*time.Millisecond, time.Minute, quic.DefaultStreamTimeout,
			func(s *Settings) *time.Duration { return &s.QUIC.StreamTimeout },
			"How long one envelope may take on its stream."),
	}
}

// quicConnections are the settings of dialling and keeping connections.
func quicConnections() []setting {
	return []setting{
		number("quic.max_connections", "connections", 2, 65_536, quic.DefaultMaxConnections,
			func(s *Settings) *int { return &s.QUIC.MaxConnections },
			"Connections that are kept. A guard and not a cache size: with fewer than there are peers, most sends cost a handshake."),
		number("quic.max_dials_in_flight", "handshakes", 1, 1024, quic.DefaultMaxDialsInFlight,
			func(s *Settings) *int { return &s.QUIC.MaxDialsInFlight },
			"Handshakes that the node begins at a time; more wait their turn. While they take long it begins fewer."),
		span("quic.dial_timeout", 100*time.Millisecond, 30*time.Second, quic.DefaultDialTimeout,
			func(s *Settings) *time.Duration { return &s.QUIC.DialTimeout },
			"Bounds a handshake."),
		span("quic.backoff_min", time.Millisecond, 10*time.Minute, quic.DefaultBackoffMin,
			func(s *Settings) *time.Duration { return &s.QUIC.BackoffMin },
			"How long a peer is left alone after a failed dial; doubled after each further one."),
		span("quic.backoff_max", time.Millisecond, 10*time.Minute, quic.DefaultBackoffMax,
			func(s *Settings) *time.Duration { return &s.QUIC.BackoffMax },
			"The longest such time; at least `backoff_min`."),
		span("quic.idle_timeout", time.Second, 2*time.Hour, quic.DefaultIdleTimeout,
			func(s *Settings) *time.Duration { return &s.QUIC.IdleTimeout },
			"Closes a connection on which nothing arrives. Among n members, a few times n seconds avoids handshakes.").or("4s for each connection that the node has when it makes one more, but 3m to 2h"),
		span("quic.keep_alive", time.Second, time.Hour, 0,
			func(s *Settings) *time.Duration { return &s.QUIC.KeepAlive },
			"Sends a packet on a connection that is idle for so long, for firewalls that forget; at most half of `idle_timeout`, or 90s.").or("none is sent"),
	}
}

func memorySettings() []setting {
	rows := []setting{
		address("memory.address", false, func(s *Settings) *netip.AddrPort { return &s.Memory.Node.Address },
			"Where the node is on the simulated network.").or("the next free one of 10.0.0.0/8"),
		span("memory.interval", 100*time.Microsecond, time.Second, time.Millisecond,
			func(s *Settings) *time.Duration { return &s.Memory.Interval },
			"How often the simulated network delivers what is due."),
		number("memory.seed", "", 0, 1<<62, 1,
			func(s *Settings) *uint64 { return &s.Memory.Network.Seed },
			"Fixes which envelopes are lost, doubled and delayed."),
		span("memory.latency", 0, time.Minute, 0,
			func(s *Settings) *time.Duration { return &s.Memory.Network.Link.Latency },
			"The least time that an envelope travels."),
		span("memory.spread", 0, time.Minute, 0,
			func(s *Settings) *time.Duration { return &s.Memory.Network.Link.Spread },
			"How much more it may travel, evenly distributed; what is overtaken arrives out of order."),
		share("memory.loss", 1, 0, func(s *Settings) *float64 { return &s.Memory.Network.Link.Loss },
			"The share of envelopes that vanish."),
		share("memory.duplicate", 1, 0, func(s *Settings) *float64 { return &s.Memory.Network.Link.Duplicate },
			"The share of envelopes that arrive twice."),
		boolean("memory.unreachable", false, func(s *Settings) *bool { return &s.Memory.Network.Unreachable },
			"Whether an address at which nobody is open says so, as a host does that is up."),
		size("memory.datagram_budget", 512, 65_000, memory.DefaultDatagramBudget,
			func(s *Settings) *int { return &s.Memory.Network.DatagramBudget },
			"What one datagram carries."),
		size("memory.max_envelope_bytes", 512, memory.LimitEnvelopeBytes, memory.DefaultMaxEnvelopeBytes,
			func(s *Settings) *int { return &s.Memory.Network.MaxEnvelopeBytes },
			"The largest envelope that is sent and received; at least `datagram_budget`."),
		number("memory.queue_envelopes", "envelopes", 1, memory.MaxQueueEnvelopes, memory.DefaultQueueEnvelopes,
			func(s *Settings) *int { return &s.Memory.Network.QueueEnvelopes },
			"What one node may have under way."),
		inboxSlots("memory", func(s *Settings) *int { return &s.Memory.Node.InboxSlots }),
	}
	return append(rows, filter("memory", func(s *Settings) *transport.Filter { return &s.Memory.Node.Filter })...)
}
