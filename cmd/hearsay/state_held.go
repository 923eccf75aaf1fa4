package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/state"
)

// metadataType is the one type that every node knows.
const metadataType = "hearsay.v1.Metadata"

func runStateHeld(ctx context.Context, args []string, stdout io.Writer) error {
	var o operating
	flags := flag.NewFlagSet("state held", flag.ContinueOnError)
	name := flags.String("type", "", "write the state of this type, by its full `name` in the schema, as an encoded message")
	operands, err := o.parse(flags, args, stdout, "ID")
	if err != nil {
		return err
	}
	defer o.Close()
	ctx, cancel := o.within(ctx)
	defer cancel()
	held, err := o.StateOf(ctx, operands[0])
	switch {
	case err != nil:
		return advise(o.address, err)
	case *name == "":
		return printHeld(stdout, held)
	}
	i := slices.IndexFunc(held, func(h hearsay.HeldState) bool { return h.TypeID == state.TypeID(*name) })
	if i < 0 {
		return fmt.Errorf("nothing of the type %s is held of %s: without -type all types are listed", *name, word(operands[0]))
	}
	_, err = stdout.Write(held[i].Message)
	return err
}

// printHeld prints a line for each type.
func printHeld(w io.Writer, all []hearsay.HeldState) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TYPE\tSLOTS\tBYTES\tNAME")
	for _, h := range all {
		name := "-"
		if h.TypeID == state.TypeID(metadataType) {
			name = metadataType
		}
		fmt.Fprintf(table, "%08x\t%d\t%d\t%s\n", h.TypeID, h.Slots, len(h.Message), name)
	}
	return table.Flush()
}
