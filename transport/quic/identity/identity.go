package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// maxIDBytes bounds a node id, as everywhere in the protocol.
const maxIDBytes = 64

// hashedPrefix begins the labels of names that are no DNS labels. A name that
// begins with it is hashed too, so that no two names share a label.
const hashedPrefix = "x-"

const scheme = "hearsay"

var (
	// ErrNone: the certificate names no node.
	ErrNone = errors.New("certificate names no node: it has no hearsay:// URI")
	// ErrForeign: the certificate names a node of another cluster.
	ErrForeign = errors.New("certificate is for another cluster")
	// ErrAmbiguous: the certificate names several nodes of the cluster.
	ErrAmbiguous = errors.New("certificate names several nodes of the cluster")
	// ErrMalformed: a hearsay:// URI of the certificate is not of the form
	// hearsay://<cluster label>/<node id>.
	ErrMalformed = errors.New("certificate has a malformed hearsay:// URI")
)

// Label returns the DNS label that stands for cluster in certificates.
func Label(cluster string) string {
	if isLabel(cluster) && !strings.HasPrefix(cluster, hashedPrefix) {
		return cluster
	}
	sum := sha256.Sum256([]byte(cluster))
	return hashedPrefix + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:20]))
}

func isLabel(name string) bool {
	if len(name) < 1 || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// ServerName returns the DNS name under which nodes of cluster are dialled.
func ServerName(cluster string) string { return Label(cluster) + ".hearsay" }

// URI returns the identity of a node as it stands in its certificate.
func URI(cluster, nodeID string) *url.URL {
	return &url.URL{
		Scheme:  scheme,
		Host:    Label(cluster),
		Path:    "/" + nodeID,
		RawPath: "/" + url.PathEscape(nodeID),
	}
}

// NodeID returns the id of the node of cluster that cert names, or an error
// that is ErrNone, ErrForeign, ErrAmbiguous or ErrMalformed. It says nothing
// about who signed cert.
func NodeID(cert *x509.Certificate, cluster string) (string, error) {
	label := Label(cluster)
	var found, foreign string
	for _, uri := range cert.URIs {
		if uri.Scheme != scheme {
			continue
		}
		id, err := parse(uri)
		switch {
		case err != nil:
			return "", err
		case uri.Host != label:
			foreign = uri.Host
		case found != "":
			return "", fmt.Errorf("%w: %q and %q", ErrAmbiguous, found, id)
		default:
			found = id
		}
	}
	switch {
	case found != "":
		return found, nil
	case foreign != "":
		return "", fmt.Errorf("%w: %q, not %q", ErrForeign, foreign, label)
	}
	return "", ErrNone
}

// parse returns the node id of a hearsay:// URI, of whatever cluster.
func parse(uri *url.URL) (string, error) {
	escaped, slash := strings.CutPrefix(uri.EscapedPath(), "/")
	id, err := url.PathUnescape(escaped)
	switch {
	case err != nil, !slash, strings.Contains(escaped, "/"), len(id) < 1, len(id) > maxIDBytes,
		uri.User != nil, uri.ForceQuery, uri.RawQuery != "", uri.Fragment != "", uri.Opaque != "":
		return "", fmt.Errorf("%w: %q", ErrMalformed, uri)
	}
	return id, nil
}
