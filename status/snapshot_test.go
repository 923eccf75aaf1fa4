package status

import (
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was made with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what is made now (-update writes it anew):\n%s", file, got)
	}
}

// madeUp is a node that sees one member of each kind, and whose every counter
// has a value of its own. Its id needs escapes.
func madeUp(t *testing.T) *snapshot {
	t.Helper()
	var view hearsay.View
	if err := json.Unmarshal([]byte(`{
		"version": 12, "hash": "89abcdef01234567", "self": "a", "observed_at": "2026-11-22T10:00:00.25Z",
		"members": [
			{"id": "a", "generation": "12884901889", "status": "up", "incarnation": 0, "version": 1, "health": "healthy", "zone": "eu",
			 "endpoints": [{"network": "udp", "address": "10.0.0.1:7946"}], "wire_min": 1, "wire_max": 1},
			{"id": "b", "generation": "4294967297", "status": "suspect", "incarnation": 2, "version": 1, "accusers": ["a", "c"]},
			{"id": "c", "generation": "4294967298", "status": "up", "incarnation": 0, "version": 3, "health": "degraded"}],
		"gone": [{"id": "d", "generation": "4294967299", "status": "dead", "incarnation": 0, "version": 1}],
		"blocked": [
			{"prefix": "10.9.0.0/16", "until": "2026-11-22T12:00:00Z"},
			{"id": "e", "until": "2026-11-22T11:30:00Z"}]}`), &view); err != nil {
		t.Fatal(err)
	}
	s := &snapshot{
		id: "a \"b\\c\"\nd", cluster: "prod", generation: 3<<32 | 1, joined: true, isolated: true,
		addresses: map[string]netip.AddrPort{
			"udp": netip.MustParseAddrPort("10.0.0.1:7946"), "quic": netip.MustParseAddrPort("[fd00::1]:7947"),
		},
		view: &view, agreement: &hearsay.Agreement{Heard: 3, Share: 2.0 / 3},
		ended: errors.New("hearsay: the node is closed"),
	}
	s.stats.Networks = map[string]transport.Stats{"udp": {}, "quic": {}}
	number(&s.stats)
	return s
}

// number gives each field of the counters another value, from 1001 on: seconds
// where it is a duration. It returns the first that was not given.
func number(stats *hearsay.Stats) int64 {
	next := int64(1001)
	stats.Transport = transport.Stats{}
	for _, network := range []string{"quic", "udp"} {
		part := stats.Networks[network]
		next = numbered(reflect.ValueOf(&part).Elem(), next)
		stats.Networks[network] = part
		stats.Transport = stats.Transport.Plus(part)
	}
	for field, value := range reflect.ValueOf(stats).Elem().Fields() {
		if field.Name != "Transport" && field.Name != "Networks" {
			next = numbered(value, next)
		}
	}
	return next
}

// numbered gives the numbers in v values from next on, and returns the first
// that it did not.
func numbered(v reflect.Value, next int64) int64 {
	switch {
	case v.Kind() == reflect.Struct:
		for _, field := range v.Fields() {
			next = numbered(field, next)
		}
		return next
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			next = numbered(v.Index(i), next)
		}
		return next
	case v.CanUint():
		v.SetUint(uint64(next))
	case v.Type() == reflect.TypeFor[time.Duration]():
		v.SetInt(next * int64(time.Second))
	default:
		v.SetInt(next) // which panics if there is a kind of field that nobody has thought of
	}
	return next + 1
}
