package sim

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// What becomes of the fields of a hearsay.Config. Each has one place.
var (
	// ownFields may differ by node.
	ownFields = []string{"Zone", "Observer", "Roles", "Labels", "AppVersion", "StateFile"}
	// sharedFields are the same for all nodes: the rules that are checked are
	// about clusters of one pace.
	sharedFields = []string{"Period", "GossipInterval", "TopologyInterval", "PauseTolerance", "StateBudget", "TombstoneLife"}
	// simulatedFields are the simulator's to set.
	simulatedFields = []string{
		"NodeID", "Cluster", "Transport", "Also", "Seeds", "Resolver", "SeedInterval", "Advertise", "AdvertiseBy",
		"Logger", "TickInterval", "MinCounter", "Seed",
	}
)

// judge returns all that is wrong with the configuration of a node, beside that
// of the first.
func judge(node int, cfg, first hearsay.Config) error {
	var problems []error
	given, others := reflect.ValueOf(cfg), reflect.ValueOf(first)
	for _, field := range simulatedFields {
		if !given.FieldByName(field).IsZero() {
			problems = append(problems, fmt.Errorf("Config(%d): %s is set: leave it empty, it is the simulator's", node, field))
		}
	}
	for _, field := range sharedFields {
		if is, was := given.FieldByName(field).Interface(), others.FieldByName(field).Interface(); is != was {
			problems = append(problems, fmt.Errorf("Config(%d): %s is %v, and %v in Config(0): give all nodes the same", node, field, is, was))
		}
	}
	if len(problems) == 0 {
		// Nodes that run are held to the same rules.
		cfg.NodeID, cfg.Cluster, cfg.Transport, cfg.Seeds = "n", "sim", memory.Config{}, []string{"10.0.0.1:7946"}
		if err := cfg.Validate(); err != nil {
			problems = append(problems, fmt.Errorf("Config(%d): %w", node, err))
		}
	}
	return errors.Join(problems...)
}

// copied returns a configuration whose slices and maps are nobody else's.
func copied(cfg hearsay.Config) hearsay.Config {
	cfg.Roles = slices.Clone(cfg.Roles)
	labels := make(map[string]string, len(cfg.Labels))
	for key, value := range cfg.Labels {
		labels[key] = value
	}
	cfg.Labels = labels
	return cfg
}
