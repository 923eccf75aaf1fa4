// Command config runs five nodes whose transport is chosen by the YAML file that
// it is given: udp.yaml, quic.yaml or memory.yaml. Four of them know only the
// first. One leaves, one dies without a word, and the three that remain agree on
// what is left.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/config"
	"github.com/hearsay-gossip/hearsay/examples/internal/agreement"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: config FILE.yaml, such as examples/config/udp.yaml")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "examples/config:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string) error {
	dir, err := os.MkdirTemp("", "hearsay-config")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	settings, err := load(file, dir)
	if err != nil {
		return fmt.Errorf("the configuration is not right:\n%w", err)
	}
	ids := []string{"n1", "n2", "n3", "n4", "n5"}
	if err := prepare(ctx, settings, dir, ids); err != nil {
		return err
	}

	witness := agreement.New() // compares, at the end, what nodes tell and show
	var watchers sync.WaitGroup
	var nodes []*hearsay.Node
	for _, id := range ids {
		settings.Node.NodeID = id // one file for all
		cfg, err := settings.Config()
		if err != nil {
			return err
		}
		node, err := hearsay.Start(ctx, cfg)
		if err != nil {
			return err
		}
		defer node.Close()
		nodes = append(nodes, node)
		settings.Node.Seeds = []string{nodes[0].LocalAddr().String()} // the others know the first
		watchers.Go(func() { watch(ctx, node) })
		witness.Follow(ctx, node)
	}

	if err := live(ctx, witness, nodes); err != nil {
		return err
	}
	for _, node := range nodes {
		node.Close() // ends its events, too
	}
	watchers.Wait()
	fmt.Println("n3 was found dead, three nodes agree: all views are equal")
	return nil
}

// live is what happens to the five nodes.
func live(ctx context.Context, witness *agreement.Witness, nodes []*hearsay.Node) error {
	// Everyone finds everyone through the one node that they know.
	for _, node := range nodes {
		if err := node.WaitJoined(ctx); err != nil {
			return fmt.Errorf("%s does not join: %w", node.ID(), err)
		}
	}
	if err := witness.Agree(ctx, nodes...); err != nil {
		return err
	}
	fmt.Println("five nodes agree")

	// One says goodbye.
	if err := nodes[1].Leave(ctx); err != nil {
		return fmt.Errorf("%s does not leave: %w", nodes[1].ID(), err)
	}
	if err := witness.Agree(ctx, nodes[0], nodes[2], nodes[3], nodes[4]); err != nil {
		return err
	}
	fmt.Println("n2 has left, four nodes agree")

	// One dies without a word: Close sends nothing. The others find out.
	if err := nodes[2].Close(); err != nil {
		return err
	}
	return witness.Agree(ctx, nodes[0], nodes[3], nodes[4])
}

// load reads the file. It names certificates that a real cluster has; here the
// environment, which overrides the file, names some that are made in dir.
func load(file, dir string) (*config.Settings, error) {
	environ := append(os.Environ(),
		"HEARSAY_QUIC_CERT_FILE="+filepath.Join(dir, "{node}.pem"),
		"HEARSAY_QUIC_KEY_FILE="+filepath.Join(dir, "{node}.key"),
		"HEARSAY_QUIC_CA_FILE="+filepath.Join(dir, "ca.pem"))
	return config.Load(file, environ, nil)
}

// prepare does what the surroundings of a real node do: it issues certificates,
// or moves the simulated network.
func prepare(ctx context.Context, settings *config.Settings, dir string, ids []string) error {
	switch settings.Transport {
	case "quic":
		authority, err := devca.New(settings.Node.Cluster, devca.Options{})
		if err != nil {
			return err
		}
		if err := authority.Write(dir, false); err != nil {
			return err
		}
		for _, id := range ids {
			certificate, err := authority.Issue(id, devca.Options{})
			if err != nil {
				return err
			}
			if err := certificate.Write(dir, false); err != nil {
				return err
			}
		}
	case "memory":
		network, err := settings.Network()
		if err != nil {
			return err
		}
		go memory.Drive(ctx, network, settings.Memory.Interval)
	}
	return nil
}

// watch prints a node's topology updates as they come. The first one tells all
// that the node knows, each later one what has changed.
func watch(ctx context.Context, node *hearsay.Node) {
	for event := range node.Events(ctx, 64) {
		if update, ok := event.(hearsay.TopologyUpdated); ok {
			fmt.Printf("  %s sees %d members, view %016x: %s\n",
				node.ID(), update.View.Len(), update.View.Hash, agreement.Statuses(update.Changed))
		}
	}
}
