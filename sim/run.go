package sim

import (
	"fmt"
	"math"
	"time"
)

// rule is something of the test's that must hold throughout.
type rule struct {
	name  string
	holds func() error
}

// Always adds a rule of the test's own, which is asked now and after every instant
// at which something happened: an error of it ends the run with a Failure of that
// name. It must change nothing.
func (c *Cluster) Always(name string, holds func() error) {
	c.rules = append(c.rules, rule{name, holds})
	c.askRules()
}

// Run lets a time pass; 0 is what is due now. Its error is a *Failure, or a mistake
// in what was done to the cluster. A run that has ended so stays ended, and the
// error is the same from then on.
func (c *Cluster) Run(d time.Duration) error {
	if d < 0 {
		c.fail(fmt.Errorf("sim: Run(%v): give 0 or more", d))
	}
	return c.run(d, nil)
}

// Until runs until a condition holds, and returns at the first instant at which it
// does. The condition is asked before anything is run and whenever something has
// happened; it must change nothing. ErrNotReached says that it did not come to
// hold within that time, and who saw whom then; other errors are those of Run.
func (c *Cluster) Until(holds func() bool, within time.Duration) error {
	if within <= 0 {
		c.fail(fmt.Errorf("sim: Until(…, %v): give the longest time to wait, more than 0", within))
	}
	if err := c.run(0, nil); err != nil || holds() {
		return err
	}
	reached := false
	err := c.run(within, func() bool { reached = holds(); return !reached })
	if err != nil || reached || holds() {
		return err
	}
	return fmt.Errorf("sim: seed %d: after %v: %w within %v: %s", c.seed, c.Now(), ErrNotReached, within, c.whoSeesWhom())
}

// horizon is the end of virtual time, 292 years after its beginning.
const horizon = time.Duration(math.MaxInt64 - 1)

// run lets a time pass, or less if goOn says so.
func (c *Cluster) run(d time.Duration, goOn func() bool) error {
	if c.running {
		c.fail(ErrReentered)
	}
	if c.err != nil {
		return c.err
	}
	c.running = true
	defer func() { c.running = false }()
	c.sim.Later(0, func() error { return nil }) // what the test did is something that happened
	err := c.sim.RunWhile(c.Now()+min(d, horizon-c.Now()), func() bool {
		c.settle()
		return c.err == nil && (goOn == nil || goOn())
	})
	c.fail(c.failed(err))
	if err := c.sim.Log().Err(); err != nil {
		c.fail(fmt.Errorf("sim: Options.Log: %w", err))
	}
	return c.err
}

// settle has the services handle what they were told of, and asks the rules.
func (c *Cluster) settle() {
	for len(c.told) > 0 {
		next := c.told[0]
		c.told = c.told[1:]
		next.handle()
	}
	c.askRules()
}

func (c *Cluster) askRules() {
	for _, r := range c.rules {
		if c.err != nil {
			return
		}
		if err := r.holds(); err != nil {
			c.fail(c.broken(r.name, err))
		}
	}
}

// Check holds every node and every rule to account now, and returns how the run
// has failed; nil if it has not. In clusters of more than 32 nodes the rules of the
// protocol are looked at once a period, and a test may want to end with it.
func (c *Cluster) Check() error {
	if err := c.run(0, nil); err != nil {
		return err
	}
	c.fail(c.failed(c.sim.Look()))
	return c.err
}

// At has something done at a time since the beginning of the run: a fault, say, or
// a deed of the test's. What lies in the past is done when the run goes on.
func (c *Cluster) At(at time.Duration, do func()) {
	c.sim.Later(max(at-c.Now(), 0), func() error { do(); return c.err })
}
