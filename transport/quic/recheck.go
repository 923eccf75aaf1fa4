package quic

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// recheck closes the connections to peers whose certificates no authority
// vouches for any more: what is no longer trusted for a handshake is not
// trusted for one that was made earlier.
func (m *mesh) recheck(authorities *x509.CertPool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var open []*connection
	for c := range m.connections {
		open = append(open, c)
	}
	m.spawn(func() {
		for _, c := range open {
			if vouchedFor(c.conn.ConnectionState().TLS, authorities) {
				continue
			}
			m.mu.Lock()
			m.detach(c)
			m.mu.Unlock()
			c.close(codeExpired, "certificate no longer trusted")
		}
	})
}

// vouchedFor reports whether the certificate of a connection's peer, for which
// a handshake was right once, would still be.
func vouchedFor(state tls.ConnectionState, authorities *x509.CertPool) bool {
	intermediates := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		intermediates.AddCert(certificate)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: authorities, Intermediates: intermediates, CurrentTime: time.Now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}
