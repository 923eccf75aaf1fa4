// Package config reads the configuration of a node from a YAML file, the
// environment and flags.
//
//	cluster: demo
//	node: node-1
//	transport: udp
//	seeds: [seed-1.example.com:7946, 192.0.2.7:7946]
//	udp:
//	  listen: 0.0.0.0:7946
//	  key_file: cluster.keys
//
// The transport is one word; the section of that name configures it. The list
// named also has others, by which the node listens while its cluster moves from
// one to the other. A program that wants its operators to choose reads
//
//	settings, err := config.Load("hearsay.yaml", os.Environ(), nil)
//	if err != nil {
//		log.Fatal(err)
//	}
//	cfg, err := settings.Config()
//	if err != nil {
//		log.Fatal(err)
//	}
//	node, err := hearsay.Start(ctx, cfg)
//
// A program that knows its transport fills hearsay.Config itself and does not
// need this package, nor the YAML and the transports that come with it.
//
// # Sources
//
// Later ones win: the defaults, the file, the environment, flags. The variable
// of a setting is HEARSAY_ and its name in capitals, with _ for a dot:
// HEARSAY_UDP_LISTEN. An empty variable counts as not set; lists are separated
// by commas.
//
// # Errors
//
// Every number and duration has a unit, a default, a least and a greatest
// value, and a configuration is used only if all of it is right. Otherwise
// Load returns an *Error with everything that is wrong, each problem with its
// place and with what to do:
//
//	hearsay.yaml:3: transprot: is not a setting, did you mean "transport"?
//	hearsay.yaml:6: udp.listen: "7946" is not an IP address with a port: …
//	environment: HEARSAY_PERIOD: 1 has no unit: write 1s or 1ms
//
// The settings are listed in docs/configuration.md, which is made from the same
// table that reads them.
package config
