package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim/plot"
	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// batch runs a scenario with one seed after the other, several at a time, and
// prints what came of them in the order of the seeds.
type batch struct {
	flags          *simFlags
	stdout, stderr io.Writer
	bar            *bar
	failed         int
}

func newBatch(f *simFlags, stdout, stderr io.Writer) *batch {
	return &batch{flags: f, stdout: stdout, stderr: stderr, bar: newBar(stderr, f.progress, int(f.many))}
}

// outcome is what one seed gave.
type outcome struct {
	result scenario.Result
	err    error
}

// run runs all seeds, until one fails.
func (b *batch) run(ctx context.Context) error {
	defer b.bar.clear()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// One channel for each seed that is under way, in order.
	pending := make(chan chan outcome, b.flags.parallel)
	var workers sync.WaitGroup
	defer workers.Wait()
	workers.Go(func() { b.start(ctx, pending) })
	for {
		next, ok := <-pending
		if !ok {
			break
		}
		got := <-next
		if got.err != nil {
			cancel()
			drainOutcomes(pending)
			return got.err
		}
		if err := b.tell(got.result); err != nil {
			cancel()
			drainOutcomes(pending)
			return err
		}
		if !got.result.OK && !b.flags.keepGoing {
			cancel()
			drainOutcomes(pending)
			break
		}
	}
	switch {
	case b.failed > 0:
		return fmt.Errorf("%w: %d", errRunsFailed, b.failed)
	default:
		return context.Cause(ctx)
	}
}

// start begins the seeds, as many at a time as pending holds.
func (b *batch) start(ctx context.Context, pending chan chan outcome) {
	defer close(pending)
	for i := range b.flags.many {
		if ctx.Err() != nil {
			return
		}
		one := make(chan outcome, 1)
		pending <- one
		go func() {
			result, err := b.one(b.flags.firstSeed + i)
			one <- outcome{result, err}
		}()
	}
}

func drainOutcomes(pending chan chan outcome) {
	for one := range pending {
		<-one
	}
}

// plotSamples is how many samples a plot is made of.
const plotSamples = 600

// one runs one seed. What fails is run again for its log, which costs nothing
// while all is well.
func (b *batch) one(seed uint64) (scenario.Result, error) {
	r := b.flags.request(seed)
	r.Progress = b.bar.progress(seed)
	if b.flags.plot != "" {
		r.Samples = plotSamples
	}
	result, err := b.logged(r, b.flags.log)
	if err != nil {
		return result, err
	}
	if b.flags.plot != "" {
		if err := b.draw(result); err != nil {
			return result, err
		}
	}
	if !result.OK && b.flags.log == "" && result.Failure != "" {
		r.Progress, r.Samples = nil, 0
		name := filepath.Join(os.TempDir(), fmt.Sprintf("hearsay-sim-%s-%d.log", fileName(r.Scenario), seed))
		if again, err := b.logged(r, name); err == nil && again.LogHash == result.LogHash {
			result.Failure += "\nevent log: " + name
		}
	}
	return result, nil
}

// fileName makes a scenario's name fit for a file.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(":=,/\\ ", r) {
			return '-'
		}
		return r
	}, name)
}

// logged runs a request with its event log in a file, or without if that is
// empty.
func (b *batch) logged(r scenario.Request, name string) (scenario.Result, error) {
	if name == "" {
		return scenario.Run(r)
	}
	file, err := create(name, "log")
	if err != nil {
		return scenario.Result{}, err
	}
	w := bufio.NewWriter(file)
	r.Log = w
	result, err := scenario.Run(r)
	return result, errors.Join(err, w.Flush(), file.Close())
}

func (b *batch) draw(result scenario.Result) error {
	file, err := create(b.flags.plot, "plot")
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%s, %d nodes, seed %d", result.Scenario, result.Nodes, result.Seed)
	return errors.Join(plot.Write(file, title, result.Series), file.Close())
}

// tell prints a result.
func (b *batch) tell(r scenario.Result) error {
	b.bar.clear()
	if !r.OK {
		b.failed++
	}
	if b.flags.json {
		return json.NewEncoder(b.stdout).Encode(r)
	}
	_, err := fmt.Fprintln(b.stdout, describe(r))
	return err
}

// describe puts a result into a line, or with a failure into several.
func describe(r scenario.Result) string {
	verdict := "ok"
	if !r.OK {
		verdict = "FAILED"
	}
	parts := []string{
		fmt.Sprintf("%-6s %s seed %d: %d nodes, %v virtual", verdict, r.Scenario, r.Seed, r.Nodes, seconds(r.VirtualSeconds)),
	}
	if r.Crashes > 0 {
		parts = append(parts, fmt.Sprintf("%d crashes, found after %v (median), known to all %v later",
			r.Crashes, seconds(median(r.Detection)), seconds(median(r.Dissemination))))
	}
	if f := r.FalseDeaths; f.Healthy+f.Impaired > 0 {
		parts = append(parts, fmt.Sprintf("false deaths %d (%d by healthy members), of impaired members %d", f.Healthy, f.AtHealthy, f.Impaired))
	}
	parts = append(parts, fmt.Sprintf("%.2f packets and %.0f B per node and second", r.Traffic.Packets, r.Traffic.Bytes))
	text := strings.Join(parts, "; ")
	if r.Failure != "" {
		text += "\n  " + strings.ReplaceAll(r.Failure, "\n", "\n  ")
	}
	if !r.OK && r.Failure == "" {
		text += "\n  it must fail, and did not"
	}
	return text
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

// median returns the middle value, 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[(len(sorted)-1)/2]
}
