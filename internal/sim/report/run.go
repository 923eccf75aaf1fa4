package report

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/hearsay-gossip/hearsay/internal/rusage"
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
	// more run alone, for the sake of memory. What a run takes of CPU and memory
	// is measured only if it runs alone.
	Parallel int
	// PlotDir is where the page finds its plots; empty is a page without.
	PlotDir string
	// Progress is called after each run. It need not be safe for concurrent
	// use.
	Progress func(done, all int)
}

// LargeNodes is the size from which clusters run alone.
const LargeNodes = 3000

// job is one run, for a section.
type job struct {
	section string
	run     Run
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

// jobs lists all runs that there are no rows of, small ones and large ones. All
// cells get their first seed before any gets its second, so that a report that
// ends early is a report of fewer seeds.
func (o Options) jobs(rows *Rows) (small, large []job) {
	seen := make(map[Run]bool)
	for seed := range o.Seeds {
		for _, s := range o.sections() {
			for _, cell := range s.cells(o.Detectors) {
				run := cell.run(uint64(seed) + 1)
				if _, known := rows.get(run); known || seen[run] || seed >= cell.Line.seeds(o.Seeds) {
					continue
				}
				seen[run] = true
				if cell.Line.Nodes >= LargeNodes {
					large = append(large, job{s.Title, run})
				} else {
					small = append(small, job{s.Title, run})
				}
			}
		}
	}
	return small, large
}

// Collect runs everything that there are no rows of. Its error is a mistake in
// the sections, a file that cannot be written, ErrStale, or the context's: the
// rows that there are remain.
func Collect(ctx context.Context, o Options, rows *Rows) error {
	for _, s := range o.sections() {
		if err := rows.verify(s, o); err != nil {
			return err
		}
	}
	small, large := o.jobs(rows)
	r := &runner{options: o, rows: rows, all: len(small) + len(large)}
	r.run(ctx, small, max(o.Parallel, 1))
	// Large clusters are much memory of which little becomes garbage.
	defer debug.SetGCPercent(debug.SetGCPercent(largeGCPercent))
	r.run(ctx, large, 1)
	return errors.Join(r.err, ctx.Err())
}

// largeGCPercent is by how much the heap of a large cluster may grow before it
// is looked through for garbage.
const largeGCPercent = 15

// runner does the jobs.
type runner struct {
	options Options
	rows    *Rows
	all     int

	mu   sync.Mutex
	done int
	err  error
}

// run runs jobs, some at a time.
func (r *runner) run(ctx context.Context, jobs []job, parallel int) {
	queue := make(chan job)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for one := range queue {
				r.one(one, parallel == 1)
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

func (r *runner) one(j job, alone bool) {
	before := rusage.CPU()
	result, err := scenario.Run(j.run.request())
	row := Row{Run: j.run, Result: result}
	if cpu, memory := rusage.Self(); alone {
		row.CPU, row.Memory = (cpu - before).Seconds(), memory
	}
	if err == nil {
		err = r.rows.add(j.section, row)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("report: %s: %w", j.run.Scenario, err))
		return
	}
	r.done++
	if r.options.Progress != nil {
		r.options.Progress(r.done, r.all)
	}
}
