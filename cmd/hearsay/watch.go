package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
)

func init() {
	commands["watch"] = command{
		summary: "print what happens in a running cluster, a line for each event, until interrupted",
		run:     runWatch,
	}
}

// watchBuffer is how many events may wait for the output.
const watchBuffer = 4096

func runWatch(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o observing
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print an object a line: at, event, and what it tells")
	if err := o.parse(flags, args, stdout); err != nil {
		return err
	}
	printLine := textLine
	if *asJSON {
		printLine = jsonLine
	}
	if o.admin != "" {
		return o.follow(ctx, func(e admin.Event) error { return printLine(stdout, e) })
	}
	joining, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("nobody answered within %v", o.timeout))
	defer cancel()
	node, err := o.join(joining)
	if err != nil {
		return err
	}
	defer node.Close()
	for event := range node.Events(ctx, watchBuffer) {
		if err := printLine(stdout, admin.Event{At: time.Now(), Event: event}); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // as it was wanted
	}
	return node.Err()
}

// follow prints what a running node tells.
func (o *observing) follow(ctx context.Context, printLine func(admin.Event) error) error {
	client, err := connect(o.admin)
	if err != nil {
		return err
	}
	defer client.Close()
	for event, err := range client.Events(ctx) {
		if err != nil {
			return advise(o.admin, err)
		}
		if err := printLine(event); err != nil {
			return err
		}
	}
	return nil // interrupted, as it was wanted, or the node has ended, which was printed
}

func textLine(w io.Writer, e admin.Event) error {
	_, err := fmt.Fprintf(w, "%s  %s\n", e.At.Format("15:04:05.000"), inWords(e.Event))
	return err
}

func jsonLine(w io.Writer, e admin.Event) error { return json.NewEncoder(w).Encode(e) }

// inWords says what an event tells, to people.
func inWords(event hearsay.Event) string {
	switch e := event.(type) {
	case hearsay.TopologyUpdated:
		return topologyInWords(e)
	case hearsay.MemberStatusChanged:
		text := fmt.Sprintf("member %s: %v, was %v", word(e.Member.ID), e.Member.Status, e.From)
		if len(e.Member.Accusers) > 0 {
			text += "; accused by " + words(e.Member.Accusers)
		}
		return text
	case hearsay.MemberHealthChanged:
		return fmt.Sprintf("member %s: %v, was %v", word(e.Member.ID), e.Member.Health, e.From)
	case hearsay.Converged:
		return fmt.Sprintf("view %016x: all of %d members see it", e.Hash, e.Members)
	case hearsay.Isolated:
		return over(e.Over, "no member answers: all have died, or this host is cut off", "a member answers again")
	case hearsay.Detoured:
		return over(e.Over, fmt.Sprintf("member %s does not answer by %s, and does by %s", word(e.Member), e.Network, e.By),
			fmt.Sprintf("member %s answers by %s again", word(e.Member), e.Network))
	case hearsay.SeedSilent:
		return fmt.Sprintf("seed %v does not answer", e.Address)
	case hearsay.SendFailed:
		return fmt.Sprintf("could not send to %v: %v", e.Target, e.Err)
	case hearsay.Superseded:
		return fmt.Sprintf("another process at %v has this node's id", e.Address)
	case hearsay.Evicted:
		return "removed, and back under a new generation"
	case hearsay.Lagged:
		return fmt.Sprintf("%d events are missing: the output was too slow", e.Missed)
	case admin.Ended:
		return "the node has ended: " + e.Reason
	case admin.Unknown:
		return "something that this version has no words for: " + word(string(e.Text))
	}
	return fmt.Sprintf("%+v", event)
}

func over(isOver bool, before, after string) string {
	if isOver {
		return after
	}
	return before
}

// topologyInWords shows a view as it has changed.
func topologyInWords(e hearsay.TopologyUpdated) string {
	gone := 0
	for range e.View.Gone() {
		gone++
	}
	text := fmt.Sprintf("view %016x: %d live, %d gone", e.View.Hash, e.View.Len(), gone)
	for _, part := range []struct {
		name    string
		members []hearsay.Member
	}{{"joined", e.Joined}, {"left", e.Left}, {"dead", e.Dead}} {
		if len(part.members) > 0 {
			text += "; " + part.name + ": " + words(idsOf(part.members))
		}
	}
	if len(e.Blocked) > 0 {
		text += "; kept out: " + words(e.Blocked)
	}
	return text
}

func idsOf(members []hearsay.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return ids
}
