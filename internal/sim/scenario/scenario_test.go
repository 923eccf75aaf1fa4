package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// seeds is how many seeds of the swarm a test run tries, and each of
// twiceEvery is run twice.
const (
	seeds      = 320
	twiceEvery = 8
)

// The seed makes up the options and the faults; rules hold after every event,
// and at the end all is well.
func TestSwarm(t *testing.T) {
	count := uint64(seeds / slowdown / len(sim.Detectors))
	if testing.Short() {
		count /= 8
	}
	for _, detector := range sim.Detectors {
		for seed := range count {
			t.Run(fmt.Sprintf("%s/%d", detector, seed), func(t *testing.T) {
				t.Parallel()
				r := Request{Scenario: "swarm", Seed: seed, Detector: detector}
				result := mustRun(t, r)
				if seed%twiceEvery != 0 {
					return
				}
				if again := mustRun(t, r); again.LogHash != result.LogHash || again.LogLines != result.LogLines {
					t.Errorf("two runs have different event logs: %s of %d lines and %s of %d\nrepeat with: %s",
						result.LogHash, result.LogLines, again.LogHash, again.LogLines, r.Repeat())
				}
			})
		}
	}
}

func mustRun(t *testing.T, r Request) Result {
	t.Helper()
	result, err := Run(r)
	if err != nil {
		t.Fatal(err)
	}
	if !result.OK {
		t.Fatalf("%s", result.Failure)
	}
	return result
}

// shorter are the scenarios as tests run them, where they are long.
var shorter = map[string]string{
	"ghost":     "ghost:for=10m",
	"idle":      "idle:for=10s",
	"state":     "state:for=30s",
	"replay":    "replay:after=5m",
	"blocked":   "blocked:for=40s",
	"stalled":   "stalled:for=40s",
	"loss":      "loss:for=1m",
	"nomad":     "nomad:times=50",
	"flip-flop": "flip-flop:for=90s",
	"bad-links": "bad-links:for=90s",
}

func TestEveryScenarioHolds(t *testing.T) {
	for _, s := range All() {
		for seed := range uint64(scenarioSeeds) {
			t.Run(fmt.Sprintf("%s/%d", s.Name, seed), func(t *testing.T) {
				t.Parallel()
				r := Request{Scenario: s.Name, Nodes: max(s.Least, min(s.Nodes, testNodes)), Seed: seed}
				if short := shorter[s.Name]; short != "" {
					r.Scenario = short
				}
				result := mustRun(t, r)
				if s.MustFail && (result.Failure == "" || !strings.Contains(result.Repeat, s.Name)) {
					t.Errorf("must fail with a command that repeats it, and says %q, %q", result.Failure, result.Repeat)
				}
			})
		}
	}
}

// Every parameter that is a switch is turned the other way once.
func TestEverySwitchOfAScenarioHolds(t *testing.T) {
	for _, s := range All() {
		for _, p := range s.Params {
			on, isBool := p.Default.(bool)
			if !isBool {
				continue
			}
			name := s.Name + ":"
			if short := shorter[s.Name]; short != "" {
				name = short + ","
			}
			name += fmt.Sprintf("%s=%v", p.Name, !on)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				mustRun(t, Request{Scenario: name, Nodes: max(s.Least, min(s.Nodes, testNodes)), Seed: 3})
			})
		}
	}
}

func TestRepeatCommandRepeatsTheRun(t *testing.T) {
	r := Request{Scenario: "must-fail", Nodes: 6, Seed: 11, Detector: sim.Detectors[0]}
	result, err := Run(r)
	if err != nil {
		t.Fatal(err)
	}
	want := "hearsay sim -scenario must-fail -nodes 6 -seeds 11 -detector " + sim.Detectors[0]
	if result.Repeat != want || !strings.Contains(result.Failure, want) {
		t.Errorf("got %q\nin %q", result.Repeat, result.Failure)
	}
	if !strings.Contains(result.Failure, "converged") || !strings.Contains(result.Failure, "45.0") {
		t.Errorf("the failure does not say what and when: %q", result.Failure)
	}
}

