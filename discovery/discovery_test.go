package discovery_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hearsay-gossip/hearsay/discovery"
)

// names is a name server.
type names map[string][]string

var errNoSuchHost = errors.New("no such host")

func (n names) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if network != "ip" {
		return nil, fmt.Errorf("asked for %q, want both families", network)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found, ok := n[host]
	if !ok {
		return nil, errNoSuchHost
	}
	var ips []netip.Addr
	for _, ip := range found {
		ips = append(ips, netip.MustParseAddr(ip))
	}
	return ips, nil
}

func texts(addresses []netip.AddrPort) []string {
	var list []string
	for _, a := range addresses {
		list = append(list, a.String())
	}
	return list
}

func expect(t *testing.T, r discovery.Resolver, wantErrors []string, want ...string) {
	t.Helper()
	found, err := r.Resolve(t.Context())
	if got := texts(found); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if len(wantErrors) == 0 && err != nil {
		t.Errorf("unexpected error: %v", err)
	}
	for _, part := range wantErrors {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v does not say %q", err, part)
		}
	}
}

func TestStaticGivesEachAddressOnce(t *testing.T) {
	a, b := netip.MustParseAddrPort("10.0.0.1:7"), netip.MustParseAddrPort("[fd00::1]:7")
	mapped := netip.MustParseAddrPort("[::ffff:10.0.0.1]:7")
	given := []netip.AddrPort{b, a, mapped, b, {}, netip.MustParseAddrPort("0.0.0.0:7"), netip.MustParseAddrPort("10.0.0.1:0")}
	r := discovery.Static(given...)
	given[0] = a // is not the resolver's
	expect(t, r, nil, "[fd00::1]:7", "10.0.0.1:7")
	found, _ := r.Resolve(t.Context())
	found[0] = a // nor is this
	expect(t, r, nil, "[fd00::1]:7", "10.0.0.1:7")
}

func TestDNSGivesAllAddressesOfAllNames(t *testing.T) {
	server := names{
		"one.example": {"10.0.0.1", "fd00::1", "10.0.0.1"},
		"two.example": {"::ffff:10.0.0.2", "10.0.0.1"},
		"empty":       {},
	}
	r := discovery.DNS{
		Lookup: server,
		Names:  []string{"one.example:7", "gone.example:7", "two.example:7", "empty:7", "127.0.0.1:9", "[::1]:9", "one.example:8"},
	}
	expect(t, r, []string{`seed "gone.example:7": no such host`, `seed "empty:7": the name has no addresses`},
		"10.0.0.1:7", "[fd00::1]:7", "10.0.0.2:7", "127.0.0.1:9", "[::1]:9", "10.0.0.1:8", "[fd00::1]:8")
	if _, err := r.Resolve(t.Context()); !errors.Is(err, errNoSuchHost) {
		t.Errorf("%v does not wrap the cause", err)
	}
	server["gone.example"] = []string{"10.0.0.3"}
	server["empty"] = []string{"10.0.0.4"}
	found, err := r.Resolve(t.Context())
	if err != nil || len(found) != 9 {
		t.Errorf("asked again: %v, %v; want 9 addresses", found, err)
	}
}

func TestDNSEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := discovery.DNS{Lookup: names{"one.example": nil}, Names: []string{"one.example:7"}}.Resolve(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Resolve returns %v", err)
	}
}

func TestSeedsSaysWhatIsWrong(t *testing.T) {
	tests := map[string]string{
		"":                   "is not host:port",
		"example.com":        "is not host:port",
		"10.0.0.1":           "is not host:port",
		"fd00::1":            "is not host:port",
		"[fd00::1]":          "is not host:port",
		":7946":              "names no host",
		"example.com:":       "has no port that is a number",
		"example.com:http":   "has no port that is a number",
		"example.com:0":      "has no port that is a number",
		"example.com:-1":     "has no port that is a number",
		"example.com:65536":  "has no port that is a number",
		"10.0.0.1:0":         "is no address of a node",
		"0.0.0.0:7946":       "is no address of a node",
		"[::]:7946":          "is no address of a node",
		"224.0.0.1:7946":     "is no address of a node",
		"https://a.example/": "has no port that is a number",
	}
	var all []string
	for seed, want := range tests {
		all = append(all, seed)
		r, err := discovery.Seeds("10.0.0.1:7", seed)
		if err == nil || r != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("%q", seed)) {
			t.Errorf("Seeds(%q) returns %v, want %q", seed, err, want)
		}
	}
	_, err := discovery.Seeds(all...)
	if n := strings.Count(fmt.Sprint(err), "discovery: seed"); n != len(tests) {
		t.Errorf("%d of %d problems are told at once", n, len(tests))
	}
}

