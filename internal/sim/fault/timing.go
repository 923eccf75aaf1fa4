package fault

import (
	"fmt"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
)

// Every repeats something at equal distances, the first time at once, until an
// instant of the run.
type Every struct {
	Interval time.Duration
	Until    time.Duration
	Do       sim.Fault
}

// Apply does it and plans the next time.
func (f Every) Apply(c *sim.Cluster) error {
	if f.Interval <= 0 {
		return fmt.Errorf("fault: Every needs an Interval above 0, not %v", f.Interval)
	}
	if c.Now()+f.Interval < f.Until {
		c.After(f.Interval, f)
	}
	return f.Do.Apply(c)
}

// String says what is repeated.
func (f Every) String() string { return fmt.Sprintf("every %v: %v", f.Interval, f.Do) }

// All does several things at one instant, in order.
type All []sim.Fault

// Apply does them.
func (f All) Apply(c *sim.Cluster) error {
	for _, one := range f {
		if err := one.Apply(c); err != nil {
			return err
		}
	}
	return nil
}

// String lists them.
func (f All) String() string {
	texts := make([]string, len(f))
	for i, one := range f {
		texts[i] = one.String()
	}
	return strings.Join(texts, "; ")
}

// Mark begins to measure how long it takes until all running nodes agree.
type Mark struct{ Name string }

// Apply begins.
func (f Mark) Apply(c *sim.Cluster) error { c.Mark(f.Name); return nil }

// String names the measurement.
func (f Mark) String() string { return "mark " + f.Name }

// Measure counts traffic for a time.
type Measure struct {
	Name string
	For  time.Duration
}

// Apply begins and plans the end.
func (f Measure) Apply(c *sim.Cluster) error {
	c.Measure(f.Name)
	c.After(f.For, endMeasure{f.Name})
	return nil
}

// String names the measurement.
func (f Measure) String() string { return fmt.Sprintf("measure %s for %v", f.Name, f.For) }

type endMeasure struct{ name string }

func (f endMeasure) Apply(c *sim.Cluster) error { c.EndMeasure(f.name); return nil }

func (f endMeasure) String() string { return "end of measure " + f.name }
