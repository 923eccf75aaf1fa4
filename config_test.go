package hearsay_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// unopened is a transport that must not be opened.
type unopened struct{ t *testing.T }

func (u unopened) Open(transport.Local) (transport.Transport, error) {
	u.t.Error("the transport was opened")
	return nil, errors.New("opened")
}

// mistakes are configurations that are refused, each for one field.
var (
	longName = strings.Repeat("x", 65)
	mistakes = []struct {
		name   string
		change func(*hearsay.Config)
		want   string // of the message
	}{
		{"no id", func(c *hearsay.Config) { c.NodeID = "" }, "NodeID"},
		{"a long id", func(c *hearsay.Config) { c.NodeID = longName }, "NodeID"},
		{"an id that is no text", func(c *hearsay.Config) { c.NodeID = "\xff" }, "NodeID"},
		{"no cluster", func(c *hearsay.Config) { c.Cluster = "" }, "Cluster"},
		{"a long cluster", func(c *hearsay.Config) { c.Cluster = longName }, "Cluster"},
		{"a long zone", func(c *hearsay.Config) { c.Zone = longName }, "Zone"},
		{"no transport", func(c *hearsay.Config) { c.Transport = nil }, "Transport is missing"},
		{"a seed without port", func(c *hearsay.Config) { c.Seeds = []string{"10.0.0.1"} }, "Seeds"},
		{"a negative seed interval", func(c *hearsay.Config) { c.SeedInterval = -1 }, "SeedInterval"},
		{"a short seed interval", func(c *hearsay.Config) { c.SeedInterval = hearsay.MinSeedInterval - 1 }, "SeedInterval"},
		{"a long seed interval", func(c *hearsay.Config) { c.SeedInterval = hearsay.MaxSeedInterval + 1 }, "SeedInterval"},
		{"a negative tick", func(c *hearsay.Config) { c.TickInterval = -1 }, "TickInterval"},
		{"a short tick", func(c *hearsay.Config) { c.TickInterval = 10*time.Millisecond - 1 }, "TickInterval"},
		{"a long tick", func(c *hearsay.Config) { c.TickInterval = 10*time.Second + 1 }, "TickInterval"},
		{"a negative period", func(c *hearsay.Config) { c.Period = -1 }, "Period"},
		{"a short period", func(c *hearsay.Config) { c.Period = 10*time.Millisecond - 1 }, "Period"},
		{"a long period", func(c *hearsay.Config) { c.Period = time.Minute + 1 }, "Period"},
		{"a negative gossip interval", func(c *hearsay.Config) { c.GossipInterval = -1 }, "GossipInterval"},
		{"gossip slower than the period", func(c *hearsay.Config) { c.GossipInterval = 2 * time.Second }, "GossipInterval"},
		{"a negative topology interval", func(c *hearsay.Config) { c.TopologyInterval = -1 }, "TopologyInterval"},
		{"a long topology interval", func(c *hearsay.Config) { c.TopologyInterval = time.Minute + 1 }, "TopologyInterval"},
		{"a negative tolerance", func(c *hearsay.Config) { c.PauseTolerance = -1 }, "PauseTolerance"},
		{"too long a tolerance", func(c *hearsay.Config) { c.PauseTolerance = 100*time.Second + 1 }, "PauseTolerance"},
		{"a negative budget", func(c *hearsay.Config) { c.StateBudget = -1 }, "StateBudget"},
		{"a small budget", func(c *hearsay.Config) { c.StateBudget = 1<<10 - 1 }, "StateBudget"},
		{"a large budget", func(c *hearsay.Config) { c.StateBudget = 32<<20 + 1 }, "StateBudget"},
		{"a negative life of tombstones", func(c *hearsay.Config) { c.TombstoneLife = -1 }, "TombstoneLife"},
		{"a short life of tombstones", func(c *hearsay.Config) { c.TombstoneLife = time.Minute - 1 }, "TombstoneLife"},
		{"a long life of tombstones", func(c *hearsay.Config) { c.TombstoneLife = 30*24*time.Hour + 1 }, "TombstoneLife"},
		{"a role that is no text", func(c *hearsay.Config) { c.Roles = []string{"\xff"} }, "Roles"},
		{"a long name of a label", func(c *hearsay.Config) { c.Labels = map[string]string{strings.Repeat("k", 97): ""} }, "Labels"},
		{"a version that is no text", func(c *hearsay.Config) { c.AppVersion = "\xff" }, "AppVersion"},
		{"too high a counter", func(c *hearsay.Config) { c.MinCounter = 1 << 31 }, "MinCounter"},
		{"advertising no host", func(c *hearsay.Config) { c.Advertise = netip.MustParseAddrPort("0.0.0.0:7") }, "Advertise"},
		{"advertising many hosts", func(c *hearsay.Config) { c.Advertise = netip.MustParseAddrPort("224.0.0.1:7") }, "Advertise"},
		{"advertising a zone", func(c *hearsay.Config) { c.Advertise = netip.MustParseAddrPort("[fe80::1%eth0]:7") }, "Advertise"},
		{"nothing as another transport", func(c *hearsay.Config) { c.Also = []transport.Opener{nil} }, "Also"},
		{"advertising no host by a network", func(c *hearsay.Config) {
			c.AdvertiseBy = map[string]netip.AddrPort{"udp": netip.MustParseAddrPort("0.0.0.0:7")}
		}, `AdvertiseBy["udp"]`},
		{"advertising a port alone", func(c *hearsay.Config) { c.Advertise = netip.AddrPortFrom(netip.Addr{}, 7) }, "Advertise"},
	}
)

