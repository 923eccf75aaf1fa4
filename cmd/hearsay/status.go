package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
	"github.com/hearsay-gossip/hearsay/membership"
)

func init() {
	commands["status"] = command{"print what a running node is, and what it sees", runStatus}
}

func runStatus(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o operating
	flags := flag.NewFlagSet("status", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print the whole document, counters and all")
	metrics := flags.Bool("metrics", false, "print the metrics, in the text format of Prometheus")
	if _, err := o.parse(flags, args, stdout); err != nil {
		return err
	}
	defer o.Close()
	ctx, cancel := o.within(ctx)
	defer cancel()
	if *metrics {
		text, err := o.Metrics(ctx)
		if err != nil {
			return advise(o.address, err)
		}
		_, err = stdout.Write(text)
		return err
	}
	seen, err := o.Status(ctx)
	switch {
	case err != nil:
		return advise(o.address, err)
	case *asJSON:
		_, err = fmt.Fprintf(stdout, "%s\n", seen.Text)
		return err
	}
	return printStatus(stdout, seen, time.Now())
}

// printStatus prints a line for each thing that an operator asks first.
func printStatus(w io.Writer, s *admin.Status, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("node", "%s of cluster %s, generation %v", word(s.Node.ID), word(s.Node.Cluster), membership.Generation(s.Node.Generation))
	row("standing", "%s", standing(&s.Node))
	var bound []string
	for _, network := range slices.Sorted(maps.Keys(s.Node.Addresses)) {
		bound = append(bound, word(network)+"/"+s.Node.Addresses[network].String())
	}
	row("bound", "%s", strings.Join(bound, " "))
	if self, ok := s.View.Get(s.Node.ID); ok {
		row("health", "%v", self.Health)
	}
	row("members", "%s", census(s.View))
	row("view", "%016x, version %d, since %v", s.View.Hash, s.View.Version, now.Sub(s.View.ObservedAt).Truncate(time.Second))
	if a := s.Agreement; a != nil && a.Heard > 0 {
		row("agreement", "%.0f of %d members that were heard lately see the same", math.Round(a.Share*float64(a.Heard)), a.Heard)
	}
	for m := range s.View.Members() {
		if len(m.Accusers) > 0 {
			row("accused", "%s, by %s", word(m.ID), words(m.Accusers))
		}
	}
	for _, b := range s.View.Blocked {
		row("kept out", "%s, until %s", word(b.String()), b.Until.Format(time.RFC3339))
	}
	return table.Flush()
}

// standing says in a word how a node is doing.
func standing(n *admin.Identity) string {
	switch {
	case n.Ended != "":
		return "ended: " + n.Ended
	case n.Isolated:
		return "isolated: no member answers"
	case !n.Joined:
		return "joining: no seed has let it in yet"
	case n.Observer:
		return "observer"
	}
	return "joined"
}

// census counts members by how they are shown.
func census(v *hearsay.View) string {
	counts := make(map[hearsay.Status]int)
	for m := range v.Members() {
		counts[m.Status]++
	}
	for m := range v.Gone() {
		counts[m.Status]++
	}
	parts := []string{}
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %v", counts[status], status))
	}
	return strings.Join(parts, ", ")
}
