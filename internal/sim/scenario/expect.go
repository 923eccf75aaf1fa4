package scenario

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/membership"
)

// converged: the tables of all running nodes are equal, hold exactly those that
// run, and every node has joined.
func converged() Expectation {
	return Expectation{"converged", func(c *sim.Cluster) error {
		if !c.Agreed() {
			return errors.New(disagreement(c))
		}
		seen := make(map[uint64]bool)
		for _, n := range c.Nodes() {
			if !n.Running() {
				continue
			}
			if !n.Joined() {
				return fmt.Errorf("%s has not joined after %v", n.ID(), n.Uptime())
			}
			if err := showsAll(c, n, seen); err != nil {
				return err
			}
		}
		return nil
	}}
}

// showsAll holds a node's view against who runs. Views of one hash have the same
// members: of those seen before the statuses alone are looked at.
func showsAll(c *sim.Cluster, n *sim.Node, seen map[uint64]bool) error {
	view := n.Coordinator().View()
	if view.Len() != c.Members() {
		return fmt.Errorf("%s shows %d live members where %d run", n.ID(), view.Len(), c.Members())
	}
	for m := range view.Members() {
		if !seen[view.Hash] && c.LifeOf(m) == nil {
			return fmt.Errorf("%s shows %s as %v at generation %x, which does not run", n.ID(), m.ID, m.Status, m.Generation)
		}
		if m.Status == membership.StatusJoining {
			return fmt.Errorf("%s still shows %s as joining", n.ID(), m.ID)
		}
	}
	seen[view.Hash] = true
	return nil
}

// disagreement says how tables differ, in a few words.
func disagreement(c *sim.Cluster) string {
	sizes := map[int]int{}
	roots := map[uint64]int{}
	example := ""
	for _, n := range c.Nodes() {
		if !n.Running() {
			continue
		}
		table := n.Coordinator().Table()
		sizes[table.LiveCount()]++
		roots[table.Root()]++
		if example == "" && table.LiveCount() != c.Members() {
			example = fmt.Sprintf("%s knows %d live members", n.ID(), table.LiveCount())
		}
	}
	text := fmt.Sprintf("%d nodes run, with %d different tables", c.Running(), len(roots))
	if example != "" {
		text += "; " + example
	}
	return text
}

// detected: every crash was found by all, within a time after it; 0 is any.
func detected(within time.Duration) Expectation {
	return Expectation{"crashes detected", func(c *sim.Cluster) error {
		for _, crash := range c.Crashes() {
			switch {
			case crash.Void:
			case crash.First == 0:
				return fmt.Errorf("%s crashed at %v and nobody has noticed", crash.Node.ID(), time.Duration(crash.At))
			case crash.All == 0:
				return fmt.Errorf("%s crashed at %v and not everyone has noticed", crash.Node.ID(), time.Duration(crash.At))
			case within > 0 && crash.First.Sub(crash.At) > within:
				return fmt.Errorf("%s crashed at %v and was found after %v, more than %v",
					crash.Node.ID(), time.Duration(crash.At), crash.First.Sub(crash.At), within)
			}
		}
		return nil
	}}
}

// noFalseDeaths: no healthy member that could be heard was shown Dead.
func noFalseDeaths() Expectation {
	return Expectation{"no false deaths", func(c *sim.Cluster) error {
		if f := c.FalseDeaths(); f.Healthy > 0 {
			return fmt.Errorf("healthy members were shown Dead %d times, %d of them by healthy ones", f.Healthy, f.AtHealthy)
		}
		return nil
	}}
}

// noFalseDeathsByHealthy: no healthy member was shown Dead by a healthy one.
func noFalseDeathsByHealthy() Expectation {
	return Expectation{"no false deaths by healthy members", func(c *sim.Cluster) error {
		if f := c.FalseDeaths(); f.AtHealthy > 0 {
			return fmt.Errorf("healthy members showed healthy members Dead %d times", f.AtHealthy)
		}
		return nil
	}}
}

