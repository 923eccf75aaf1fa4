package udp

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

var addressOf4 = netip.MustParseAddrPort("127.0.0.1:7946")

func TestConfigIsValidated(t *testing.T) {
	valid := Config{Listen: addressOf4, Insecure: true}
	tests := []struct {
		name    string
		change  func(*Config)
		mention string // empty: valid
	}{
		{"defaults", func(*Config) {}, ""},
		{"no address", func(c *Config) { c.Listen = netip.AddrPort{} }, "Listen"},
		{"multicast", func(c *Config) { c.Listen = netip.MustParseAddrPort("224.0.0.1:1") }, "Listen"},
		{"neither key nor plaintext", func(c *Config) { c.Insecure = false }, "hearsay keygen"},
		{"plaintext with a key file", func(c *Config) { c.KeyFile = "keys" }, "Insecure"},
		{"plaintext with keys", func(c *Config) { c.Keys = ringOf(NewKey()) }, "Insecure"},
		{"two sources of keys", func(c *Config) { c.KeyFile, c.Keys = "keys", ringOf(NewKey()) }, "KeyFile and Keys"},
		{"an empty ring", func(c *Config) { c.Insecure, c.Keys = false, new(Keyring) }, "NewKeyring"},
		{"keys", func(c *Config) { c.Insecure, c.Keys = false, ringOf(NewKey()) }, ""},
		{"shortest reload", func(c *Config) { c.ReloadInterval = time.Second }, ""},
		{"short reload", func(c *Config) { c.ReloadInterval = time.Second - 1 }, "ReloadInterval"},
		{"long reload", func(c *Config) { c.ReloadInterval = 24*time.Hour + 1 }, "ReloadInterval"},
		{"few senders", func(c *Config) { c.Senders = 15 }, "Senders"},
		{"many senders", func(c *Config) { c.Senders = MaxSenders + 1 }, "Senders"},
		{"negative rate", func(c *Config) { c.StrangerRate = -1 }, "StrangerRate"},
		{"high rate", func(c *Config) { c.StrangerRate = MaxStrangerRate + 1 }, "StrangerRate"},
		{"smallest datagram", func(c *Config) { c.MaxDatagramBytes = 512 }, ""},
		{"small datagram", func(c *Config) { c.MaxDatagramBytes = 511 }, "MaxDatagramBytes"},
		{"negative datagram", func(c *Config) { c.MaxDatagramBytes = -1 }, "MaxDatagramBytes"},
		{"largest datagram", func(c *Config) { c.MaxDatagramBytes = 1400 }, ""},
		{"large datagram", func(c *Config) { c.MaxDatagramBytes = 1401 }, "MaxDatagramBytes"},
		{"receives what it sends", func(c *Config) { c.ReceiveMaxBytes = 1160 }, ""},
		{"receives less than it sends", func(c *Config) { c.ReceiveMaxBytes = 1159 }, "ReceiveMaxBytes"},
		{"receives most", func(c *Config) { c.ReceiveMaxBytes = 9000 }, ""},
		{"receives too much", func(c *Config) { c.ReceiveMaxBytes = 9001 }, "ReceiveMaxBytes"},
		{"shortest queue", func(c *Config) { c.SendQueue = 1 }, ""},
		{"negative queue", func(c *Config) { c.SendQueue = -1 }, "SendQueue"},
		{"long queue", func(c *Config) { c.SendQueue = MaxSendQueue + 1 }, "SendQueue"},
		{"negative slots", func(c *Config) { c.InboxSlots = -1 }, "InboxSlots"},
		{"many slots", func(c *Config) { c.InboxSlots = transport.MaxInboxSlots + 1 }, "InboxSlots"},
		{"small read buffer", func(c *Config) { c.ReadBufferBytes = MinBufferBytes - 1 }, "ReadBufferBytes"},
		{"large read buffer", func(c *Config) { c.ReadBufferBytes = MaxBufferBytes + 1 }, "ReadBufferBytes"},
		{"small write buffer", func(c *Config) { c.WriteBufferBytes = MinBufferBytes - 1 }, "WriteBufferBytes"},
		{"large write buffer", func(c *Config) { c.WriteBufferBytes = MaxBufferBytes + 1 }, "WriteBufferBytes"},
		{"filter", func(c *Config) { c.Filter.Deny = []netip.Prefix{{}} }, "Filter: Deny[0]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := valid
			test.change(&config)
			err := config.Validate()
			if test.mention == "" && err != nil || test.mention != "" && (err == nil || !strings.Contains(err.Error(), test.mention)) {
				t.Errorf("error %v, want one about %q", err, test.mention)
			}
		})
	}
}

