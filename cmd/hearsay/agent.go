package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
	"github.com/hearsay-gossip/hearsay/config"
)

func init() {
	commands["agent"] = command{"run a member as a process of its own, with an admin API", runAgent}
}

const aboutAgent = `
The agent is a member of the cluster, for services that do not import the library,
and for hosts as such. It logs to standard error and runs until it has left:
"hearsay leave", an interrupt or SIGTERM make it tell the others and end, a second
signal ends it at once. Files of keys and certificates are followed while it runs,
at their intervals, so SIGHUP changes nothing.

ADDRESS is where status, members, watch, health, state, forget, quarantine, release
and leave reach it: unix:///path/of/a/socket, for its own user alone, or
tcp://127.0.0.1:port, for everybody on this host. Without it there is no admin API.

Exit codes: 0, it has left; 1, it could not start, or not go on, or not tell all
others that it goes; 2, the command line is wrong; 3, another process has taken its
id: do not start it again.
`

// agent is the command line of "hearsay agent".
type agent struct {
	file         string
	settings     []string
	address      string
	format       string
	leaveTimeout time.Duration
}

func (a *agent) parse(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.StringVar(&a.file, "config", "", "the configuration `file` (required)")
	flags.Func("set", "a setting that outranks the file's, `key=value`, such as node=n1 (any number of times)", func(pair string) error {
		a.settings = append(a.settings, pair)
		return nil
	})
	flags.StringVar(&a.address, "admin", os.Getenv(adminVariable), "the `address` of the admin API, if there is to be one, or $"+adminVariable)
	flags.StringVar(&a.format, "log", "text", "the `format` of the log: text or json")
	flags.DurationVar(&a.leaveTimeout, "leave-timeout", admin.DefaultLeaveTimeout, "how long the others are told that it goes, at most")
	err := parseFlags(flags, args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, aboutAgent)
		return err
	case err != nil:
		return err
	case a.file == "":
		return usagef("-config is missing; docs/configuration.md lists what is in the file")
	case a.format != "text" && a.format != "json":
		return usagef("-log %q: give text or json", a.format)
	case a.leaveTimeout <= 0 || a.leaveTimeout > admin.MaxLeaveTimeout:
		return usagef("-leave-timeout %v: give a duration above 0 and up to %v", a.leaveTimeout, admin.MaxLeaveTimeout)
	}
	return nil
}

// configuration returns that of the agent's node.
func (a *agent) configuration(log *slog.Logger) (hearsay.Config, error) {
	s, err := config.Load(a.file, os.Environ(), a.settings)
	if err != nil {
		return hearsay.Config{}, err
	}
	if s.Transport == "memory" {
		return hearsay.Config{}, fmt.Errorf("%s: transport is memory: such a cluster is within one process, and an agent would be alone in it", a.file)
	}
	s.Node.Logger = log
	return s.Config()
}

func runAgent(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var a agent
	if err := a.parse(args, stdout); err != nil {
		return err
	}
	var lines slog.Handler = slog.NewTextHandler(stderr, nil)
	if a.format == "json" {
		lines = slog.NewJSONHandler(stderr, nil)
	}
	log := slog.New(lines)
	cfg, err := a.configuration(log)
	if err != nil {
		return err
	}
	// Before the node starts: if an agent serves there, it is likely the same node.
	var listener net.Listener
	if a.address != "" {
		if listener, err = admin.Listen(ctx, a.address); err != nil {
			return fmt.Errorf("-admin: %w", err)
		}
		defer listener.Close()
	}
	node, err := hearsay.Start(ctx, cfg)
	if err != nil {
		return err
	}
	defer node.Close()
	return a.run(ctx, node, listener, log)
}

// run is the life of a node, until it has ended.
func (a *agent) run(ctx context.Context, node *hearsay.Node, listener net.Listener, log *slog.Logger) error {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)

	log.Info("agent started", "node", node.ID(), "address", node.LocalAddr(), "admin", served(listener))
	joined := make(chan error, 1)
	go func() { joined <- node.WaitJoined(context.Background()) }() // until the node ends
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	unserved := make(chan error, 1)
	go func() { unserved <- a.serve(serving, node, listener, log) }()

	interrupted := ctx.Done()
	var reason error
	for running := true; running; {
		select {
		case <-node.Done():
			running = false
		case err := <-joined:
			if joined = nil; err == nil {
				log.Info("agent joined", "node", node.ID(), "members", node.View().Len())
			}
		case <-hangUps:
			log.Info("SIGHUP: nothing is to be read again: files of keys and certificates are followed")
		case <-interrupted:
			interrupted = nil
			reason = a.leave(ctx, node, log, context.Cause(ctx))
		case err := <-unserved:
			unserved = nil
			err = fmt.Errorf("the admin API has failed: %w", err)
			reason = errors.Join(err, a.leave(ctx, node, log, err))
		}
	}
	if stopServing(); unserved != nil {
		<-unserved
	}
	if reason == nil && !errors.Is(node.Err(), hearsay.ErrLeft) {
		reason = node.Err()
	}
	return reason
}

// served is where the admin API is, with the port that the system chose.
func served(listener net.Listener) string {
	if listener == nil {
		return "none"
	}
	return admin.Address(listener)
}

// serve serves the admin API, if there is to be one, until ctx ends.
func (a *agent) serve(ctx context.Context, node *hearsay.Node, listener net.Listener, log *slog.Logger) error {
	if listener == nil {
		<-ctx.Done()
		return nil
	}
	return admin.Serve(ctx, listener, admin.Handler(node, admin.Config{Logger: log, LeaveTimeout: a.leaveTimeout}))
}

// leave tells the others that the node goes, unless they know already.
func (a *agent) leave(ctx context.Context, node *hearsay.Node, log *slog.Logger, because error) error {
	log.Info("agent leaves", "node", node.ID(), "reason", because)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), a.leaveTimeout, fmt.Errorf("not done within %v", a.leaveTimeout))
	defer cancel()
	if err := node.Leave(ctx); err != nil && !errors.Is(err, hearsay.ErrLeft) {
		return err
	}
	return nil
}
