package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

func init() {
	commands["leave"] = command{"have a running node leave its cluster, and end", runLeave}
	commands["forget"] = command{"remove a dead member for good, on all nodes: forget ID", runForget}
	commands["health"] = command{"report a running node's health: health unhealthy drains it", runHealth}
	commands["quarantine"] = command{"keep a node or a range of addresses out, on one node: quarantine -for 10m", runQuarantine}
	commands["release"] = command{"end a quarantine before its time", runRelease}
}

func runLeave(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o operating
	if _, err := o.parse(flag.NewFlagSet("leave", flag.ContinueOnError), args, stdout); err != nil {
		return err
	}
	defer o.Close()
	// The node itself sees to the time, and is given a moment more to answer.
	waiting, cancel := context.WithTimeout(ctx, o.timeout+defaultAdminTimeout)
	defer cancel()
	if err := o.Leave(waiting, o.timeout); err != nil {
		return advise(o.address, err)
	}
	_, err := fmt.Fprintln(stdout, "left; the others know")
	return err
}

func runForget(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o operating
	operands, err := o.parse(flag.NewFlagSet("forget", flag.ContinueOnError), args, stdout, "ID")
	if err != nil {
		return err
	}
	defer o.Close()
	ctx, cancel := o.within(ctx)
	defer cancel()
	if err := o.Forget(ctx, operands[0]); err != nil {
		return advise(o.address, err)
	}
	return o.settle(ctx, stdout, "forgotten: "+word(operands[0]))
}

func runHealth(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o operating
	operands, err := o.parse(flag.NewFlagSet("health", flag.ContinueOnError), args, stdout, "unreported|healthy|degraded|unhealthy")
	if err != nil {
		return err
	}
	defer o.Close()
	var health hearsay.Health
	if err := health.UnmarshalText([]byte(operands[0])); err != nil {
		return usagef("%q is no health: give unreported, healthy, degraded or unhealthy", operands[0])
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	if err := o.SetHealth(ctx, health); err != nil {
		return advise(o.address, err)
	}
	return o.settle(ctx, stdout, health.String())
}

// blocking are the flags that name what is kept out.
type blocking struct {
	operating
	block hearsay.Block
}

func (b *blocking) parse(flags *flag.FlagSet, args []string, stdout io.Writer) error {
	flags.StringVar(&b.block.ID, "id", "", "the `id` of a node, wherever it is")
	flags.TextVar(&b.block.Address, "address", netip.AddrPort{}, "an `address` with its port")
	flags.TextVar(&b.block.Prefix, "prefix", netip.Prefix{}, "a `prefix`: a range of addresses")
	if _, err := b.operating.parse(flags, args, stdout); err != nil {
		return err
	}
	given := 0
	for _, isGiven := range []bool{b.block.ID != "", b.block.Address.IsValid(), b.block.Prefix.IsValid()} {
		if isGiven {
			given++
		}
	}
	if given != 1 {
		return usagef("give one of -id, -address and -prefix")
	}
	return nil
}

func runQuarantine(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var b blocking
	flags := flag.NewFlagSet("quarantine", flag.ContinueOnError)
	d := flags.Duration("for", 0, "for how `long` (required)")
	if err := b.parse(flags, args, stdout); err != nil {
		return err
	}
	defer b.Close()
	if *d <= 0 {
		return usagef("-for is missing, or no time: say for how long, such as 10m")
	}
	ctx, cancel := b.within(ctx)
	defer cancel()
	if err := b.Quarantine(ctx, b.block, *d); err != nil {
		return advise(b.address, err)
	}
	_, err := fmt.Fprintf(stdout, "%s is kept out by this node until %s\n", word(b.block.String()), time.Now().Add(*d).Format(time.RFC3339))
	return err
}

func runRelease(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var b blocking
	if err := b.parse(flag.NewFlagSet("release", flag.ContinueOnError), args, stdout); err != nil {
		return err
	}
	defer b.Close()
	ctx, cancel := b.within(ctx)
	defer cancel()
	if err := b.Release(ctx, b.block); err != nil {
		return advise(b.address, err)
	}
	_, err := fmt.Fprintf(stdout, "%s is kept out no longer\n", word(b.block.String()))
	return err
}
