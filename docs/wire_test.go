package docs_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/udp"
	"github.com/hearsay-gossip/hearsay/wire"
)

// read returns a text file of the repository, with lines that end in \n.
func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

// The bytes that wire.md shows are those that a node sends.
func TestTheDatagramsOfTheWirePage(t *testing.T) {
	page := read(t, "wire.md")
	for name, sent := range map[string]struct {
		node     string
		envelope hearsayv1.Envelope
	}{
		"probe": {"n1", hearsayv1.Envelope{
			Sender: wire.Key("n1"), Generation: 0x0a0b0c0d, Sequence: 0x11223344, Root: 0x8877665544332211, Probe: wire.Key("n2"),
		}},
		"ack": {"n2", hearsayv1.Envelope{
			Sender: wire.Key("n2"), Generation: 0x0e0f1011, Root: 0x8877665544332211, Ack: 0x11223344,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := shown(t, page, name)
			got := datagram(t, udp.Config{Insecure: true}, sent.node, &sent.envelope)
			if !bytes.Equal(got, want) {
				t.Errorf("sent  % x\nshown % x", got, want)
			}
		})
	}
}

// The sizes that the prose names.
func TestTheSizesOfTheWirePage(t *testing.T) {
	probe := hearsayv1.Envelope{Sender: 1, Generation: 1, Sequence: 1, Root: 1, Probe: 1}
	ack := hearsayv1.Envelope{Sender: 1, Generation: 1, Root: 1, Ack: 1}
	for _, test := range []struct {
		envelope       hearsayv1.Envelope
		quiet, refuted int
	}{{probe, 37, 42}, {ack, 28, 33}} {
		if size := test.envelope.Size(); size != test.quiet {
			t.Errorf("%d bytes, the page says %d", size, test.quiet)
		}
		test.envelope.Incarnation = 1
		if size := test.envelope.Size(); size != test.refuted {
			t.Errorf("%d bytes with an incarnation, the page says %d", size, test.refuted)
		}
	}
}

var hexLine = regexp.MustCompile(`^(?:[0-9a-f]{2} ?)+`)

// shown returns the bytes of a block of the page.
func shown(t *testing.T, page, name string) []byte {
	t.Helper()
	_, rest, found := strings.Cut(page, "```hex "+name+"\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("the page has no block %q", name)
	}
	var all []byte
	for line := range strings.Lines(block) {
		part, err := hex.DecodeString(strings.ReplaceAll(hexLine.FindString(line), " ", ""))
		if err != nil || len(part) == 0 {
			t.Fatalf("line %q: %v", line, err)
		}
		all = append(all, part...)
	}
	return all
}

// A sealed datagram opens by what the page says of it, and by nothing of the
// transport's own code.
func TestTheSealOfTheWirePage(t *testing.T) {
	envelope := hearsayv1.Envelope{Sender: wire.Key("n1"), Generation: 7, Sequence: 8, Root: 9, Probe: wire.Key("n2")}
	key := udp.NewKey()
	ring, err := udp.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := datagram(t, udp.Config{Keys: ring}, "n1", &envelope)
	tag := sha256.Sum256([]byte("demo"))
	if sealed[0] != 0x80|transport.MinWireVersion || !bytes.Equal(sealed[1:5], tag[:4]) {
		t.Errorf("begins with % x", sealed[:5])
	}
	if counter := binary.LittleEndian.Uint64(sealed[14:22]); counter != 1 {
		t.Errorf("the first datagram has counter %d", counter)
	}
	subkey, err := hkdf.Expand(sha256.New, key[:], "hearsay udp v1 "+string(sealed[6:14])+"demo", 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(subkey)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, sealed[10:22], sealed[22:], sealed[:22])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, envelope.AppendTo(nil)) {
		t.Errorf("opens to % x", plain)
	}
	if len(sealed) != 75 {
		t.Errorf("%d bytes, the page says 75", len(sealed))
	}
}

// datagram returns what a node of cluster demo puts on the network.
func datagram(t *testing.T, cfg udp.Config, node string, envelope *hearsayv1.Envelope) []byte {
	t.Helper()
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	listener, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cfg.Listen = loopback
	sender, err := cfg.Open(transport.Local{NodeID: node, Cluster: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	target := listener.LocalAddr().(*net.UDPAddr).AddrPort()
	if err := sender.Send(transport.Outbound{Target: target, Envelope: envelope}); err != nil {
		t.Fatal(err)
	}
	if err := listener.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 2048)
	n, err := listener.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return buffer[:n]
}
