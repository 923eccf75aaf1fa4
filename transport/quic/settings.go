package quic

import (
	"time"

	quicgo "github.com/quic-go/quic-go"
)

// maxStreams is how many envelopes a peer may have on streams at a time.
const maxStreams = 16

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

// The default of IdleTimeout grows with the number of peers, up to a bound.
const (
	idlePerConnection = 4 * time.Second
	maxIdleTimeout    = 2 * time.Hour
)

// idleTimeout returns the default of IdleTimeout for a node that has so many
// connections. A node keeps one to every peer that it meets often enough, so they
// stand for the size of the cluster. Where many time out too early that is less
// than it should be, but more than they were made for, and the next ones last
// longer.
func idleTimeout(connections int) time.Duration {
	return min(max(time.Duration(connections)*idlePerConnection, DefaultIdleTimeout), maxIdleTimeout)
}

// connectionSettings returns quic-go's configuration of a connection that is
// made now.
func (m *mesh) connectionSettings() *quicgo.Config {
	if m.config.IdleTimeout != 0 {
		return m.settings
	}
	m.mu.Lock()
	connections := len(m.connections)
	m.mu.Unlock()
	fitted := m.settings.Clone()
	fitted.MaxIdleTimeout = idleTimeout(connections)
	return fitted
}

// listenerSettings returns quic-go's configuration of a listener.
func (m *mesh) listenerSettings() *quicgo.Config {
	listening := m.settings.Clone()
	listening.GetConfigForClient = func(*quicgo.ClientInfo) (*quicgo.Config, error) {
		return m.connectionSettings(), nil
	}
	return listening
}
