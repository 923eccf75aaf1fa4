package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// simulate runs one command line.
func simulate(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"sim"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestSimListsEveryScenario(t *testing.T) {
	code, stdout, stderr := simulate("-list")
	if code != exitDone || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, s := range scenario.All() {
		if !strings.Contains(stdout, "\n"+s.Name+" ") {
			t.Errorf("%s is not listed", s.Name)
		}
	}
}

func TestSimPrintsALineForEachSeedInOrder(t *testing.T) {
	code, stdout, stderr := simulate("-scenario", "crash:times=1", "-nodes", "4", "-seeds", "3-6", "-parallel", "3")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines:\n%s", len(lines), stdout)
	}
	for i, line := range lines {
		if want := fmt.Sprintf("ok     crash:times=1 seed %d: 4 nodes", i+3); !strings.HasPrefix(line, want) {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestSimPrintsOneObjectForEachRun(t *testing.T) {
	code, stdout, stderr := simulate("-scenario", "crash:times=1", "-nodes", "4", "-seeds", "1-2", "-json")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(stdout))
	for seed := uint64(1); seed <= 2; seed++ {
		var r scenario.Result
		if err := decoder.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Seed != seed || r.Nodes != 4 || !r.OK || len(r.Detection) != 1 || r.Traffic.Bytes == 0 || r.VirtualSeconds == 0 || len(r.LogHash) != 64 {
			t.Errorf("got %+v", r)
		}
	}
}

func TestSimFailureSaysWhatWhereWhenAndHowToRepeat(t *testing.T) {
	// A scenario that must fail and does is fine; its failure is told.
	code, stdout, _ := simulate("-scenario", "must-fail", "-nodes", "6")
	if code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	for _, words := range []string{"converged failed at the cluster", "repeat with: hearsay sim -scenario must-fail -nodes 6 -seeds 1"} {
		if !strings.Contains(stdout, words) {
			t.Errorf("no %q in %s", words, stdout)
		}
	}
}

func TestSimWritesLogAndPlot(t *testing.T) {
	log, plot := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "plot.svg")
	code, _, stderr := simulate("-scenario", "split:for=10s", "-nodes", "6", "-log", log, "-packets", "-plot", plot)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for name, words := range map[string]string{log: " sends ", plot: "</svg>"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), words) {
			t.Errorf("no %q in %s", words, name)
		}
	}
}

func TestSimShowsProgressWhereAsked(t *testing.T) {
	if code, _, stderr := simulate("-scenario", "quiet:for=1s", "-nodes", "2"); code != exitDone || stderr != "" {
		t.Errorf("exit code %d, and on stderr, which is no terminal: %q", code, stderr)
	}
	var out bytes.Buffer
	b := newBar(&out, true, 2)
	b.since = b.since.Add(-2 * barAfter)
	b.progress(1)(0.5)
	if text := out.String(); !strings.Contains(text, " 25 %") || !strings.Contains(text, "0 of 2") || !strings.Contains(text, "##########....") {
		t.Errorf("got %q", text)
	}
	b.clear()
	if !strings.HasSuffix(out.String(), "\r") {
		t.Error("the bar stays")
	}
}

func TestSimHelpHasExamplesThatRun(t *testing.T) {
	code, stdout, _ := simulate("-h")
	if code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	_, examples, _ := strings.Cut(stdout, "examples:")
	count := 0
	for line := range strings.Lines(examples) {
		args, isCommand := strings.CutPrefix(strings.TrimSpace(line), "hearsay sim ")
		if !isCommand {
			continue
		}
		count++
		var f simFlags
		flags := flag.NewFlagSet("sim", flag.ContinueOnError)
		f.register(flags)
		if err := parseFlags(flags, strings.Fields(args), io.Discard); err != nil {
			t.Errorf("%s: %v", args, err)
		}
		if f.list {
			continue
		}
		if err := f.check(); err != nil {
			t.Errorf("%s: %v", args, err)
		}
		if f.scenario != "" {
			if err := f.request(1).Validate(); err != nil {
				t.Errorf("%s: %v", args, err)
			}
		}
	}
	if count < 4 {
		t.Errorf("%d examples", count)
	}
}

func TestSimUsageErrors(t *testing.T) {
	tests := []struct {
		args  string
		words []string
	}{
		{"", []string{"-scenario is missing", "-list"}},
		{"-scenario crsh", []string{`"crsh"`, "did you mean crash"}},
		{"-scenario crash:times=0", []string{"times", "at least 1"}},
		{"-scenario crash -nodes 1", []string{"1 nodes", "give 2 to"}},
		{"-scenario crash -nodes -1", []string{"-nodes -1"}},
		{"-scenario crash -seeds x", []string{"-seeds", "1-20"}},
		{"-scenario crash -seeds 9-3", []string{"ends before it begins"}},
		{"-scenario crash -seeds 1-99999999", []string{"at most"}},
		{"-scenario crash -seeds 1-2 -plot x.svg", []string{"one seed"}},
		{"-scenario crash -packets", []string{"-log"}},
		{"-scenario crash -detector oracle", []string{`"oracle"`}},
		{"-scenario crash -parallel 0", []string{"-parallel"}},
		{"-quick", []string{"-report"}},
		{"-report x.md -scenario crash", []string{"-report"}},
		{"-stored -report x.md", []string{"-stored", "-rows"}},
		{"-plots x -scenario crash", []string{"-plots", "-report"}},
		{"-report x.md -detector oracle", []string{`"oracle"`, "witness"}},
		{"-report x.md -only nothing-like-this", []string{"nothing-like-this", "Quiet"}},
		{"crash", []string{"unexpected argument"}},
	}
	for _, test := range tests {
		code, _, stderr := simulate(strings.Fields(test.args)...)
		if code != exitUsage {
			t.Errorf("%q: exit code %d", test.args, code)
		}
		for _, word := range test.words {
			if !strings.Contains(stderr, word) {
				t.Errorf("%q: nothing about %q in %q", test.args, word, stderr)
			}
		}
	}
}

func TestSimCannotWrite(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such", "file")
	for _, args := range [][]string{
		{"-scenario", "quiet:for=1s", "-nodes", "2", "-log", missing},
		{"-scenario", "quiet:for=1s", "-nodes", "2", "-plot", missing},
	} {
		code, _, stderr := simulate(args...)
		if code != exitFailure || !strings.Contains(stderr, missing) {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	}
}

// The rows of a report are kept, and written once more without a run.
func TestSimReportOfStoredRows(t *testing.T) {
	dir := t.TempDir()
	rows, name := filepath.Join(dir, "rows"), filepath.Join(dir, "docs", "results.md")
	if err := os.Mkdir(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := simulate("-rows", rows, "-only", "quiet", "-detector", "witness", "-quick"); code != exitDone || stdout != "" {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(rows, "quiet.jsonl")); err != nil {
		t.Error(err)
	}
	code, _, stderr := simulate("-rows", rows, "-report", name, "-stored", "-only", "quiet,crash", "-detector", "witness", "-quick")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "| n = 16 | 2.00 | 65") || !strings.Contains(string(text), "not run") {
		t.Errorf("got\n%s", text)
	}
}

func TestSimReportOfOneSection(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.md")
	code, stdout, stderr := simulate("-report", name, "-only", "quiet", "-quick")
	if code != exitDone || !strings.Contains(stdout, name) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "## Quiet") || !strings.Contains(string(text), "| n = 16 |") || strings.Contains(string(text), "## Loss") {
		t.Errorf("got\n%s", text)
	}
}
