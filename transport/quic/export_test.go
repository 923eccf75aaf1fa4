package quic

import (
	"crypto/x509"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Connections returns how many connections a transport of this package has.
func Connections(t transport.Transport) int {
	m := t.(*mesh)
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.connections)
}

// Dialled returns how many of them it dialled.
func Dialled(t transport.Transport) (count int) {
	m := t.(*mesh)
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.connections {
		if c.dialled {
			count++
		}
	}
	return count
}

// Peers returns how many addresses the transport keeps something for.
func Peers(t transport.Transport) int {
	m := t.(*mesh)
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.peers)
}

// Crash closes a transport as the end of its process would: its peers are told
// nothing.
func Crash(t transport.Transport) error {
	m := t.(*mesh)
	_ = m.socket.Close() // again by Close, which says so
	_ = m.Close()
	return nil
}

// Recheck does what a reload of the CAFile does to connections.
func Recheck(t transport.Transport, authorities *x509.CertPool) { t.(*mesh).recheck(authorities) }

// AssemblyFree returns how many bytes streams may take yet.
func AssemblyFree(t transport.Transport) int64 { return t.(*mesh).assembly.free.Load() }
