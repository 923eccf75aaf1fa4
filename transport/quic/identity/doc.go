// Package identity is how a certificate names a node: the URI SAN
//
//	hearsay://<cluster label>/<node id>
//
// is the node's identity, and the DNS SAN
//
//	<cluster label>.hearsay
//
// is the name under which its peers dial it, so that the standard verification
// of TLS refuses the certificate of another cluster, whoever signed it.
//
// The cluster label is the cluster's name where that is a DNS label: 1 to 63
// of a-z, 0-9 and "-", not at either end, and not beginning with "x-". Any
// other name has the label "x-" and 32 characters, the lower-case base32hex of
// the first 20 bytes of its SHA-256. Label prints it; an issuer of one's own
// needs nothing else. Node ids may be any bytes; in the URI they are
// percent-encoded.
package identity
