package config

import (
	"time"

	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// minimal are files with nothing but what must be given.
var minimal = map[string]string{
	"udp": `
cluster: demo
node: n1
transport: udp
udp:
  listen: 127.0.0.1:0
  insecure: true
`,
	"quic": `
cluster: demo
node: n1
transport: quic
quic:
  listen: 127.0.0.1:0
  cert_file: "{node}.pem"
  key_file: "{node}.key"
  ca_file: ca.pem
`,
	"memory": `
cluster: demo
node: n1
transport: memory
`,
}

// complete returns settings in which every transport is configured.
func complete(t interface {
	Helper()
	Fatal(...any)
}) *Settings {
	t.Helper()
	s, err := Parse("quic.yaml", []byte(minimal["quic"]), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.UDP.Listen, s.UDP.Insecure = s.QUIC.Listen, true
	return s
}

// validate asks the package of a transport.
func validate(s *Settings, section string) error {
	switch section {
	case "":
		_, err := s.Config()
		return err
	case "udp":
		return s.UDP.Validate()
	case "quic":
		return s.QUIC.Validate()
	}
	return s.Memory.Network.Validate()
}

// loosen moves the settings that bound the one under test, which is at its
// greatest or at its least value, out of its way.
func loosen(s *Settings, key string, greatest bool) {
	switch key {
	case "gossip_interval":
		s.Node.Period = time.Minute
	case "pause_tolerance":
		s.Node.Period = 10 * time.Millisecond
		if greatest {
			s.Node.Period = time.Minute
		}
	case "udp.max_datagram_bytes":
		s.UDP.ReceiveMaxBytes = udp.MaxReceiveMaxBytes
	case "udp.receive_max_bytes":
		s.UDP.MaxDatagramBytes = udp.MinMaxDatagramBytes
	case "quic.max_datagram_bytes":
		s.QUIC.MaxEnvelopeBytes = 1 << 20
	case "quic.max_envelope_bytes":
		s.QUIC.MaxDatagramBytes, s.QUIC.StreamBytes = 512, 1<<30
	case "quic.stream_bytes":
		s.QUIC.MaxDatagramBytes, s.QUIC.MaxEnvelopeBytes = 512, 512
	case "quic.backoff_min":
		s.QUIC.BackoffMax = 10 * time.Minute
	case "quic.backoff_max":
		s.QUIC.BackoffMin = time.Millisecond
	case "quic.keep_alive":
		s.QUIC.IdleTimeout = 2 * time.Hour
	case "memory.datagram_budget":
		s.Memory.Network.MaxEnvelopeBytes = 1 << 20
	case "memory.max_envelope_bytes":
		s.Memory.Network.DatagramBudget = 512
	}
}
