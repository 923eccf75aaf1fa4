package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

func init() {
	commands["state"] = command{"print and change what members say of themselves: state get|held|set|unset", runState}
}

const stateUsage = `usage: hearsay state get [flags] [ID]           what all members say, or one
       hearsay state held [flags] ID            what the node holds of any schema's state
       hearsay state set [flags] NAME=VALUE...  what this node says from now on
       hearsay state unset [flags] NAME...      and what it says no longer

A NAME is version, roles, whose value is a list with commas, or a label's, such as
labels.shard. A process that starts again says what its configuration has.

State of your own schemas is held by every node, which need not know them. With -type
"held" writes it as one encoded message, for whoever does:

  hearsay state held n1 -type app.v1.ServiceState | protoc --decode=app.v1.ServiceState app/v1/service.proto
`

func runState(ctx context.Context, args []string, stdout, _ io.Writer) error {
	if len(args) == 0 {
		return usagef("say which, get|held|set|unset: \"hearsay state -h\" tells what each does")
	}
	switch args[0] {
	case "get":
		return runStateGet(ctx, args[1:], stdout)
	case "held":
		return runStateHeld(ctx, args[1:], stdout)
	case "set":
		return runStateChange(ctx, args, stdout, "NAME=VALUE...", setting)
	case "unset":
		return runStateChange(ctx, args, stdout, "NAME...", unsetting)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, stateUsage)
		return flag.ErrHelp
	}
	return usagef("unknown argument %q, get|held|set|unset are known: \"hearsay state -h\" tells what each does", args[0])
}

func runStateGet(ctx context.Context, args []string, stdout io.Writer) error {
	var o operating
	flags := flag.NewFlagSet("state get", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print an array of objects: id, roles, labels, version, health")
	operands, err := o.parse(flags, args, stdout, "[ID]")
	if err != nil {
		return err
	}
	defer o.Close()
	ctx, cancel := o.within(ctx)
	defer cancel()
	var all []admin.Metadata
	if len(operands) == 0 {
		all, err = o.Metadata(ctx)
	} else {
		all = make([]admin.Metadata, 1)
		all[0], err = o.MetadataOf(ctx, operands[0])
	}
	switch {
	case err != nil:
		return advise(o.address, err)
	case *asJSON:
		return printJSON(stdout, all)
	}
	return printMetadata(stdout, all)
}

// printMetadata prints a line for each member.
func printMetadata(w io.Writer, all []admin.Metadata) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tHEALTH\tVERSION\tROLES\tLABELS")
	for _, m := range all {
		health := "-"
		if m.Health != hearsay.HealthUnreported {
			health = m.Health.String()
		}
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(m.Labels)) {
			labels = append(labels, name+"="+m.Labels[name])
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", word(m.ID), health, word(m.Version), words(m.Roles), words(labels))
	}
	return table.Flush()
}

// labelPrefix begins the name of a label.
const labelPrefix = "labels."

// setting adds what an operand of "state set" says to a change.
func setting(change *admin.MetadataChange, operand string) error {
	name, value, given := strings.Cut(operand, "=")
	label, isLabel := strings.CutPrefix(name, labelPrefix)
	switch {
	case !given:
		return usagef("%q has no value: write it like version=1.2", operand)
	case name == "version":
		change.Version = &value
	case name == "roles":
		change.Roles = []string{}
		for role := range strings.SplitSeq(value, ",") {
			if role = strings.TrimSpace(role); role != "" {
				change.Roles = append(change.Roles, role)
			}
		}
	case isLabel:
		change.Labels[label] = &value
	default:
		return unknownName(name)
	}
	return nil
}

// unsetting is setting for "state unset".
func unsetting(change *admin.MetadataChange, operand string) error {
	label, isLabel := strings.CutPrefix(operand, labelPrefix)
	switch {
	case operand == "version":
		change.Version = new(string)
	case operand == "roles":
		change.Roles = []string{}
	case isLabel:
		change.Labels[label] = nil
	default:
		return unknownName(operand)
	}
	return nil
}

func unknownName(name string) error {
	return usagef("%q is nothing that a node says here: give version, roles, or a label's name such as labels.shard; health is \"hearsay health\"", name)
}

func runStateChange(ctx context.Context, args []string, stdout io.Writer, form string, read func(*admin.MetadataChange, string) error) error {
	var o operating
	operands, err := o.parse(flag.NewFlagSet("state "+args[0], flag.ContinueOnError), args[1:], stdout, form)
	if err != nil {
		return err
	}
	defer o.Close()
	change := admin.MetadataChange{Labels: map[string]*string{}}
	for _, operand := range operands {
		if err := read(&change, operand); err != nil {
			return err
		}
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	if err := o.SetMetadata(ctx, change); err != nil {
		return advise(o.address, err)
	}
	told, err := json.Marshal(change)
	if err != nil {
		return err
	}
	return o.settle(ctx, stdout, "told: "+string(told))
}
