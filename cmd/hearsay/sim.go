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
	only            string
	quick           bool
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
	flags.StringVar(&f.report, "report", "", "run the table of results and write it to this Markdown `file`")
	flags.StringVar(&f.only, "only", "", "of the report, only the sections whose title contains this `text`")
	flags.BoolVar(&f.quick, "quick", false, "the report with few seeds and small sizes, to see that it works")
}

// check tells what cannot be.
func (f *simFlags) check() error {
	var err error
	if f.firstSeed, f.many, err = parseSeeds(f.seeds); err != nil {
		return err
	}
	switch {
	case f.report != "" && f.scenario != "":
		return usagef("-report runs scenarios of its own: give it or -scenario")
	case f.report == "" && (f.quick || f.only != ""):
		return usagef("-quick and -only belong to -report")
	case f.report == "" && f.scenario == "":
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

// largeGCPercent is by how much the heap of a large cluster may grow before it
// is looked through for garbage.
const largeGCPercent = 15

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

func runSim(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f simFlags
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	f.register(flags)
	if err := parseFlags(flags, args, stdout); err != nil {
		return err
	}
	if f.list {
		return listScenarios(stdout)
	}
	if err := f.check(); err != nil {
		return err
	}
	if f.nodes >= report.LargeNodes || f.report != "" {
		// Large clusters are much memory of which little becomes garbage.
		debug.SetGCPercent(largeGCPercent)
	}
	if f.report != "" {
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
