package sim

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// Whoever adds a field to hearsay.Config decides what it means here.
func TestEveryFieldOfAConfigurationHasOnePlace(t *testing.T) {
	places := slices.Concat(ownFields, sharedFields, simulatedFields)
	var fields []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[hearsay.Config]()) {
		fields = append(fields, field.Name)
	}
	slices.Sort(places)
	slices.Sort(fields)
	if !slices.Equal(places, fields) {
		t.Errorf("the lists have %v, and the configuration %v", places, fields)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	config := func(change func(node int, cfg *hearsay.Config)) func(int) hearsay.Config {
		return func(node int) (cfg hearsay.Config) {
			change(node, &cfg)
			return cfg
		}
	}
	for want, o := range map[string]Options{
		"Nodes = 0: give 1 to 100000":              {},
		"Nodes = 100001":                           {Nodes: 100_001, Config: config(func(int, *hearsay.Config) { t.Error("asked for too many") })},
		"Seeds = 3: give 1 to Nodes":               {Nodes: 2, Seeds: 3},
		"Seeds = -1":                               {Nodes: 2, Seeds: -1},
		"Link: Loss = 1.5: give a share":           {Nodes: 2, Link: Link{Loss: 1.5}},
		"StartSpread = -1s":                        {Nodes: 2, StartSpread: -time.Second},
		"Config(0): NodeID is set: leave it empty": {Nodes: 2, Config: config(func(_ int, c *hearsay.Config) { c.NodeID = "a" })},
		"Config(1): Transport is set: leave it": {Nodes: 2, Config: config(func(i int, c *hearsay.Config) {
			if i > 0 {
				c.Transport = memory.Config{}
			}
		})},
		"Config(1): Period is 2s, and 1s in Config":   {Nodes: 2, Config: config(func(i int, c *hearsay.Config) { c.Period = time.Duration(i+1) * time.Second })},
		"Config(0): hearsay: Zone is":                 {Nodes: 2, Config: config(func(_ int, c *hearsay.Config) { c.Zone = strings.Repeat("z", 65) })},
		"PauseTolerance":                              {Nodes: 2, Config: config(func(_ int, c *hearsay.Config) { c.PauseTolerance = time.Hour })},
		"Config: and so on":                           {Nodes: 9, Config: config(func(_ int, c *hearsay.Config) { c.Cluster = "prod" })},
		"Config(2): Observer is set: observers find":  {Nodes: 3, Seeds: 1, Converged: true, Config: config(func(i int, c *hearsay.Config) { c.Observer = i == 2 })},
		"Config(0): Observer is set: node 0 is a see": {Nodes: 3, Config: config(func(_ int, c *hearsay.Config) { c.Observer = true })},
	} {
		err := o.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "sim: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate returns %v, want %q", err, want)
		}
		if _, again := New(o); again == nil || again.Error() != err.Error() {
			t.Errorf("New returns %v, and Validate %v", again, err)
		}
	}
	if err := (Options{Nodes: -1, Seeds: -1, StartSpread: -1}).Validate(); strings.Count(err.Error(), "give") != 3 {
		t.Errorf("three mistakes are told as %v", err)
	}
}

// What a caller does to its own slices and maps afterwards is its own matter.
func TestConfigurationsAreCopied(t *testing.T) {
	shared := hearsay.Config{Roles: []string{"a"}, Labels: map[string]string{"k": "v"}}
	c, err := New(Options{Nodes: 1, StartSpread: time.Minute, Config: func(int) hearsay.Config { return shared }})
	if err != nil {
		t.Fatal(err)
	}
	shared.Roles[0], shared.Labels["k"] = "b", "w"
	if err := c.Run(time.Minute); err != nil {
		t.Fatal(err)
	}
	if m := c.Node("n0").Metadata().Own(); m.Roles[0] != "a" || m.Labels["k"] != "v" {
		t.Errorf("it says %v", m)
	}
}