func TestStartRefusesWhatIsWrong(t *testing.T) {
	var all hearsay.Config
	for _, test := range mistakes {
		t.Run(test.name, func(t *testing.T) {
			cfg := hearsay.Config{NodeID: "a", Cluster: "test", Transport: unopened{t}}
			if err := cfg.Validate(); err != nil {
				t.Fatalf("the configuration is wrong before the change: %v", err)
			}
			test.change(&cfg)
			err := cfg.Validate()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Validate returns %v, which does not name %s", err, test.want)
			}
			if _, started := hearsay.Start(t.Context(), cfg); started == nil || started.Error() != err.Error() {
				t.Errorf("Start returns %v, Validate %v", started, err)
			}
		})
		test.change(&all)
	}
	all.GossipInterval, all.PauseTolerance = -1, -1 // whatever the period is
	message := all.Validate().Error()
	for _, test := range mistakes {
		if !strings.Contains(message, test.want) {
			t.Errorf("with everything wrong, %s is not named", test.want)
		}
	}
}

func TestTheBoundsOfAConfigurationAreAllowed(t *testing.T) {
	for _, cfg := range []hearsay.Config{
		{SeedInterval: hearsay.MinSeedInterval, TickInterval: 10 * time.Millisecond, Period: 10 * time.Millisecond},
		{SeedInterval: hearsay.MaxSeedInterval, TickInterval: 10 * time.Second, Period: time.Minute, MinCounter: 1<<31 - 1},
		{Period: time.Second, GossipInterval: time.Second, TopologyInterval: time.Minute, PauseTolerance: 100 * time.Second},
		{GossipInterval: time.Millisecond, TopologyInterval: time.Millisecond, PauseTolerance: time.Second},
		{Advertise: netip.MustParseAddrPort("203.0.113.5:0"), Zone: strings.Repeat("z", 64)},
		{Seeds: []string{"localhost:7946", "[::1]:7946"}},
		{StateBudget: 1 << 10, TombstoneLife: time.Minute, Labels: map[string]string{strings.Repeat("k", 94): "v"}},
		{StateBudget: 32 << 20, TombstoneLife: 30 * 24 * time.Hour, Roles: []string{"web", "db"}, AppVersion: "1.0"},
	} {
		cfg.NodeID, cfg.Cluster, cfg.Transport = strings.Repeat("n", 64), strings.Repeat("c", 64), unopened{t}
		if err := cfg.Validate(); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestAnErrorOfTheTransportIsTheUsers(t *testing.T) {
	cause := errors.New("no such interface")
	_, err := hearsay.Start(t.Context(), hearsay.Config{
		NodeID: "a", Cluster: "test", Transport: failingOpener{cause},
	})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "Transport") {
		t.Errorf("Start returns %v", err)
	}
}

type failingOpener struct{ err error }

func (f failingOpener) Open(transport.Local) (transport.Transport, error) { return nil, f.err }
