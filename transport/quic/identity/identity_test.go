package identity_test

import (
	"crypto/x509"
	"errors"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

func TestClusterLabels(t *testing.T) {
	for cluster, want := range map[string]string{
		"prod":                  "prod",
		"eu-west-1":             "eu-west-1",
		"0":                     "0",
		strings.Repeat("a", 63): strings.Repeat("a", 63),
	} {
		if got := identity.Label(cluster); got != want {
			t.Errorf("Label(%q) = %q, want the name itself", cluster, got)
		}
	}
	for _, cluster := range []string{"Prod", "eu.prod", "prod_eu", "-a", "a-", "x-prod", "größe", "a b", strings.Repeat("a", 64), "\xff"} {
		got := identity.Label(cluster)
		if len(got) != 34 || !strings.HasPrefix(got, "x-") || got != strings.ToLower(got) {
			t.Errorf("Label(%q) = %q, want x- and 32 lower-case characters", cluster, got)
		}
	}
	if a, b := identity.Label("Prod"), identity.Label("pROD"); a == b {
		t.Errorf("two clusters share the label %q", a)
	}
	if got, want := identity.Label("prod_eu"), "x-"; got == want || identity.Label(got) == got {
		t.Errorf("the label %q of another cluster can be taken as a name", got)
	}
}

// Whatever the names, the URI survives the way through a certificate, where it
// stands as text.
func TestURIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cluster := string(rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "cluster"))
		id := string(rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "id"))
		uri, err := url.Parse(identity.URI(cluster, id).String())
		if err != nil {
			t.Fatalf("URI(%q, %q) = %q: %v", cluster, id, identity.URI(cluster, id), err)
		}
		got, err := identity.NodeID(&x509.Certificate{URIs: []*url.URL{uri}}, cluster)
		if err != nil || got != id {
			t.Fatalf("NodeID of %q = %q, %v; want %q", uri, got, err, id)
		}
	})
}

func TestNodeIDOfCertificates(t *testing.T) {
	for _, test := range []struct {
		name string
		uris []string
		want error
	}{
		{"no URI", nil, identity.ErrNone},
		{"another scheme", []string{"spiffe://prod/a"}, identity.ErrNone},
		{"another cluster", []string{"hearsay://staging/a"}, identity.ErrForeign},
		{"two nodes", []string{"hearsay://prod/a", "hearsay://prod/b"}, identity.ErrAmbiguous},
		{"no id", []string{"hearsay://prod/"}, identity.ErrMalformed},
		{"no path", []string{"hearsay://prod"}, identity.ErrMalformed},
		{"two segments", []string{"hearsay://prod/a/b"}, identity.ErrMalformed},
		{"query", []string{"hearsay://prod/a?x"}, identity.ErrMalformed},
		{"fragment", []string{"hearsay://prod/a#x"}, identity.ErrMalformed},
		{"user", []string{"hearsay://u@prod/a"}, identity.ErrMalformed},
		{"port", []string{"hearsay://prod:1/a"}, identity.ErrForeign},
		{"opaque", []string{"hearsay:prod/a"}, identity.ErrMalformed},
		{"too long", []string{"hearsay://prod/" + strings.Repeat("a", 65)}, identity.ErrMalformed},
		{"one malformed beside a good one", []string{"hearsay://prod/a", "hearsay://prod/"}, identity.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := identity.NodeID(certificate(t, test.uris...), "prod")
			if !errors.Is(err, test.want) || id != "" {
				t.Errorf("NodeID = %q, %v; want %v", id, err, test.want)
			}
		})
	}
	id, err := identity.NodeID(certificate(t, "https://a", "hearsay://staging/x", "hearsay://prod/a%2Fb"), "prod")
	if id != "a/b" || err != nil {
		t.Errorf("NodeID = %q, %v; want the id in the cluster among other names", id, err)
	}
}

func certificate(t *testing.T, uris ...string) *x509.Certificate {
	t.Helper()
	cert := new(x509.Certificate)
	for _, text := range uris {
		uri, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		cert.URIs = append(cert.URIs, uri)
	}
	return cert
}
