package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hearsay-gossip/hearsay"
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
	joining, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("nobody answered within %v", o.timeout))
	defer cancel()
	node, err := o.join(joining)
	if err != nil {
		return err
	}
	defer node.Close()
	printLine := textLine
	if *asJSON {
		printLine = jsonLine
	}
	for event := range node.Events(ctx, watchBuffer) {
		if err := printLine(stdout, time.Now(), event); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // as it was wanted
	}
	return node.Err()
}

func textLine(w io.Writer, at time.Time, event hearsay.Event) error {
	_, err := fmt.Fprintf(w, "%s  %s\n", at.Format("15:04:05.000"), show(event).text)
	return err
}

func jsonLine(w io.Writer, at time.Time, event hearsay.Event) error {
	d := show(event)
	d.fields["at"], d.fields["event"] = at, d.name
	return json.NewEncoder(w).Encode(d.fields)
}

// shown is an event as it is printed: in words for people, by a name and
// fields for programs.
type shown struct {
	text, name string
	fields     map[string]any
}

func show(event hearsay.Event) shown {
	switch e := event.(type) {
	case hearsay.TopologyUpdated:
		return showTopology(e)
	case hearsay.MemberStatusChanged:
		text := fmt.Sprintf("member %s: %v, was %v", word(e.Member.ID), e.Member.Status, e.From)
		if len(e.Member.Accusers) > 0 {
			text += "; accused by " + words(e.Member.Accusers)
		}
		return shown{text, "member_status_changed", map[string]any{"member": e.Member, "from": e.From}}
	case hearsay.MemberHealthChanged:
		return shown{fmt.Sprintf("member %s: %v, was %v", word(e.Member.ID), e.Member.Health, e.From),
			"member_health_changed", map[string]any{"member": e.Member, "from": e.From}}
	case hearsay.Converged:
		return shown{fmt.Sprintf("view %016x: all of %d members see it", e.Hash, e.Members),
			"converged", map[string]any{"version": e.Version, "hash": fmt.Sprintf("%016x", e.Hash), "members": e.Members}}
	case hearsay.Isolated:
		return shown{over(e.Over, "no member answers: all have died, or this host is cut off", "a member answers again"),
			"isolated", map[string]any{"over": e.Over}}
	case hearsay.Detoured:
		text := over(e.Over, fmt.Sprintf("member %s does not answer by %s, and does by %s", word(e.Member), e.Network, e.By),
			fmt.Sprintf("member %s answers by %s again", word(e.Member), e.Network))
		return shown{text, "detoured", map[string]any{"member": e.Member, "network": e.Network, "by": e.By, "over": e.Over}}
	case hearsay.SeedSilent:
		return shown{fmt.Sprintf("seed %v does not answer", e.Address), "seed_silent", map[string]any{"address": e.Address}}
	case hearsay.SendFailed:
		return shown{fmt.Sprintf("could not send to %v: %v", e.Target, e.Err),
			"send_failed", map[string]any{"target": e.Target, "error": e.Err.Error()}}
	case hearsay.Superseded:
		return shown{fmt.Sprintf("another process at %v has this observer's id", e.Address),
			"superseded", map[string]any{"generation": fmt.Sprint(e.Generation), "address": e.Address}}
	case hearsay.Evicted:
		return shown{"removed, and back under a new generation", "evicted", map[string]any{"old": fmt.Sprint(e.Old), "new": fmt.Sprint(e.New)}}
	case hearsay.Lagged:
		return shown{fmt.Sprintf("%d events are missing: the output was too slow", e.Missed),
			"lagged", map[string]any{"missed": e.Missed}}
	}
	return shown{fmt.Sprintf("%+v", event), fmt.Sprintf("%T", event), map[string]any{}}
}

func over(isOver bool, before, after string) string {
	if isOver {
		return after
	}
	return before
}

// showTopology shows a view as it has changed. Whoever starts with a full
// update and takes each member of changed has the view.
func showTopology(e hearsay.TopologyUpdated) shown {
	gone := 0
	for range e.View.Gone() {
		gone++
	}
	text := fmt.Sprintf("view %016x: %d live, %d gone", e.View.Hash, e.View.Len(), gone)
	fields := map[string]any{
		"version": e.View.Version, "hash": fmt.Sprintf("%016x", e.View.Hash), "live": e.View.Len(), "gone": gone,
		"full": e.Full, "changed": e.Changed,
	}
	for _, part := range []struct {
		name    string
		members []hearsay.Member
	}{{"joined", e.Joined}, {"left", e.Left}, {"dead", e.Dead}} {
		ids := idsOf(part.members)
		fields[part.name] = ids
		if len(ids) > 0 {
			text += "; " + part.name + ": " + words(ids)
		}
	}
	return shown{text, "topology_updated", fields}
}

func idsOf(members []hearsay.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return ids
}
