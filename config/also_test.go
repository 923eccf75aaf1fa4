package config

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport/quic"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// moving is the file of a node that listens by both while its cluster moves.
const moving = `
cluster: demo
node: n1
transport: quic
also: [udp]
advertise: 203.0.113.7:9000
udp:
  listen: 127.0.0.1:0
  insecure: true
  advertise: 203.0.113.7:9001
quic:
  listen: 127.0.0.1:0
  cert_file: "{node}.pem"
  key_file: "{node}.key"
  ca_file: ca.pem
`

func TestANodeListensByTransportAndAlsoByOthers(t *testing.T) {
	s, err := Parse("hearsay.yaml", []byte(moving), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got.Transport.(quic.Config); !ok || len(got.Also) != 1 {
		t.Fatalf("transport is a %T, and also are %v", got.Transport, got.Also)
	}
	if _, ok := got.Also[0].(udp.Config); !ok {
		t.Errorf("also is a %T", got.Also[0])
	}
	if want := netip.MustParseAddrPort("203.0.113.7:9001"); len(got.AdvertiseBy) != 1 || got.AdvertiseBy["udp"] != want {
		t.Errorf("advertised are %v", got.AdvertiseBy)
	}
}

// The words alone make the steps of a move; no section changes.
func TestOnlyTheNetworksInUseAreAdvertised(t *testing.T) {
	s, err := Parse("hearsay.yaml", []byte(moving), nil, []string{"also="})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Also) != 0 || len(got.AdvertiseBy) != 0 {
		t.Errorf("also are %v, advertised %v, of a node that listens by QUIC alone", got.Also, got.AdvertiseBy)
	}
}

func TestWhatIsWrongWithSeveralTransportsIsTold(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"also: [udp]", "also: [quic]", `hearsay.yaml:5: also: names "quic", by which the node listens already: remove it`},
		{"also: [udp]", "also: [udp, udp]", `hearsay.yaml:5: also: names "udp", by which the node listens already: remove it`},
		{"also: [udp]", "also: [memory]", `hearsay.yaml:5: also: entry 1: "memory" is none of udp, quic`},
		{"also: [udp]", "also: udp", `hearsay.yaml:5: also: is text: write a list`},
		{"  insecure: true\n", "", `hearsay.yaml: udp.key_file: is not set`},
		{"  listen: 127.0.0.1:0\n  insecure", "  insecure", `hearsay.yaml: udp.listen: is missing`},
		{"203.0.113.7:9001", "0.0.0.0:9001", `hearsay.yaml:10: udp.advertise: "0.0.0.0:9001" is no address of one node`},
		{"  ca_file: ca.pem\n", "", `hearsay.yaml: quic.ca_file: is missing`},
	} {
		if !strings.Contains(moving, test.before) {
			t.Fatalf("the file has no %q", test.before)
		}
		_, err := Parse("hearsay.yaml", []byte(strings.Replace(moving, test.before, test.after, 1)), nil, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q for %q:\n got %v\nwant %s", test.after, test.before, err, test.want)
		}
	}
}
