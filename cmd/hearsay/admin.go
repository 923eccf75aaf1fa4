package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/hearsay-gossip/hearsay/admin"
)

// adminVariable is where -admin has its default from.
const adminVariable = "HEARSAY_ADMIN"

// defaultAdminTimeout is how long a command waits for a node, and for what it asks
// to be known everywhere.
const defaultAdminTimeout = 10 * time.Second

const aboutAdmin = `
ADDRESS is where a running node serves its admin API: an agent, by the same flag, or
a program that serves package admin. It is unix:///path/of/a/socket or
tcp://127.0.0.1:port, and by default what the variable ` + adminVariable + ` has.
`

// registerAdmin adds the flag that says where a node is.
func registerAdmin(flags *flag.FlagSet, address *string) {
	flags.StringVar(address, "admin", os.Getenv(adminVariable), "the `address` of a running node, or $"+adminVariable)
}

// operating is what commands have in common that ask a running node.
type operating struct {
	address string
	timeout time.Duration
	*admin.Client
}

// parse reads a command line with operands of these names, and makes the client.
func (o *operating) parse(flags *flag.FlagSet, args []string, stdout io.Writer, names ...string) (operands []string, err error) {
	registerAdmin(flags, &o.address)
	flags.DurationVar(&o.timeout, "timeout", defaultAdminTimeout, "how long to wait")
	operands, err = parseOperands(flags, args, stdout, names...)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, aboutAdmin)
		return nil, err
	case err != nil:
		return nil, err
	case o.timeout <= 0:
		return nil, usagef("-timeout %v: give a positive duration", o.timeout)
	case o.address == "":
		return nil, usagef("-admin is missing, and %s is not set; \"hearsay %s -h\" tells what it is", adminVariable, flags.Name())
	}
	o.Client, err = connect(o.address)
	return operands, err
}

// connect returns a client of a running node.
func connect(address string) (*admin.Client, error) {
	client, err := admin.NewClient(address)
	if err != nil {
		return nil, usagef("-admin: %v", err)
	}
	return client, nil
}

// within bounds what a command does.
func (o *operating) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not done within %v", o.timeout))
}

// advise adds to an error of a client what to do about it.
func advise(address string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nonly the user that the node runs as may ask it: run this as that user", err)
	case errors.Is(err, admin.ErrUnreachable):
		return fmt.Errorf("%w\nis the agent running? start it with: hearsay agent -config FILE -admin %s", err, address)
	}
	return err
}

// settle waits until all members know what was done, and says so.
func (o *operating) settle(ctx context.Context, stdout io.Writer, done string) error {
	seen, err := o.WaitConverged(ctx)
	if err != nil {
		return fmt.Errorf("%s, but not all members have shown that they know: %w", done, err)
	}
	_, err = fmt.Fprintf(stdout, "%s; all of %d members know\n", done, seen.Members)
	return err
}
