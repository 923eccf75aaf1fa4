package report

import "fmt"

func joinSection() Section {
	return Section{
		Title: "Everyone joins through one seed",
		Text:  "All nodes start at one instant and know the first one only. Times are until the tables of all are equal and complete, and until the views are that they publish.",
		Metrics: []Metric{
			tablesAgree("started").spread("tables equal, s"), viewsAgree("started").spread("views equal, s"),
			show("KB sent by a node", kiloBytes.mean), deathsShown("false deaths"),
		},
		Lines: []Line{
			{Label: "n = 16", Scenario: "mass-join", Nodes: 16},
			{Label: "n = 128", Scenario: "mass-join", Nodes: 128},
			{Label: "n = 512", Scenario: "mass-join", Nodes: 512},
			{Label: "n = 2,000", Scenario: "mass-join:for=15s", Nodes: 2000, Seeds: 5, Slow: true},
		},
		Bars: []Bar{
			{What: "n = 128: all views equal within 2 s, every seed", Lines: []string{"n = 128"}, Of: viewsAgree("started").worst, Most: 2, Unit: "s"},
			{What: "n = 2,000: within 10 s, every seed", Lines: []string{"n = 2,000"}, Of: viewsAgree("started").worst, Most: 10, Unit: "s"},
		},
	}
}

const splitText = "The network falls into two sides and heals at one instant, from which on times count: until all tables are equal, and until the views " +
	"are that users have been told of. False deaths are of members of one's own side."

// healBars are what every split is held against.
func healBars() []Bar {
	why := map[string]string{lifeguard: lifeguardOutlives + "; a run ends with its first false death, so it has no time of agreement"}
	return []Bar{
		{What: "views equal within 10 s after the first link works", Of: viewsAgree("healed").worst, Most: 10, Unit: "s", Why: why},
		{What: "tables equal within 10 s", Of: tablesAgree("healed").worst, Most: 10, Unit: "s", Why: why},
		{What: "members of one's own side shown Dead while healing", Of: falseDeaths.sum, Most: 0, Why: why},
	}
}

func splitMetrics() []Metric {
	return []Metric{
		tablesAgree("healed").spread("tables equal, s"), viewsAgree("healed").spread("views equal, s"), deathsShown("false deaths"),
	}
}

func splitSection() Section {
	s := Section{Title: "Splits, and how they heal", Text: splitText, Metrics: splitMetrics(), Bars: healBars()}
	for _, d := range []struct{ name, param string }{{"a minute", "1m"}, {"an hour", "1h"}} {
		for _, n := range []int{4, 16, 128} {
			for _, share := range []struct{ name, param string }{{"50/50", "0.5"}, {"90/10", "0.1"}} {
				s.Lines = append(s.Lines, Line{
					Label:    fmt.Sprintf("%s for %s, %s", share.name, d.name, label(n)),
					Scenario: fmt.Sprintf("split:for=%s,share=%s", d.param, share.param), Nodes: n,
				})
			}
		}
	}
	s.Lines = append(s.Lines,
		Line{Label: "50/50 for a minute, n = 1,000", Scenario: "split:for=1m", Nodes: 1000, Seeds: 1, Slow: true},
		Line{Label: "50/50, split again while healing, n = 128", Scenario: "split:again=true", Nodes: 128},
	)
	return s
}

func weekSection() Section {
	return Section{
		Title: "Splits of a week", Text: splitText, Metrics: splitMetrics(), Bars: healBars(),
		Lines: []Line{
			{Label: "50/50 for a week, n = 16", Scenario: "split:for=168h", Nodes: 16, Seeds: 3, Slow: true},
			{Label: "90/10 for a week, n = 16", Scenario: "split:for=168h,share=0.1", Nodes: 16, Seeds: 3, Slow: true},
		},
	}
}

func nomadSection() Section {
	return Section{
		Title: "A member that changes all the time",
		Text: "One member of 16 changes its address, or restarts at a new one, 1,000 times, every 300 ms. Ousted are lives that found another process under " +
			"their id, or were removed by others.",
		Metrics: []Metric{
			tablesAgree("settled").spread("until all agree, s"), show("ousted", ousted.sum),
			crowding.spread("most entries for each live member"), deathsShown("false deaths"), show("failed", failures.sum),
		},
		Lines: []Line{
			{Label: "changes its address", Scenario: "nomad", Nodes: 16},
			{Label: "restarts at a new address", Scenario: "nomad:restart=true", Nodes: 16},
		},
		Bars: []Bar{
			{What: "conflicts and stops of its own making", Of: ousted.sum, Most: 0},
			{What: "table ≤ 2 × live members", Of: crowding.worst, Most: 2, Unit: "×"},
			{What: "ghosts: runs whose tables are not exactly those that live", Of: failures.sum, Most: 0},
		},
	}
}

func upgradeSection() Section {
	return Section{
		Title: "A rolling upgrade",
		Text: "Half of the nodes speak one wire version more, and write a field of OwnerPart that the others do not know, while members change, crash, " +
			"return and are split off. At the end the cluster is watched for 10 s.",
		Metrics: []Metric{
			tablesAgree("healed").spread("until all agree, s"), show("packets of anti-entropy when quiet", carriers("quiet", "reconcile").sum),
			show("not found", undetected.sum), deathsShown("false deaths"), show("failed", failures.sum),
		},
		Lines: []Line{
			{Label: "n = 16", Scenario: "mixed", Nodes: 16},
			{Label: "n = 128", Scenario: "mixed", Nodes: 128},
		},
		Bars: []Bar{
			{What: "runs that fail a rule, or whose roots are not equal at the end", Of: failures.sum, Most: 0, Why: map[string]string{lifeguard: lifeguardOutlives}},
			{What: "packets of anti-entropy when quiet", Of: carriers("quiet", "reconcile").sum, Most: 0},
		},
	}
}