// quiet: in a window of the run nothing was sent but probes and their answers,
// and the knocks on the dead and on silent seeds, which go on for ever.
func quiet(window string) Expectation {
	return Expectation{"quiet", func(c *sim.Cluster) error {
		for _, w := range c.Windows() {
			if w.Name != window {
				continue
			}
			knocks := knocksIn(c, w.To.Sub(w.From))
			for _, bound := range []struct {
				part sim.Part
				most uint64
			}{{sim.PartReconcile, 0}, {sim.PartAccusations, knocks}, {sim.PartRecords, knocks}, {sim.PartJoin, knocks}} {
				if sent := w.Traffic.Carriers[bound.part]; sent > bound.most {
					return fmt.Errorf("%d packets with %v in the quiet window, where there is reason for at most %d", sent, bound.part, bound.most)
				}
			}
			return nil
		}
		return fmt.Errorf("BUG: no window %q", window)
	}}
}

// knocksIn bounds the knocks in a time: min(k/4, 2) a second for k whom nobody
// reaches, and as much again for chance.
func knocksIn(c *sim.Cluster, d time.Duration) uint64 {
	missing := 0
	for _, n := range c.Nodes() {
		if n.Running() {
			dead := 0
			for m := range n.Coordinator().View().Gone() {
				if m.Status == membership.StatusDead {
					dead++
				}
			}
			missing = max(missing, dead)
		}
	}
	for _, n := range c.Nodes()[:c.Options().Seeds] {
		if !n.Running() {
			missing++
		}
	}
	if missing == 0 {
		return 0
	}
	return uint64(2*min(float64(missing)/4, 2)*d.Seconds()) + 5
}

// seenByAll: every update was seen by every node.
func seenByAll() Expectation {
	return Expectation{"updates seen", func(c *sim.Cluster) error {
		for _, u := range c.Updates() {
			if !u.Done() {
				return fmt.Errorf("the update of %s at %v was seen by %d nodes and not by all", u.Node.ID(), time.Duration(u.At), len(u.Seen))
			}
		}
		return nil
	}}
}

// agreedWithin: after a mark, all nodes agreed within a time.
func agreedWithin(mark string, within time.Duration) Expectation {
	return Expectation{"agreed after " + mark, func(c *sim.Cluster) error {
		for _, m := range c.Marks() {
			switch {
			case m.Name != mark:
			case m.Agreed == 0:
				return fmt.Errorf("no agreement after %v: %s", time.Duration(m.At), disagreement(c))
			case within > 0 && m.Agreed.Sub(m.At) > within:
				return fmt.Errorf("agreement took %v, more than %v", m.Agreed.Sub(m.At), within)
			}
		}
		return nil
	}}
}

// superseded: of processes with one id one is left.
func superseded() Expectation {
	return Expectation{"one process for each id", func(c *sim.Cluster) error {
		running := map[string]int{}
		for _, n := range c.Nodes() {
			if n.Running() {
				running[n.ID()]++
			}
		}
		for _, n := range c.Nodes() {
			if running[n.ID()] > 1 {
				return fmt.Errorf("%d processes run as %s", running[n.ID()], n.ID())
			}
		}
		return nil
	}}
}

// nobodyOusted: no node found itself superseded or removed by others.
func nobodyOusted() Expectation {
	return Expectation{"nobody ousted", func(c *sim.Cluster) error {
		if superseded, evicted := c.Ousted(); superseded+evicted > 0 {
			return fmt.Errorf("%d nodes were superseded and %d evicted", superseded, evicted)
		}
		return nil
	}}
}

// tablesWithin: no table ever had more entries for each live member.
func tablesWithin(most float64) Expectation {
	return Expectation{"small tables", func(c *sim.Cluster) error {
		if crowding := c.Crowding(); crowding > most {
			return fmt.Errorf("a table had %.1f entries for each live member, more than %.1f", crowding, most)
		}
		return nil
	}}
}

// nobodyDied: nobody was shown Dead by anybody.
func nobodyDied() Expectation {
	return Expectation{"nobody died", func(c *sim.Cluster) error {
		if deaths := c.Deaths(); len(deaths) > 0 {
			return fmt.Errorf("%s showed %s Dead at %v", deaths[0].Observer, deaths[0].Subject, time.Duration(deaths[0].At))
		}
		return nil
	}}
}
