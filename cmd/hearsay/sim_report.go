package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/report"
)

// How much a report runs.
const (
	reportSeeds = 20
	quickSeeds  = 2
	quickNodes  = 16
)

// writeReport runs the table of results and writes it.
func (f *simFlags) writeReport(ctx context.Context, stdout, stderr io.Writer) error {
	o, err := f.reportOptions()
	if err != nil {
		return err
	}
	bar := newBar(stderr, f.progress, 1)
	if show := bar.progress(0); show != nil {
		o.Progress = func(done, all int) { show(float64(done) / float64(all)) }
	}
	results, err := report.Run(ctx, o)
	bar.clear()
	if err != nil {
		return err
	}
	file, err := create(f.report, "report")
	if err != nil {
		return err
	}
	if err := errors.Join(report.Write(file, o, results), file.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "wrote %s\n", f.report)
	return err
}

// reportOptions says what the flags ask for.
func (f *simFlags) reportOptions() (report.Options, error) {
	o := report.Options{
		Detectors: sim.Detectors, Seeds: reportSeeds, MaxNodes: sim.MaxNodes, Parallel: f.parallel,
	}
	if f.detector != "" {
		o.Detectors = strings.Split(f.detector, ",")
	}
	if f.quick {
		o.Seeds, o.MaxNodes, o.Quick = quickSeeds, quickNodes, true
	}
	if f.nodes > 0 {
		o.MaxNodes = f.nodes
	}
	if f.many > 1 {
		o.Seeds = int(f.many)
	}
	for _, s := range report.Sections() {
		if strings.Contains(strings.ToLower(s.Title), strings.ToLower(f.only)) {
			o.Sections = append(o.Sections, s)
		}
	}
	if len(o.Sections) == 0 {
		var titles []string
		for _, s := range report.Sections() {
			titles = append(titles, s.Title)
		}
		return o, usagef("-only %q: no section has it in its title; there are: %s", f.only, strings.Join(titles, "; "))
	}
	return o, nil
}
