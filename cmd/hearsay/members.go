package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
	"github.com/hearsay-gossip/hearsay/membership"
)

func init() {
	commands["members"] = command{
		summary: "print the members of a running cluster, and whether all see the same",
		run:     runMembers,
	}
}

func runMembers(ctx context.Context, args []string, stdout, _ io.Writer) error {
	var o observing
	flags := flag.NewFlagSet("members", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print an object: agreed, heard, share, and view as status.JSON shows it")
	if err := o.parse(flags, args, stdout); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("nobody answered within %v", o.timeout))
	defer cancel()
	look := o.look
	if o.admin != "" {
		look = o.ask
	}
	seen, err := look(ctx, waiting)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(stdout, seen)
	}
	return printMembers(stdout, seen)
}

// sight is what a command sees of a cluster.
type sight struct {
	// Agreed: all live members have shown that they see the same as the view.
	Agreed bool `json:"agreed"`
	// Heard is how many members the command has heard, and Share the part of them
	// that see the same.
	Heard int           `json:"heard"`
	Share float64       `json:"share"`
	View  *hearsay.View `json:"view"`
	// patience is for how long the others were asked.
	patience time.Duration
}

// look joins as an observer, and asks all members whether they see the same, until
// waiting ends. An interrupt ends ctx.
func (o *observing) look(ctx, waiting context.Context) (sight, error) {
	node, err := o.join(waiting)
	if err != nil {
		return sight{}, err
	}
	defer node.Close()
	_, err = node.WaitConverged(waiting)
	if ctx.Err() != nil {
		return sight{}, context.Cause(ctx)
	}
	agreement, _ := node.Agreement() // nobody was heard if the node has ended
	return sight{err == nil, agreement.Heard, agreement.Share, node.View(), o.timeout}, nil
}

// ask has a running node do the same.
func (o *observing) ask(ctx, waiting context.Context) (sight, error) {
	client, err := connect(o.admin)
	if err != nil {
		return sight{}, err
	}
	defer client.Close()
	_, unconverged := client.WaitConverged(waiting)
	switch _, refused := errors.AsType[*admin.Error](unconverged); {
	case ctx.Err() != nil:
		return sight{}, context.Cause(ctx)
	case refused, errors.Is(unconverged, admin.ErrUnreachable):
		return sight{}, advise(o.admin, unconverged)
	}
	asking, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("no answer within %v", o.timeout))
	defer cancel()
	status, err := client.Status(asking)
	if err != nil {
		return sight{}, advise(o.admin, err)
	}
	seen := sight{Agreed: unconverged == nil, View: status.View, patience: o.timeout}
	if status.Agreement != nil {
		seen.Heard, seen.Share = status.Agreement.Heard, status.Agreement.Share
	}
	return seen, nil
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// printMembers prints a line for each member, the live ones first, and one for all.
func printMembers(w io.Writer, seen sight) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATUS\tHEALTH\tZONE\tADDRESS\tGENERATION\tINCARNATION")
	gone := 0
	for m := range seen.View.Members() {
		printMember(table, m)
	}
	for m := range seen.View.Gone() {
		printMember(table, m)
		gone++
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d live, %d gone; view %016x%s\n", seen.View.Len(), gone, seen.View.Hash, seen.agreement())
	return err
}

func printMember(w io.Writer, m hearsay.Member) {
	status := m.Status.String()
	if len(m.Accusers) > 0 {
		status += " (by " + words(m.Accusers) + ")"
	}
	addresses := make([]string, len(m.Endpoints))
	for i, endpoint := range m.Endpoints {
		addresses[i] = word(endpoint.Network) + "/" + endpoint.Address.String()
	}
	health := "-"
	if m.Health != hearsay.HealthUnreported {
		health = m.Health.String()
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%v\t%d\n", word(m.ID), status, health, word(m.Zone),
		words(addresses), membership.Generation(m.Generation), m.Incarnation)
}

// agreement says whether the members see the same.
func (s sight) agreement() string {
	switch {
	case s.Agreed:
		return ", which all of them see"
	case s.Heard == 0:
		return fmt.Sprintf("; within %v no member has shown what it sees", s.patience)
	}
	return fmt.Sprintf("; within %v not all have shown that they see the same: %.0f of %d that were heard do",
		s.patience, math.Round(s.Share*float64(s.Heard)), s.Heard)
}

// words returns texts that others have chosen as one, - if there are none.
func words(texts []string) string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = word(text)
	}
	if len(shown) == 0 {
		return "-"
	}
	return strings.Join(shown, " ")
}

// word returns a text that another has chosen as a terminal may see it: quoted,
// if there is anything in it that does not print as one word.
func word(text string) string {
	switch {
	case text == "":
		return "-"
	case text == "-" || strings.ContainsFunc(text, func(r rune) bool { return r == '"' || !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return strconv.QuoteToGraphic(text)
	}
	return text
}
