package scenario

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/check"
)

// Request says what to run.
type Request struct {
	// Scenario is a name, with parameters: "crash:times=3".
	Scenario string
	// Nodes is the size; 0 is the scenario's own.
	Nodes int
	Seed  uint64
	// Detector is the failure detector; empty is the protocol's own choice.
	Detector string
	// Log receives the event log, with a line for each datagram if Packets.
	Log     io.Writer
	Packets bool
	// Samples is how many samples a plot gets; 0 is no plot.
	Samples int
	// Unchecked runs without rules, for measuring speed.
	Unchecked bool
	// Progress, if set, is called now and then with how far the run is, 0 to 1.
	Progress func(done float64)
}

// Validate returns everything that is wrong with r, joined, before anything
// runs.
func (r Request) Validate() error {
	_, _, _, err := r.plan()
	return err
}

// plan lays the run out.
func (r Request) plan() (Scenario, Plan, sim.Options, error) {
	s, values, err := parse(r.Scenario)
	problems := []error{err}
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		return s, Plan{}, sim.Options{}, err
	}
	nodes := r.Nodes
	if nodes == 0 {
		nodes = s.Nodes
	}
	if nodes < s.Least || nodes > sim.MaxNodes {
		problems = append(problems, fmt.Errorf("scenario %s with %d nodes: give %d to %d", s.Name, nodes, s.Least, sim.MaxNodes))
	}
	if !slices.Contains(sim.Detectors, r.Detector) && r.Detector != "" {
		problems = append(problems, fmt.Errorf("no detector %q: there are %s", r.Detector, strings.Join(sim.Detectors, ", ")))
	}
	if err := errors.Join(problems...); err != nil {
		return s, Plan{}, sim.Options{}, err
	}
	p := s.Plan(Args{Nodes: nodes, Seed: r.Seed, value: values})
	o := p.Options
	if o.Nodes == 0 {
		o.Nodes = nodes
	}
	o.Seed, o.Detector = r.Seed, r.Detector
	o.Log, o.Packets = r.Log, r.Packets
	if o.Checkers == nil {
		o.Checkers = check.All
	}
	if r.Unchecked {
		o.Checking = sim.CheckNever
	}
	if r.Samples > 0 {
		o.Sample = max(p.Length/time.Duration(r.Samples), time.Millisecond)
	}
	return s, p, o, o.Validate()
}

// Repeat returns the command that runs it again.
func (r Request) Repeat() string {
	command := "hearsay sim -scenario " + r.Scenario
	if r.Nodes > 0 {
		command += fmt.Sprintf(" -nodes %d", r.Nodes)
	}
	command += fmt.Sprintf(" -seeds %d", r.Seed)
	if r.Detector != "" {
		command += " -detector " + r.Detector
	}
	return command
}

// progressSteps is how often Progress is called in a run.
const progressSteps = 200

// Run runs a scenario. A rule or an expectation that does not hold is in the
// result; the error is a mistake of the request.
func Run(r Request) (Result, error) {
	s, p, options, err := r.plan()
	if err != nil {
		return Result{}, err
	}
	c, err := sim.New(options)
	if err != nil {
		return Result{}, err
	}
	for _, entry := range p.Timeline {
		c.At(entry.At, entry.Do)
	}
	failure, err := r.run(c, p)
	if err != nil {
		return Result{}, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	if failure != nil {
		failure.Repeat = r.Repeat()
	}
	return newResult(s, r, c, failure), c.Log().Err()
}

// run runs the plan to its end, and holds it against what was expected.
func (r Request) run(c *sim.Cluster, p Plan) (*sim.Failure, error) {
	for i := 1; i <= progressSteps; i++ {
		if err := c.Run(p.Length * time.Duration(i) / progressSteps); err != nil {
			return asFailure(err)
		}
		if r.Progress != nil {
			r.Progress(float64(i) / progressSteps)
		}
	}
	if err := c.End(); err != nil {
		return asFailure(err)
	}
	for _, e := range p.Expect {
		if err := c.Expect(e.Name, e.Holds(c)); err != nil {
			return asFailure(err)
		}
	}
	return nil, nil
}

// asFailure tells a broken rule, which is a result, from a mistake.
func asFailure(err error) (*sim.Failure, error) {
	var failure *sim.Failure
	if errors.As(err, &failure) {
		return failure, nil
	}
	return nil, err
}
