package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

func init() {
	commands["cert"] = command{
		summary: "make certificates for development: cert ca, cert node",
		run:     runCert,
	}
}

func runCert(_ context.Context, args []string, stdout, _ io.Writer) error {
	const usage = "usage: hearsay cert ca|node [flags]"
	if len(args) == 0 {
		return usagef("%s", usage)
	}
	switch args[0] {
	case "ca":
		return runCertCA(args[1:], stdout)
	case "node":
		return runCertNode(args[1:], stdout)
	case "-h", "-help", "--help", "help":
		fmt.Fprintln(stdout, usage)
		return flag.ErrHelp
	}
	return usagef("unknown argument %q; %s", args[0], usage)
}

// certFlags are what both kinds of certificate need.
type certFlags struct {
	cluster, dir string
	validity     time.Duration
	force        bool
}

func (c *certFlags) register(flags *flag.FlagSet, validity time.Duration) {
	flags.StringVar(&c.cluster, "cluster", "", "the cluster's `name`, as in the nodes' configuration (required)")
	flags.StringVar(&c.dir, "dir", ".", "the `directory` of the files; made if it is not there")
	flags.DurationVar(&c.validity, "validity", validity, "how long the certificate is valid, such as 24h")
	flags.BoolVar(&c.force, "force", false, "replace files that exist")
}

func (c *certFlags) check() error {
	switch {
	case c.cluster == "":
		return usagef("-cluster is missing")
	case c.validity <= 0:
		return usagef("-validity %v: give a positive duration", c.validity)
	}
	return nil
}

func runCertCA(args []string, stdout io.Writer) error {
	var c certFlags
	flags := flag.NewFlagSet("cert ca", flag.ContinueOnError)
	c.register(flags, devca.DefaultCAValidity)
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	ca, err := devca.New(c.cluster, devca.Options{Validity: c.validity})
	if err != nil {
		return err
	}
	return write(ca.Pair, c, stdout)
}

func runCertNode(args []string, stdout io.Writer) error {
	var c certFlags
	var id string
	flags := flag.NewFlagSet("cert node", flag.ContinueOnError)
	c.register(flags, devca.DefaultNodeValidity)
	flags.StringVar(&id, "id", "", "the node's `id`, as in its configuration (required)")
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if id == "" {
		return usagef("-id is missing")
	}
	ca, err := devca.Read(c.cluster, c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make it first: hearsay cert ca -cluster %q -dir %q", err, c.cluster, c.dir)
	}
	if err != nil {
		return err
	}
	node, err := ca.Issue(id, devca.Options{Validity: c.validity})
	if err != nil {
		return err
	}
	return write(node, c, stdout)
}

// write writes both files and says so.
func write(pair devca.Pair, c certFlags, stdout io.Writer) error {
	err := pair.Write(c.dir, c.force)
	if errors.Is(err, devca.ErrExists) {
		return fmt.Errorf("%w; -force replaces it", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s and %s, valid until %s\n", pair.CertFile(c.dir), pair.KeyFile(c.dir),
		pair.Certificate.NotAfter.Format(time.DateOnly))
	return nil
}