func TestPlaintextHasToBeAskedFor(t *testing.T) {
	opened, err := Config{Listen: addressOf4}.Open(transporttest.Local("a"))
	if !errors.Is(err, ErrNoKey) {
		t.Fatalf("open without a key: %v, %v", opened, err)
	}
}

func TestOpenReportsEveryProblem(t *testing.T) {
	_, err := Config{SendQueue: -1}.Open(transport.Local{NodeID: "a"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Listen", "insecure", "SendQueue", "Cluster"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not mention %s", err, want)
		}
	}
}

func TestPortInUse(t *testing.T) {
	first := openLoopback(t, "a", nil)
	_, err := Config{Listen: first.Info().Local, Insecure: true}.Open(transporttest.Local("b"))
	if err == nil || !isAddressInUse(err) {
		t.Fatalf("error %v, want EADDRINUSE", err)
	}
	for _, want := range []string{"Listen", first.Info().Local.String(), "choose another port"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

func TestForeignAddress(t *testing.T) {
	_, err := Config{Listen: netip.MustParseAddrPort("192.0.2.1:0"), Insecure: true}.Open(transporttest.Local("a"))
	if !errors.Is(err, syscall.EADDRNOTAVAIL) || !strings.Contains(err.Error(), "no such address") {
		t.Errorf("error %v, want one that explains EADDRNOTAVAIL", err)
	}
}

func TestWarnings(t *testing.T) {
	var log bytes.Buffer
	local := transporttest.Local("a")
	local.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	addr, _ := loopback(false)
	opened, err := Config{
		Listen: netip.AddrPortFrom(addr, 0), Insecure: true,
		ReadBufferBytes: 64 << 10, WriteBufferBytes: MaxBufferBytes,
	}.Open(local)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if got := strings.Count(log.String(), "plaintext"); got != 1 {
		t.Errorf("%d warnings about plaintext:\n%s", got, &log)
	}
	if strings.Contains(log.String(), "ReadBufferBytes") {
		t.Errorf("a warning about a buffer that any system grants:\n%s", &log)
	}
}

func TestBuffersAreReadBack(t *testing.T) {
	conn := listen(t)
	for _, direction := range []bufferDirection{readBuffer, writeBuffer} {
		granted, err := setBuffer(conn, direction, 64<<10)
		if err != nil || granted < 64<<10 {
			t.Errorf("direction %d: %d of 65536 granted, %v", direction, granted, err)
		}
	}
	var log bytes.Buffer
	tooMuch := Config{ReadBufferBytes: 64 << 10, WriteBufferBytes: MaxBufferBytes}
	tooMuch.sizeBuffers(conn, slog.New(slog.NewTextHandler(&log, nil)))
	granted, err := setBuffer(conn, writeBuffer, tooMuch.WriteBufferBytes)
	warned := strings.Contains(log.String(), "WriteBufferBytes")
	if short := err != nil || granted < tooMuch.WriteBufferBytes; short != warned {
		t.Errorf("%d of %d granted (%v), warned: %v\n%s", granted, tooMuch.WriteBufferBytes, err, warned, &log)
	}
}
