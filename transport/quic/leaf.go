package quic

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// parseLeaf returns the first certificate of a PEM file.
func parseLeaf(file string, content []byte) (*x509.Certificate, error) {
	const advice = "give the node's certificate in PEM, beginning with -----BEGIN CERTIFICATE-----"
	for {
		var block *pem.Block
		block, content = pem.Decode(content)
		if block == nil {
			return nil, &CertificateError{"CertFile", file, errors.New("has no certificate"), advice}
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, &CertificateError{"CertFile", file, err, advice}
		}
		return leaf, nil
	}
}