// CPU time of one core, in virtual time: see speedSection.
var (
	speed = func(runs []Row) (float64, bool) {
		virtual, cpu := 0.0, 0.0
		for _, r := range runs {
			virtual, cpu = virtual+r.Result.VirtualSeconds, cpu+r.CPU
		}
		return virtual / cpu, cpu > 0
	}
	seedsPerMinute = func(runs []Row) (float64, bool) {
		cpu := 0.0
		for _, r := range runs {
			cpu += r.CPU
		}
		return float64(len(runs)) / cpu * 60, cpu > 0
	}
	// seedsInCI is what CI's two cores make of them: measured beside each other they
	// do 1.6 times what one does alone.
	seedsInCI = func(runs []Row) (float64, bool) {
		per, ok := seedsPerMinute(runs)
		return 1.6 * per, ok
	}
	minutes = func(runs []Row) (float64, bool) {
		per, ok := seedsPerMinute(runs)
		return 1 / per, ok
	}
	gigabytes = func(runs []Row) (float64, bool) {
		most := uint64(0)
		for _, r := range runs {
			most = max(most, r.Memory)
		}
		return float64(most) / 1e9, most > 0
	}
)

// speedSection is about the simulator itself. Its figures are of the machine on
// which the page was written.
func speedSection() Section {
	const large = "n = 10,000, 70 s with updates and crashes"
	return Section{
		Title: "The simulator itself",
		Text: "On the machine on which this page was written, on one core of it; memory is the most that the process had by then. In the swarm " +
			"every rule is checked after every step, and a third of the seeds write replicated state besides. CI runs it on two cores, " +
			"which do 1.6 times what one does: that is what its bar counts. At n = 10,000 the cluster starts converged; 20 s are quiet, five members change, and five are killed.",
		Metrics: []Metric{
			show("virtual seconds per second", speed), show("runs per minute", seedsPerMinute), show("GB", gigabytes), show("failed", failures.sum),
			detection.spread("crash to first Dead, s"), dissemination.spread("first Dead to all, s"), show("not found", undetected.sum),
		},
		Lines: []Line{
			{Label: "n = 1,000, a quiet minute", Scenario: "idle", Nodes: 1000},
			{Label: "n = 32, the swarm", Scenario: "swarm:small=false", Nodes: 32},
			{Label: large, Scenario: "large", Nodes: 10_000, Seeds: 1, Slow: true},
		},
		Bars: []Bar{
			{What: "≥ 50 virtual seconds per second at n = 1,000", Lines: []string{"n = 1,000, a quiet minute"}, Of: speed, Least: 50},
			{What: "≥ 300 seeds of n = 32 per minute, on the two cores of CI", Lines: []string{"n = 32, the swarm"}, Of: seedsInCI, Least: 300},
			{What: "n = 10,000: a run of 70 virtual seconds within 15 min", Lines: []string{large}, Of: minutes, Most: 15, Unit: "min"},
			{What: "the same, ≤ 20 GB", Lines: []string{large}, Of: gigabytes, Most: 20, Unit: "GB"},
			{What: "n = 10,000: crash to first Dead, median ≤ 5 s", Lines: []string{large}, Of: detection.middle, Most: 5, Unit: "s", Why: map[string]string{lifeguard: lifeguardGrows}},
			{What: "n = 10,000: first Dead to all ≤ 0.3 s", Lines: []string{large}, Of: dissemination.worst, Most: 0.3, Unit: "s"},
		},
	}
}

func stateSection() Section {
	return Section{
		Title: "Replicated state",
		Text: "Half of 100 nodes write ten times a second for two minutes, of a type that none of the nodes knows and all pass on, an observer among them, while " +
			"20 % of all datagrams are lost, nodes restart, and a fifth is split off; or while each node reaches its two neighbours only, at first. Then " +
			"every node must hold exactly what every owner that lives has written. Until all agree is counted from the end of loss.",
		Metrics: []Metric{tablesAgree("healed").spread("until all agree, s"), show("failed", failures.sum)},
		Lines: []Line{
			{Label: "everybody reaches everybody", Scenario: "state", Nodes: 100},
			{Label: "neighbours only", Scenario: "state:ring=true", Nodes: 100},
		},
		Detectors: []string{witness},
		Bars:      []Bar{{What: "runs in which a write is lost, or copies differ", Of: failures.sum, Most: 0}},
	}
}

func rolesSection() Section {
	return Section{
		Title: "Observers, quarantine, consensus",
		Text: "Three of 16 nodes only observe; two nodes keep out two others for half a minute; two nodes ask for the word that all see what they see, and must " +
			"have it within 5 s of the last change. Rules: an observer is in no table; who is kept out is shown by nobody who does, and by all others; the word " +
			"is never given too early.",
		Metrics: []Metric{show("failed", failures.sum), deathsShown("false deaths")},
		Lines: []Line{
			{Label: "observers", Scenario: "observers", Nodes: 16},
			{Label: "quarantine", Scenario: "quarantine", Nodes: 16},
			{Label: "consensus", Scenario: "consensus", Nodes: 16},
		},
		Detectors: []string{witness},
		Bars:      []Bar{{What: "runs in which one of these rules is broken", Of: failures.sum, Most: 0}},
	}
}
