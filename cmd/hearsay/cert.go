package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

func init() {
	commands["cert"] = command{
		summary: "make certificates for development: cert ca, cert node",
		run:     runCert,
	}
}

const certUsage = `usage: hearsay cert ca -cluster NAME [flags]             1. an authority, once for a cluster
       hearsay cert node -cluster NAME -id NODE [flags]  2. a certificate for each node, by it

A node's certificate names the node and the cluster. Each node gets its own pair
of files and ca.pem, and never ca.key: whoever has that decides who is in.
"hearsay cert ca -h" and "hearsay cert node -h" list the flags.
`

func runCert(_ context.Context, args []string, stdout, _ io.Writer) error {
	if len(args) == 0 {
		return usagef("say which, ca|node: \"hearsay cert -h\" tells what each makes")
	}
	switch args[0] {
	case "ca":
		return runCertCA(args[1:], stdout)
	case "node":
		return runCertNode(args[1:], stdout)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, certUsage)
		return flag.ErrHelp
	}
	return usagef("unknown argument %q, ca|node are known: \"hearsay cert -h\" tells what each makes", args[0])
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
	if err := write(ca.Pair, c, stdout); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "next, once for all nodes: hearsay cert node -cluster %q -dir %q -id NODE -id NODE ...\n"+
		"keep %s away from the nodes: whoever has it decides who is in\n", c.cluster, c.dir, ca.Pair.KeyFile(c.dir))
	return nil
}

func runCertNode(args []string, stdout io.Writer) error {
	var c certFlags
	var ids []string
	flags := flag.NewFlagSet("cert node", flag.ContinueOnError)
	c.register(flags, devca.DefaultNodeValidity)
	flags.Func("id", "a node's `id`, as in its configuration (required; any number of times)", func(id string) error {
		ids = append(ids, id)
		return nil
	})
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if len(ids) == 0 || slices.Contains(ids, "") {
		return usagef("-id is missing")
	}
	ca, err := devca.Read(c.cluster, c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make it first: hearsay cert ca -cluster %q -dir %q", err, c.cluster, c.dir)
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		node, err := ca.Issue(id, devca.Options{Validity: c.validity})
		if err != nil {
			return err
		}
		if err := write(node, c, stdout); err != nil {
			return err
		}
	}
	return nil
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
