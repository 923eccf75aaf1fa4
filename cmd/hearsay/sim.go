package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/report"
	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

func init() {
	commands["sim"] = command{
		summary: "run clusters in virtual time: hearsay sim -list",
		run:     runSim,
	}
}

// simFlags are the flags of hearsay sim.
type simFlags struct {
	list            bool
	scenario        string
	nodes           int
	seeds           string
	detector        string
	json            bool
	plot, log       string
	packets         bool
	parallel        int
	unchecked       bool
	keepGoing       bool
	report          string
	rows            string
	plots           string
	only            string
	quick, stored   bool
	progress        bool
	firstSeed, many uint64
}

// maxSeedRange bounds the seeds of one command.
const maxSeedRange = 10_000_000

func (f *simFlags) register(flags *flag.FlagSet) {
	flags.BoolVar(&f.list, "list", false, "list the scenarios and their parameters")
	flags.StringVar(&f.scenario, "scenario", "", "the scenario's `name`, with parameters: crash:times=3,gap=20s")
	flags.IntVar(&f.nodes, "nodes", 0, "how many nodes; 0 is the scenario's own size")
	flags.StringVar(&f.seeds, "seeds", "1", "a `seed`, or a range of them: 1-20")
	flags.StringVar(&f.detector, "detector", "", "the failure detector: "+strings.Join(sim.Detectors, ", ")+"; empty is the default")
	flags.BoolVar(&f.json, "json", false, "print one JSON object for each run")
	flags.StringVar(&f.plot, "plot", "", "write a plot of the run to this SVG `file`; with one seed")
	flags.StringVar(&f.log, "log", "", "write the event log to this `file`; with one seed (a failure is logged without being asked)")
	flags.BoolVar(&f.packets, "packets", false, "log every datagram too")
	flags.IntVar(&f.parallel, "parallel", runtime.GOMAXPROCS(0), "how many seeds run at a time")
	flags.BoolVar(&f.unchecked, "unchecked", false, "run without rules, to measure speed")
	flags.BoolVar(&f.keepGoing, "keep-going", false, "run the other seeds after a failure")
	flags.BoolVar(&f.progress, "progress", false, "show a progress bar even if stderr is no terminal")
	flags.StringVar(&f.report, "report", "", "run all that the page of results tells and write it to this Markdown `file`")
	flags.StringVar(&f.rows, "rows", "", "keep what each run of the report gave in this `folder`, and run only what it does not have; without -report, only run")
	flags.BoolVar(&f.stored, "stored", false, "of the report, run nothing: write what -rows has")
	flags.StringVar(&f.plots, "plots", "", "draw the plots of the report into this `folder`")
	flags.StringVar(&f.only, "only", "", "of the report, only the sections whose titles contain this `text`, or one of several with commas between them")
	flags.BoolVar(&f.quick, "quick", false, "the report with few seeds and small sizes, to see that it works")
}

// check tells what cannot be.
func (f *simFlags) check() error {
	var err error
	if f.firstSeed, f.many, err = parseSeeds(f.seeds); err != nil {
		return err
	}
	switch {
	case f.reporting() && f.scenario != "":
		return usagef("-report and -rows run scenarios of their own: give them or -scenario")
	case !f.reporting() && (f.quick || f.stored || f.only != "" || f.plots != ""):
		return usagef("-quick, -stored, -plots and -only belong to -report")
	case f.stored && f.rows == "":
		return usagef("-stored needs -rows: the folder of what was run before")
	case !f.reporting() && f.scenario == "":
		return usagef("-scenario is missing: \"hearsay sim -list\" shows all")
	case f.nodes < 0 || f.nodes > sim.MaxNodes:
		return usagef("-nodes %d: give 1 to %d, or 0 for the scenario's own size", f.nodes, sim.MaxNodes)
	case f.parallel < 1:
		return usagef("-parallel %d: give at least 1", f.parallel)
	case f.many > 1 && (f.plot != "" || f.log != ""):
		return usagef("-plot and -log are for one seed, and -seeds %s are %d", f.seeds, f.many)
	case f.packets && f.log == "":
		return usagef("-packets says what goes into -log: give that too")
	}
	return nil
}

