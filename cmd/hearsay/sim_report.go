package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/plot"
	"github.com/hearsay-gossip/hearsay/internal/sim/report"
)

// How much a report runs.
const (
	reportSeeds = 20
	quickSeeds  = 2
	quickNodes  = 16
)

// writeReport runs what the table of results lacks, and writes it.
func (f *simFlags) writeReport(ctx context.Context, stdout, stderr io.Writer) error {
	o, err := f.reportOptions()
	if err != nil {
		return err
	}
	rows, err := report.OpenRows(f.rows)
	if err != nil {
		return err
	}
	if !f.stored {
		bar := newBar(stderr, f.progress, 1)
		if show := bar.progress(0); show != nil {
			o.Progress = func(done, all int) { show(float64(done) / float64(all)) }
		}
		err := report.Collect(ctx, o, rows)
		bar.clear()
		if err != nil {
			return err
		}
	}
	if f.plots != "" && f.report != "" {
		relative, err := filepath.Rel(filepath.Dir(f.report), f.plots)
		if err != nil {
			return fmt.Errorf("-plots: %w", err)
		}
		o.PlotDir = filepath.ToSlash(relative)
	}
	if f.report != "" {
		if err := written(stdout, f.report, "report", func(w io.Writer) error { return report.Write(w, o, rows) }); err != nil {
			return err
		}
	}
	if f.plots == "" {
		return nil
	}
	return f.drawPlots(stdout, o, rows)
}

// drawPlots draws the pictures of the page, as far as there is something to draw.
func (f *simFlags) drawPlots(stdout io.Writer, o report.Options, rows *report.Rows) error {
	if err := os.MkdirAll(f.plots, 0o777); err != nil {
		return fmt.Errorf("-plots: %w", err)
	}
	for _, p := range report.Plots() {
		var drawn bytes.Buffer // so that a picture that is there outlives one that is not
		err := p.Draw(&drawn, o, rows)
		if errors.Is(err, plot.ErrEmpty) {
			fmt.Fprintf(stdout, "no %s: no run that it shows was made\n", p.Name)
			continue
		}
		if err != nil {
			return err
		}
		write := func(w io.Writer) error { _, err := drawn.WriteTo(w); return err }
		if err := written(stdout, filepath.Join(f.plots, p.Name), "plots", write); err != nil {
			return err
		}
	}
	return nil
}

// written makes a file and says so.
func written(stdout io.Writer, name, flagName string, write func(io.Writer) error) error {
	file, err := create(name, flagName)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "wrote %s\n", name)
	return err
}

// reportOptions says what the flags ask for.
func (f *simFlags) reportOptions() (report.Options, error) {
	o := report.Options{
		Detectors: report.Detectors, Seeds: reportSeeds, MaxNodes: sim.MaxNodes, Parallel: f.parallel,
	}
	if f.detector != "" {
		o.Detectors = strings.Split(f.detector, ",")
	}
	for _, d := range o.Detectors {
		if !slices.Contains(sim.Detectors, d) {
			return o, usagef("-detector %q: there are %s", d, strings.Join(sim.Detectors, ", "))
		}
	}
	if f.quick {
		o.Seeds, o.MaxNodes, o.Quick = quickSeeds, quickNodes, true
	}
	if f.nodes > 0 {
		o.MaxNodes = f.nodes
	}
	if strings.Contains(f.seeds, "-") { // "1" is what there is without the flag
		o.Seeds = int(f.many)
	}
	for _, s := range report.Sections() {
		if f.wants(s.Title) {
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

// wants tells whether a section is asked for.
func (f *simFlags) wants(title string) bool {
	for text := range strings.SplitSeq(strings.ToLower(f.only), ",") {
		if strings.Contains(strings.ToLower(title), text) {
			return true
		}
	}
	return false
}
