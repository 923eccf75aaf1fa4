package quic

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

func valid() Config {
	return Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), CertFile: "c", KeyFile: "k", CAFile: "a"}
}

// Every number and duration takes its minimum, its maximum and 0, and nothing
// beyond.
func TestRanges(t *testing.T) {
	ranges := map[string][2]int64{
		"HandshakeRate":    {1, 100_000},
		"MaxDatagramBytes": {512, 1160},
		"MaxEnvelopeBytes": {1160, 16 << 20},
		"QueueEnvelopes":   {1, 65_536},
		"QueueBytes":       {1160, 1 << 30},
		"InboxSlots":       {1, transport.MaxInboxSlots},
		"StreamBytes":      {256 << 10, 1 << 30},
		"MaxConnections":   {2, 65_536},
		"MaxDialsInFlight": {1, 1024},
		"ReloadInterval":   {int64(time.Second), int64(24 * time.Hour)},
		"QueueExpiry":      {int64(10 * time.Millisecond), int64(time.Minute)},
		"StreamTimeout":    {int64(100 * time.Millisecond), int64(time.Minute)},
		"DialTimeout":      {int64(100 * time.Millisecond), int64(30 * time.Second)},
		"BackoffMin":       {int64(time.Millisecond), int64(10 * time.Minute)},
		"BackoffMax":       {int64(DefaultBackoffMin), int64(10 * time.Minute)},
		"IdleTimeout":      {int64(time.Second), int64(2 * time.Hour)},
		"KeepAlive":        {int64(time.Second), int64(DefaultIdleTimeout / 2)},
	}
	for field, bounds := range ranges {
		try := func(value int64, ok bool) {
			t.Helper()
			c := valid()
			reflect.ValueOf(&c).Elem().FieldByName(field).SetInt(value)
			if err := c.Validate(); (err == nil) != ok || (err != nil && !strings.Contains(err.Error(), field)) {
				t.Errorf("%s = %d: %v, want it valid: %v", field, value, err, ok)
			}
		}
		try(0, true)
		try(bounds[0], true)
		try(bounds[1], true)
		try(-1, false)
		try(bounds[1]+1, false)
		if bounds[0] > 1 {
			try(bounds[0]-1, false)
		}
	}
	for field := range reflect.TypeFor[Config]().Fields() {
		if _, tried := ranges[field.Name]; !tried && field.Type.ConvertibleTo(reflect.TypeFor[int64]()) {
			t.Errorf("%s is a number that was not tried", field.Name)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	if err := valid().withDefaults().Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Config){
		"large envelopes": func(c *Config) { c.MaxEnvelopeBytes = 16 << 20 },
		"long back-off":   func(c *Config) { c.BackoffMin = time.Minute },
	} {
		c := valid()
		change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListenAndFilter(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"Listen is missing": func(c *Config) { c.Listen = netip.AddrPort{} },
		"multicast":         func(c *Config) { c.Listen = netip.MustParseAddrPort("224.0.0.1:1") },
		"Filter: ":          func(c *Config) { c.Filter.Allow = []netip.Prefix{{}} },
	} {
		c := valid()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q in it", err, name)
		}
	}
}
