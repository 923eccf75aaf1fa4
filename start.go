package hearsay

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay/discovery"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/internal/replicas"
	"github.com/hearsay-gossip/hearsay/membership"
	"github.com/hearsay-gossip/hearsay/transport"
)

// routeTimeout bounds how long Start waits for names to become addresses when it
// needs one to find its own. Nothing else of Start waits for the network.
const routeTimeout = 3 * time.Second

// Start opens the transport and begins to join the cluster; it does not wait
// until that is done, see Node.WaitJoined. ctx bounds the start only, and has no
// further say when Start has returned.
//
// An error says which field is wrong and what to do, and leaves nothing behind.
// Seeds that do not answer, names that do not resolve, and an address that
// cannot be found out are no errors: the node keeps trying.
func Start(ctx context.Context, cfg Config) (*Node, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hearsay: start: %w", context.Cause(ctx))
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.Seed == ([2]uint64{}) {
		cfg.Seed = systemSeed()
	}
	file, err := openStateFile(cfg)
	if err != nil {
		return nil, err
	}
	cfg.MinCounter = max(cfg.MinCounter, file.counter)
	resolver, err := cfg.resolver()
	if err != nil {
		return nil, err
	}
	t, err := cfg.opener().Open(transport.Local{
		NodeID:  cfg.NodeID,
		Cluster: cfg.Cluster,
		WireMin: transport.MinWireVersion,
		WireMax: transport.MaxWireVersion,
		Logger:  cfg.Logger,
	})
	if err != nil {
		field := "Transport"
		if len(cfg.Also) > 0 {
			field = "Transport and Also"
		}
		return nil, fmt.Errorf("hearsay: %s: %w", field, err)
	}
	n, err := newNode(ctx, cfg, resolver, file, t)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if err := n.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("hearsay: start: %w", err), n.Close())
	}
	return n, nil
}

// resolver returns all sources of seeds as one.
func (c Config) resolver() (discovery.Resolver, error) {
	seeds, err := discovery.Seeds(c.Seeds...)
	switch {
	case err != nil:
		return nil, fmt.Errorf("hearsay: Seeds: %w", err)
	case c.Resolver == nil:
		return seeds, nil
	case len(c.Seeds) == 0:
		return c.Resolver, nil
	}
	return discovery.Join(seeds, c.Resolver), nil
}

// systemSeed draws a seed that nobody can guess.
func systemSeed() (seed [2]uint64) {
	var b [16]byte
	_, _ = cryptorand.Read(b[:]) // never fails, by its documentation
	return [2]uint64{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}
}

// newNode puts a node together around an open transport. It is at rest.
func newNode(ctx context.Context, cfg Config, resolver discovery.Resolver, file *stateFile, t transport.Transport) (*Node, error) {
	info := t.Info()
	n := &Node{
		cfg:       cfg,
		transport: t,
		file:      file,
		joined:    make(chan struct{}),
		done:      make(chan struct{}),
		seeds: seedWatch{
			resolver: resolver,
			interval: cfg.SeedInterval,
			random:   rand.New(rand.NewPCG(cfg.Seed[0], cfg.Seed[1]^seedStream)),
		},
	}
	n.log = cfg.Logger
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.running, n.stopRunning = context.WithCancel(context.Background())
	n.seeds.node = n

	var seeds []netip.AddrPort
	if cfg.needsRoute(info) {
		seeds = n.seeds.first(ctx, routeTimeout)
	}
	var err error
	if n.listeners, err = hostNetwork.listeners(ctx, cfg, info, seeds); err != nil {
		return nil, err
	}
	if n.coordinator, err = membership.New(cfg.coordinator(info, n.listeners)); err != nil {
		return nil, fmt.Errorf("hearsay: %w", err)
	}
	n.replicas = replicas.New(n.coordinator)
	if n.metadata, err = cfg.metadata(); err != nil {
		return nil, fmt.Errorf("hearsay: Roles, Labels and AppVersion: %w", err)
	}
	n.events = gossiper.NewStream(n.coordinator.View())
	n.gossiper, err = gossiper.New(gossiper.Config{
		Transport:    t,
		Coordinator:  &watched{n.coordinator, n},
		Publisher:    (*publisher)(n),
		TickInterval: cfg.TickInterval,
		Ended:        n.end,
		// Without a Logger: what its steps meet are events and counters, too, and
		// the node's log is not to be waited for.
	})
	return n, err
}

// begin starts the node's goroutines: the driver, and those that it has a use
// for. If the addresses of seeds are known, the first requests to join are sent
// when it returns.
func (n *Node) begin(ctx context.Context) error {
	if n.cfg.Logger != nil {
		n.startLog()
	}
	if n.file.path != "" {
		n.helpers.Go(n.keepState)
	}
	if err := n.gossiper.Start(); err != nil {
		return err
	}
	if err := n.attach(n.metadata); err != nil {
		return err
	}
	if !n.seeds.isStatic() {
		n.helpers.Go(func() { n.seeds.run(n.running) })
		return nil
	}
	addresses, err := n.seeds.resolver.Resolve(ctx)
	if err != nil {
		return err
	}
	return n.join(ctx, addresses)
}

// join tells the coordinator whom to ask, and the first time to begin.
func (n *Node) join(ctx context.Context, seeds []netip.AddrPort) error {
	var err error
	asked := n.gossiper.Do(ctx, func(now membership.Instant) {
		n.coordinator.SetSeeds(now, seeds)
		if !n.hasBegun {
			n.hasBegun = true
			err = n.coordinator.Join(now)
		}
	})
	return errors.Join(asked, err)
}
