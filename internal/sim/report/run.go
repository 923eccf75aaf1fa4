package report

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// Options say how much is run.
type Options struct {
	Sections  []Section
	Detectors []string
	// Seeds is how many each cell gets, unless its line says fewer.
	Seeds int
	// MaxNodes leaves out larger clusters, and Quick what is slow.
	MaxNodes int
	Quick    bool
	// Parallel is how many runs go on at a time. Clusters of LargeNodes and
	// more run alone, for the sake of memory.
	Parallel int
	// Progress is called after each run. It need not be safe for concurrent
	// use.
	Progress func(done, all int)
}

// LargeNodes is the size from which clusters run alone.
const LargeNodes = 3000

// job is one run of one cell.
type job struct {
	cell Cell
	seed uint64
}

// sections returns the sections with what is not left out.
func (o Options) sections() []Section {
	var kept []Section
	for _, s := range o.Sections {
		var lines []Line
		for _, line := range s.Lines {
			if line.Nodes <= o.MaxNodes && !(o.Quick && line.Slow) {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			s.Lines = lines
			kept = append(kept, s)
		}
	}
	return kept
}

// jobs lists all runs, small ones and large ones.
func (o Options) jobs() (small, large []job) {
	seen := make(map[Cell]bool)
	for _, s := range o.sections() {
		for _, cell := range s.cells(o.Detectors) {
			if seen[cell] {
				continue
			}
			seen[cell] = true
			for seed := range cell.Line.seeds(o.Seeds) {
				one := job{cell, uint64(seed) + 1}
				if cell.Line.Nodes >= LargeNodes {
					large = append(large, one)
				} else {
					small = append(small, one)
				}
			}
		}
	}
	return small, large
}

// Run runs everything and returns the results by cell, in the order of their
// seeds. Its error is a mistake in the sections, or the context's.
func Run(ctx context.Context, o Options) (map[Cell][]scenario.Result, error) {
	small, large := o.jobs()
	r := &runner{
		options: o, all: len(small) + len(large),
		results: make(map[Cell][]scenario.Result),
	}
	r.run(ctx, small, max(o.Parallel, 1))
	r.run(ctx, large, 1)
	return r.results, errors.Join(r.err, ctx.Err())
}

// runner collects what comes of the jobs.
type runner struct {
	options Options
	all     int

	mu      sync.Mutex
	done    int
	results map[Cell][]scenario.Result
	err     error
}

// run runs jobs, some at a time.
func (r *runner) run(ctx context.Context, jobs []job, parallel int) {
	queue := make(chan job)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for one := range queue {
				r.one(one)
			}
		})
	}
	for _, one := range jobs {
		if ctx.Err() != nil || r.failed() {
			break
		}
		queue <- one
	}
	close(queue)
	workers.Wait()
}

func (r *runner) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}

func (r *runner) one(j job) {
	result, err := scenario.Run(j.cell.request(j.seed))
	// What no metric looks at is let go: there are thousands of runs.
	result.Joins, result.Series = nil, nil
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("report: %s: %w", j.cell.scenarioOf(), err))
		return
	}
	place := r.results[j.cell]
	for uint64(len(place)) < j.seed {
		place = append(place, scenario.Result{})
	}
	place[j.seed-1] = result
	r.results[j.cell] = place
	r.done++
	if r.options.Progress != nil {
		r.options.Progress(r.done, r.all)
	}
}