func TestLogIsWrittenAndNothingElseDependsOnIt(t *testing.T) {
	r := Request{Scenario: "crash:times=1", Nodes: 5, Seed: 2}
	silent := mustRun(t, r)
	var log bytes.Buffer
	r.Log = &log
	logged := mustRun(t, r)
	if silent.LogHash != logged.LogHash {
		t.Error("the run depends on whether its log is written")
	}
	for _, words := range []string{"fault crash", " sees ", " up suspect ", "joined", "end steps="} {
		if !strings.Contains(log.String(), words) {
			t.Errorf("the log has no line with %q", words)
		}
	}
	if strings.Contains(log.String(), " sends ") {
		t.Error("datagrams are logged without being asked for")
	}
	log.Reset()
	r.Packets = true
	if packets := mustRun(t, r); packets.LogHash != silent.LogHash || !strings.Contains(log.String(), " sends ") {
		t.Error("datagrams in the log change the run, or are missing")
	}
	if lines := uint64(strings.Count(log.String(), "\n")); lines != logged.LogLines {
		t.Errorf("%d lines written, %d counted", lines, logged.LogLines)
	}
}

// failingWriter has no room.
type failingWriter struct{}

var errNoRoom = errors.New("no room")

func (failingWriter) Write([]byte) (int, error) { return 0, errNoRoom }

func TestLogThatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := Run(Request{Scenario: "quiet:for=1s", Nodes: 2, Log: failingWriter{}}); !errors.Is(err, errNoRoom) {
		t.Fatalf("got %v", err)
	}
}

func TestProgressRisesToTheEnd(t *testing.T) {
	var last, calls atomic.Uint64
	r := Request{Scenario: "quiet:for=5s", Nodes: 3, Progress: func(done float64) {
		if percent := uint64(done * 1000); percent < last.Swap(percent) {
			t.Errorf("progress fell to %v", done)
		}
		calls.Add(1)
	}}
	mustRun(t, r)
	if last.Load() != 1000 || calls.Load() < 10 {
		t.Errorf("progress ended at %d of 1000 after %d calls", last.Load(), calls.Load())
	}
}

func TestMistakesOfARequestAreTold(t *testing.T) {
	tests := []struct {
		request Request
		words   []string
	}{
		{Request{Scenario: "crsah"}, []string{`"crsah"`, "did you mean crash", "-list"}},
		{Request{Scenario: "zzz"}, []string{`"zzz"`, "-list"}},
		{Request{Scenario: ""}, []string{`no scenario ""`}},
		{Request{Scenario: "crash:times=0,gap=x,speed=3"}, []string{"times", "at least 1", "gap", "20s", "speed", "it has times, gap"}},
		{Request{Scenario: "loss:share=1.5"}, []string{"share", "at most 0.95"}},
		{Request{Scenario: "split:again"}, []string{"again", "no value"}},
		{Request{Scenario: "split:again=perhaps"}, []string{"again", "true or false"}},
		{Request{Scenario: "quiet:for=-5s"}, []string{"for", "at least 1s"}},
		{Request{Scenario: "quiet:x=1"}, []string{"x", "it has for"}},
		{Request{Scenario: "crash", Nodes: 1}, []string{"1 nodes", "give 2 to"}},
		{Request{Scenario: "crash", Nodes: -4}, []string{"-4 nodes"}},
		{Request{Scenario: "crash", Detector: "crystal ball"}, []string{"crystal ball", sim.Detectors[0]}},
	}
	for _, test := range tests {
		t.Run(test.request.Scenario, func(t *testing.T) {
			for _, err := range []error{test.request.Validate(), second(Run(test.request))} {
				if err == nil {
					t.Fatal("accepted")
				}
				for _, word := range test.words {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("nothing about %q in %q", word, err)
					}
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestUnknownScenarioNamesThoseThatAreNear(t *testing.T) {
	_, err := find("blockd")
	unknown, ok := errors.AsType[*UnknownError](err)
	if !ok || !slices.Equal(unknown.Near, []string{"blocked"}) {
		t.Fatalf("got %v", err)
	}
}

func TestEveryScenarioIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, s := range All() {
		if names[s.Name] || s.Summary == "" || s.Nodes < s.Least || s.Least < 1 {
			t.Errorf("%q is there twice, or has no summary, or a size below its least", s.Name)
		}
		names[s.Name] = true
		for _, p := range s.Params {
			if p.Help == "" {
				t.Errorf("%s: parameter %s has no help", s.Name, p.Name)
			}
			if _, err := p.parse(fmt.Sprint(p.Default)); err != nil {
				t.Errorf("%s: the default of %s is not a value of its own: %v", s.Name, p.Name, err)
			}
		}
	}
}