func TestSeedsKnowsWhatNeverChanges(t *testing.T) {
	addresses, err := discovery.Seeds("10.0.0.1:7", "[fd00::1]:7")
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := discovery.Seeds("10.0.0.1:7", "example.com:7")
	if err != nil {
		t.Fatal(err)
	}
	none, err := discovery.Seeds()
	if err != nil {
		t.Fatal(err)
	}
	expect(t, addresses, nil, "10.0.0.1:7", "[fd00::1]:7")
	expect(t, none, nil)
	for r, want := range map[*discovery.Resolver]bool{&addresses: true, &mixed: false, &none: true} {
		if got := discovery.IsStatic(*r); got != want {
			t.Errorf("IsStatic(%v) is %v", *r, got)
		}
	}
	if !discovery.IsStatic(discovery.Join(addresses, none)) || discovery.IsStatic(discovery.Join(addresses, mixed)) {
		t.Error("IsStatic is wrong about Join")
	}
	if discovery.IsStatic(discovery.File{}) {
		t.Error("a file may change")
	}
}

func TestAFileIsReadAgainEachTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seeds")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := discovery.File{Path: path, Lookup: names{"one.example": {"10.0.0.1"}}}
	if _, err := r.Resolve(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("without a file Resolve returns %v", err)
	}
	write("# the first rack\n\n 10.0.0.9:7 # node-9\r\none.example:7\nnonsense\n[fd00::1]:7")
	expect(t, r, []string{path + `:5: discovery: seed "nonsense" is not host:port`}, "10.0.0.9:7", "10.0.0.1:7", "[fd00::1]:7")
	write("10.0.0.8:7\n")
	expect(t, r, nil, "10.0.0.8:7")
	write("")
	expect(t, r, nil)
	write(strings.Repeat("# long\n", 1<<18))
	expect(t, r, []string{"has more than 1048576 bytes"})
}

func TestJoinGivesWhatItCanGet(t *testing.T) {
	r := discovery.Join(
		discovery.Static(netip.MustParseAddrPort("10.0.0.2:7")),
		discovery.DNS{Lookup: names{}, Names: []string{"gone.example:7"}},
		discovery.Static(netip.MustParseAddrPort("10.0.0.1:7"), netip.MustParseAddrPort("10.0.0.2:7")),
	)
	expect(t, r, []string{"no such host"}, "10.0.0.2:7", "10.0.0.1:7")
	expect(t, discovery.Join(), nil)
}

// crowd is a name server that counts how many questions it has at a time, and
// answers none before there are as many as there may be.
type crowd struct {
	now, most atomic.Int32
	full      chan struct{}
}

func (c *crowd) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	if n == 16 {
		close(c.full)
	}
	select {
	case <-c.full:
	case <-ctx.Done():
	}
	return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
}

func TestLookupsRunInParallelAndAreBounded(t *testing.T) {
	var seeds []string
	for i := range 1000 {
		seeds = append(seeds, fmt.Sprintf("n%d.example:%d", i, i+1))
	}
	c := &crowd{full: make(chan struct{})}
	found, err := discovery.DNS{Lookup: &onceFull{c}, Names: seeds}.Resolve(t.Context())
	if err != nil || len(found) != 1000 {
		t.Errorf("%d found, %v", len(found), err)
	}
	for i, address := range found {
		if int(address.Port()) != i+1 {
			t.Fatalf("address %d is %v: the order is lost", i, address)
		}
	}
	if most := c.most.Load(); most != 16 {
		t.Errorf("%d look-ups at a time, want 16", most)
	}
}

// onceFull lets everything through after the first crowd.
type onceFull struct{ *crowd }

func (c *onceFull) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	select {
	case <-c.full:
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	default:
		return c.crowd.LookupNetIP(ctx, network, host)
	}
}
