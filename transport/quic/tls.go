package quic

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// protocolPrefix and a wire version make an ALPN protocol.
const protocolPrefix = "hearsay/"

// protocols returns the ALPN protocols of a node, the highest version first.
func protocols(local transport.Local) []string {
	var names []string
	for version := int(local.WireMax); version >= int(local.WireMin); version-- {
		names = append(names, protocolPrefix+strconv.Itoa(version))
	}
	return names
}

// negotiatedVersion returns the wire version that an ALPN protocol stands for.
func negotiatedVersion(protocol string) (uint8, error) {
	digits, ours := strings.CutPrefix(protocol, protocolPrefix)
	version, err := strconv.ParseUint(digits, 10, 8)
	if !ours || err != nil {
		return 0, fmt.Errorf("negotiated protocol %q is not ours", protocol)
	}
	return uint8(version), nil
}

// tlsConfigs returns the TLS configurations of a node that holds c, as the one
// that is dialled and as the one that dials. Both ends prove who they are by
// the standard verification, on TLS 1.3 alone and in every handshake: there is
// no resumption, because a ticket is stored by server name, which is the same
// for all nodes of a cluster, and because 0-RTT data can be replayed.
func (c *credentials) tlsConfigs(local transport.Local, postQuantum bool) (server, client *tls.Config) {
	curves := []tls.CurveID{tls.X25519, tls.CurveP256}
	if postQuantum {
		curves = append([]tls.CurveID{tls.X25519MLKEM768}, curves...)
	}
	base := &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{c.pair},
		NextProtos:             protocols(local),
		CurvePreferences:       curves,
		SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := peerIdentity(state, local.Cluster)
			return err
		},
	}
	server = base.Clone()
	server.ClientAuth = tls.RequireAndVerifyClientCert
	server.ClientCAs = c.authorities
	client = base.Clone()
	client.ServerName = identity.ServerName(local.Cluster)
	client.RootCAs = c.authorities
	return server, client
}

// peerIdentity returns the id of the node of cluster at the other end.
func peerIdentity(state tls.ConnectionState, cluster string) (string, error) {
	leaf, err := peerLeaf(state)
	if err != nil {
		return "", err
	}
	return identity.NodeID(leaf, cluster)
}

func peerLeaf(state tls.ConnectionState) (*x509.Certificate, error) {
	if len(state.PeerCertificates) == 0 {
		return nil, identity.ErrNone
	}
	return state.PeerCertificates[0], nil
}
