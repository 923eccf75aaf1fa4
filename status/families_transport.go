package status

import (
	"maps"
	"slices"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// loopFamilies are gossiper.Stats and eventstream.Stats.
var loopFamilies = []family{
	count("loop_steps", "Steps of the node's loop.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Steps }),
	count("loop_handled", "Envelopes and notices that the loop handed to the protocol.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Handled }),
	count("loop_notices", "Notices among those.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Notices }),
	count("loop_sent", "Envelopes that the transport accepted.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Sent }),
	count("loop_sends_failed", "Envelopes that the transport refused.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.SendsFailed }),
	count("loop_polls_failed", "Polls of the transport that failed.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.PollsFailed }),
	count("loop_overruns", "Steps that ended with something left to poll.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Overruns }),
	count("events_published", "Events that were told.",
		func(s *hearsay.Stats) uint64 { return s.Gossiper.Published }),
	count("events_missed", "Events that readers were too slow for, once for each reader.",
		func(s *hearsay.Stats) uint64 { return s.Events.Missed }),
	level("event_readers", "Loops that range over the node's events now.",
		func(s *snapshot) float64 { return float64(s.stats.Events.Subscribers) }),
}

// byNetwork makes a family with a sample for each network. There is none for all
// together, which is the sum of them.
func byNetwork(name string, kind kind, help string, of func(*transport.Stats) float64) family {
	return family{name, kind, help, func(s *snapshot, tell func(float64, ...label)) {
		for _, network := range slices.Sorted(maps.Keys(s.stats.Networks)) {
			part := s.stats.Networks[network]
			tell(of(&part), label{"network", network})
		}
	}}
}

// transportFamilies are transport.Stats.
var transportFamilies = []family{
	byNetwork("transport_sent", counter, "Envelopes that were accepted to be sent.",
		func(s *transport.Stats) float64 { return float64(s.Sent) }),
	byNetwork("transport_received", counter, "Envelopes that were received and not dropped.",
		func(s *transport.Stats) float64 { return float64(s.Received) }),
	byNetwork("transport_sent_bytes", counter, "Bytes of envelopes that were accepted to be sent, without framing.",
		func(s *transport.Stats) float64 { return float64(s.SentBytes) }),
	byNetwork("transport_received_bytes", counter, "Bytes of envelopes that were received, without framing.",
		func(s *transport.Stats) float64 { return float64(s.ReceivedBytes) }),
	byNetwork("transport_notices", counter, "Notices about targets, such as that nobody listens there.",
		func(s *transport.Stats) float64 { return float64(s.Notices) }),
	byNetwork("transport_handshakes", counter, "Connections that were made, from either side.",
		func(s *transport.Stats) float64 { return float64(s.Handshakes) }),
	byNetwork("transport_handshakes_failed", counter, "Connections that this node tried to make in vain.",
		func(s *transport.Stats) float64 { return float64(s.HandshakesFailed) }),
	byNetwork("transport_queued", gauge, "Envelopes that wait to be sent.",
		func(s *transport.Stats) float64 { return float64(s.Queued) }),
	byNetwork("transport_waiting", gauge, "Envelopes and notices that wait for the node's loop.",
		func(s *transport.Stats) float64 { return float64(s.Waiting) }),
	byNetwork("transport_connections", gauge, "Connections that are open.",
		func(s *transport.Stats) float64 { return float64(s.Connections) }),
	{"transport_dropped", counter, "What was dropped, on either side, by cause.", byCause},
}

func byCause(s *snapshot, tell func(float64, ...label)) {
	for _, network := range slices.Sorted(maps.Keys(s.stats.Networks)) {
		for cause, count := range s.stats.Networks[network].Dropped {
			tell(float64(count), label{"network", network}, label{"cause", causeName(transport.Drop(cause))})
		}
	}
}
