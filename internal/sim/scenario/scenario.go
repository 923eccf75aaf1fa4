package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Scenario is a kind of run, from which parameters, a size and a seed make a
// Plan.
type Scenario struct {
	// Name is how it is chosen, and Summary one line about it.
	Name, Summary string
	// Nodes is the size of the cluster if nobody says otherwise, and Least the
	// smallest that makes sense.
	Nodes, Least int
	// Params are what can be set besides.
	Params []Param
	// MustFail: the run proves that the harness can fail.
	MustFail bool
	// Plan lays it out.
	Plan func(a Args) Plan
}

// Plan is all of one run.
type Plan struct {
	// Options of the cluster; Nodes, Seed and what concerns watching are
	// filled by the runner.
	Options sim.Options
	// Timeline is what happens when.
	Timeline []Entry
	// Length is how long the run is.
	Length time.Duration
	// Expect is what must hold at its end.
	Expect []Expectation
}

// Entry is something that happens at a time since the beginning.
type Entry struct {
	At time.Duration
	Do sim.Fault
}

// Expectation is something that must hold at the end of a run.
type Expectation struct {
	Name  string
	Holds func(c *sim.Cluster) error
}

// add puts something on the timeline.
func (p *Plan) add(at time.Duration, do sim.Fault) {
	p.Timeline = append(p.Timeline, Entry{at, do})
}

// All returns every scenario, sorted by name.
func All() []Scenario {
	all := slices.Concat(crashes(), anomalies(), links(), splits(), lives(), identities(), roles(), costs(), swarms(), proofs())
	slices.SortFunc(all, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// UnknownError: there is no scenario of that name.
type UnknownError struct {
	Name string
	// Near are names that resemble it.
	Near []string
}

// Error names those that are near, or says how to list all.
func (e *UnknownError) Error() string {
	if len(e.Near) > 0 {
		return fmt.Sprintf("no scenario %q: did you mean %s? `hearsay sim -list` shows all", e.Name, strings.Join(e.Near, " or "))
	}
	return fmt.Sprintf("no scenario %q: `hearsay sim -list` shows all", e.Name)
}

// find returns the scenario of a name.
func find(name string) (Scenario, error) {
	var near []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		if name != "" && (strings.Contains(s.Name, name) || strings.Contains(name, s.Name) || oneEdit(s.Name, name)) {
			near = append(near, s.Name)
		}
	}
	return Scenario{}, &UnknownError{Name: name, Near: near}
}

// oneEdit tells whether one letter too few, too many, wrong or swapped lies
// between two words.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	start := 0
	for start < len(a) && a[start] == b[start] {
		start++
	}
	if len(a) < len(b) {
		return a[start:] == b[start+1:]
	}
	if start+1 < len(a) && a[start] == b[start+1] && a[start+1] == b[start] {
		return a[start+2:] == b[start+2:]
	}
	return start == len(a) || a[start+1:] == b[start+1:]
}
