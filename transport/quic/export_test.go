package quic

import (
	"crypto/x509"
	"time"

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

// SlowDials has a transport believe that dials take so long, one at a time.
func SlowDials(t transport.Transport, took time.Duration) {
	m := t.(*mesh)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pace.took, m.pace.window = took, 1
}

// Arriving returns how many handshakes others have begun and not ended.
func Arriving(t transport.Transport) int {
	a := t.(*mesh).arriving
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all
}

// Reload looks at the files of a transport now.
func Reload(t transport.Transport) {
	s := t.(*mesh).credentials
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh(time.Now())
}

// Linger sets how long Close waits for peers.
func Linger(t transport.Transport, limit time.Duration) { t.(*mesh).linger = limit }