// reporting tells whether the table of results is to be run or written.
func (f *simFlags) reporting() bool { return f.report != "" || f.rows != "" }

// By how much the heap of a cluster may grow, in percent, before it is looked
// through for garbage: large ones are much memory of which little becomes
// garbage, and small ones little of which most does.
const (
	largeGCPercent = 15
	smallGCPercent = 400
)

// collectGarbage says so, unless the environment says otherwise.
func (f *simFlags) collectGarbage() {
	switch {
	case os.Getenv("GOGC") != "":
	case f.nodes >= report.LargeNodes:
		debug.SetGCPercent(largeGCPercent)
	default:
		debug.SetGCPercent(smallGCPercent)
	}
}

// parseSeeds reads "7" or "1-20".
func parseSeeds(text string) (first, count uint64, err error) {
	from, to, isRange := strings.Cut(text, "-")
	first, err = strconv.ParseUint(from, 10, 64)
	last := first
	if err == nil && isRange {
		last, err = strconv.ParseUint(to, 10, 64)
	}
	switch {
	case err != nil:
		return 0, 0, usagef("-seeds %q: give a number, or a range such as 1-20", text)
	case last < first:
		return 0, 0, usagef("-seeds %q: the range ends before it begins", text)
	case last-first >= maxSeedRange:
		return 0, 0, usagef("-seeds %q: give at most %d seeds", text, maxSeedRange)
	}
	return first, last - first + 1, nil
}

// simExamples end the help.
const simExamples = `
examples:
  all scenarios, with their parameters
    hearsay sim -list
  twenty crashes, one after the other, in twenty clusters of 128
    hearsay sim -scenario crash:times=20 -nodes 128 -seeds 1-20
  one run, drawn, with its event log
    hearsay sim -scenario split:share=0.25 -nodes 32 -seeds 7 -plot split.svg -log split.log
  options and faults that the seed makes up, a thousand times
    hearsay sim -scenario swarm -seeds 1-1000
  of the page of results, two sections, with a few seeds
    hearsay sim -report results.md -only quiet,crash -quick
`

func runSim(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f simFlags
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	f.register(flags)
	if err := parseFlags(flags, args, stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stdout, simExamples)
		}
		return err
	}
	if f.list {
		return listScenarios(stdout)
	}
	if err := f.check(); err != nil {
		return err
	}
	f.collectGarbage()
	if f.reporting() {
		return f.writeReport(ctx, stdout, stderr)
	}
	if err := f.request(f.firstSeed).Validate(); err != nil {
		return usagef("%v", err)
	}
	b := newBatch(&f, stdout, stderr)
	return b.run(ctx)
}

// request returns the run of one seed.
func (f *simFlags) request(seed uint64) scenario.Request {
	return scenario.Request{
		Scenario: f.scenario, Nodes: f.nodes, Seed: seed, Detector: f.detector,
		Unchecked: f.unchecked, Packets: f.packets,
	}
}

// listScenarios prints what there is to run.
func listScenarios(stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tNODES\tWHAT IT IS")
	for _, s := range scenario.All() {
		fmt.Fprintf(w, "%s\t%d\t%s\n", s.Name, s.Nodes, s.Summary)
		for _, p := range s.Params {
			fmt.Fprintf(w, "  :%s=%v\t\t  %s\n", p.Name, p.Default, p.Help)
		}
	}
	fmt.Fprintf(w, "\ndetectors: %s\n", strings.Join(sim.Detectors, ", "))
	return w.Flush()
}

// errRunsFailed is the end of a batch in which something did not hold.
var errRunsFailed = errors.New("a run failed")

// create opens a file to be written, with an error that says which flag it
// comes from.
func create(name, flagName string) (*os.File, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("-%s: %w", flagName, err)
	}
	return file, nil
}
