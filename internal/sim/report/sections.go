package report

import "fmt"

// Sections returns what docs/protocol-results.md has.
func Sections() []Section {
	return []Section{
		crashSection(), burstSection(), crowdedCrashSection(),
		matrixSection("blocked", "Input and output of C members block for D and are free for I, while their timers run"),
		matrixSection("stalled", "The whole process of C members stands still for D and runs for I"),
		smallSection(), badLinkSection(), lossSection(), updateSection(), quietSection(), repairSection(),
		joinSection(), splitSection(), weekSection(), nomadSection(), upgradeSection(), stateSection(), rolesSection(), speedSection(),
	}
}

const (
	witness   = "witness"
	lifeguard = "lifeguard"
)

// Detectors are those that the page holds side by side.
var Detectors = []string{witness, lifeguard}

// lifeguardOutlives is why members that were split off, or whose links were bad,
// are declared dead when all is well again.
const lifeguardOutlives = "a suspicion that nobody confirms lasts for 24·log₁₀ n periods: one that was formed while links were broken ends after they work again, " +
	"where the suspected has not heard of it meanwhile"

// thirdWitness is why some crashes are found late at any size, and shownLate why
// some members show one late.
const (
	thirdWitness = "a case needs three accusers, and where probes were lost or their helpers dead, too, the third is found a period or two after the first"
	shownLate    = "who has heard of a death shows it at its next gossip interval, up to 200 ms later, and the last of a thousand hears of it later than the first"
)

// fewRuns is why a count is not reached.
var fewRuns = map[string]string{
	witness: "there was time for fewer runs on the machine that wrote this page", lifeguard: "there was time for fewer runs on the machine that wrote this page",
}

// lifeguardGrows is why a suspicion of Lifeguard's lasts longer the more members
// there are.
const lifeguardGrows = "its suspicions last for 4·log₁₀ n periods at least, and it has no tolerance that could be set to 3 s"

func crashSection() Section {
	s := Section{
		Title: "A crash is found",
		Text: "One process after the other is killed, at a random instant of the period, and started again 15 s later; at n = 1,000 it stays away, and the next " +
			"is killed after 10 s. Times are those of the events that nodes publish; what was not found before the process was back counts as not found.",
		Metrics: []Metric{
			show("crashes", crashCount.sum), detection.spread("crash to first Dead, s"), dissemination.spread("first Dead to all, s"),
			show("not found", undetected.sum), deathsShown("false deaths"),
		},
	}
	for _, n := range []int{2, 3, 4, 8, 16, 128} {
		s.Lines = append(s.Lines, Line{Label: label(n), Scenario: "crash:times=25,gap=20s", Nodes: n})
	}
	s.Lines = append(s.Lines, Line{Label: label(1000), Scenario: "crash:times=25,gap=10s,return=false", Nodes: 1000})
	sizes := []string{label(16), label(128), label(1000)}
	small := []string{label(2), label(3), label(4), label(8)}
	why := map[string]string{lifeguard: lifeguardGrows}
	late := map[string]string{lifeguard: lifeguardGrows, witness: thirdWitness}
	tail := map[string]string{witness: shownLate, lifeguard: shownLate}
	alone := map[string]string{lifeguard: "a node that has but one other to probe, and is not answered, finds itself unwell and probes the less"}
	s.Bars = []Bar{
		{What: "crash to first Dead, n = 16 / 128 / 1,000, median ≤ 5 s", Lines: sizes, Of: detection.middle, Most: 5, Unit: "s", Why: why},
		{What: "the same, 99th percentile ≤ 8.5 s", Lines: sizes, Of: detection.at(0.99), Most: 8.5, Unit: "s", Why: late},
		{What: "the median at n = 1,000 is at most 1.25 × that at 16", Across: growth(label(16), label(1000)), Most: 1.25, Unit: "×", Why: why},
		{What: "crashes at n = 16 / 128 / 1,000, ≥ 500", Lines: sizes, Of: crashCount.sum, Least: 500, Why: fewRuns},
		{What: "first Dead to all, every crash ≤ 0.3 s", Lines: sizes, Of: dissemination.worst, Most: 0.3, Unit: "s", Why: tail},
		{What: "n = 2 / 3 / 4 / 8: crash to first Dead, median ≤ 5 s", Lines: small, Of: detection.middle, Most: 5, Unit: "s", Why: alone},
		{What: "the same, 99th percentile ≤ 8.5 s", Lines: small, Of: detection.at(0.99), Most: 8.5, Unit: "s", Why: alone},
		{What: "crashes that nobody found, and false deaths", Of: plus(undetected, falseDeaths), Most: 0, Why: map[string]string{
			lifeguard: "some suspicions last for longer than the crashed process stays away",
		}},
	}
	return s
}

// label names a size.
func label(n int) string {
	if n >= 1000 {
		return fmt.Sprintf("n = %d,%03d", n/1000, n%1000)
	}
	return fmt.Sprintf("n = %d", n)
}

// growth is by how much the median of detection is longer at one size than at
// another.
func growth(from, to string) func(line func(string) []Row) (float64, bool) {
	return func(line func(string) []Row) (float64, bool) {
		small, ok := detection.middle(line(from))
		large, also := detection.middle(line(to))
		return large / small, ok && also
	}
}

// plus adds up two counts over all runs.
func plus(a, b values) func(runs []Row) (float64, bool) {
	return func(runs []Row) (float64, bool) {
		x, ok := a.sum(runs)
		y, also := b.sum(runs)
		return x + y, ok && also
	}
}

func burstSection() Section {
	return Section{
		Title: "Many crashes at once",
		Text: "Found is when the last of them was found by the first node. Topology updates are those that tell of deaths, with a TopologyInterval of 2 s, " +
			"at the node where they were most.",
		Metrics: []Metric{
			lastFound.spread("all found, s"), dissemination.spread("first Dead to all, s"), obituaries.spread("topology updates"),
			show("not found", undetected.sum), deathsShown("false deaths"),
		},
		Lines: []Line{
			{Label: "10 of 1,000", Scenario: "massacre:count=10,topology=2s", Nodes: 1000},
			{Label: "a third of 128", Scenario: "massacre:share=0.33,topology=2s", Nodes: 128},
		},
		Bars: []Bar{
			{What: "10 of 1,000: all found, median of the runs ≤ 8 s", Lines: []string{"10 of 1,000"}, Of: lastFound.middle, Most: 8, Unit: "s", Why: map[string]string{lifeguard: lifeguardGrows, witness: thirdWitness}},
			{What: "the same, every run ≤ 11 s", Lines: []string{"10 of 1,000"}, Of: lastFound.worst, Most: 11, Unit: "s", Why: map[string]string{lifeguard: lifeguardGrows, witness: thirdWitness}},
			{What: "told in at most 3 topology updates", Lines: []string{"10 of 1,000"}, Of: obituaries.worst, Most: 3},
			{What: "crashes that nobody found, and false deaths", Of: plus(undetected, falseDeaths), Most: 0},
		},
	}
}

func crowdedCrashSection() Section {
	return Section{
		Title:   "A crash among the ill",
		Text:    "A healthy member is killed while C members are ill for D = 16 s with I = 64 ms between; n = 128, 40 s.",
		Metrics: []Metric{detection.spread("crash to first Dead, s"), show("not found", undetected.sum), deathsShown("false deaths")},
		Lines: []Line{
			{Label: "16 blocked", Scenario: "blocked:c=16,crash=true,for=40s", Nodes: 128},
			{Label: "32 blocked", Scenario: "blocked:c=32,crash=true,for=40s", Nodes: 128},
			{Label: "16 stalled", Scenario: "stalled:c=16,crash=true,for=40s", Nodes: 128},
			{Label: "32 stalled", Scenario: "stalled:c=32,crash=true,for=40s", Nodes: 128},
		},
		Bars: []Bar{{What: "crashes that nobody found, and false deaths", Of: plus(undetected, falseDeaths), Most: 0}},
	}
}

// matrixSection is Lifeguard's matrix: C members ill for D, well for I.
func matrixSection(kind, what string) Section {
	s := Section{
		Title: "False deaths while members are " + kind,
		Text: what + ", all of them at the same times, for half a minute or until the anomaly is over that began in it; n = 128. A death of a healthy " +
			"member counts once for each observer and incarnation; in brackets: those shown by healthy observers.",
		Metrics: []Metric{deathsShown("False deaths of healthy members")},
		Bars: []Bar{{
			What: "false deaths of healthy members, in every cell", Of: falseDeaths.sum, Most: 0,
			Why: map[string]string{lifeguard: "an ill member's own timers run out while it hears nothing, and it declares others dead; a buddy's word comes too late"},
		}},
	}
	for _, i := range []string{"1ms", "256ms", "16s"} {
		s.Variants = append(s.Variants, Variant{"I = " + i, "i=" + i})
	}
	for _, c := range []int{1, 4, 16, 32} {
		for _, d := range []string{"500ms", "2s", "8s", "16s", "32s"} {
			s.Lines = append(s.Lines, Line{
				Label: fmt.Sprintf("C = %d, D = %s", c, d), Nodes: 128, Scenario: fmt.Sprintf("%s:c=%d,d=%s,for=30s", kind, c, d),
			})
		}
	}
	return s
}

func smallSection() Section {
	s := Section{
		Title: "Pauses in small clusters",
		Text: "One of few members is blocked or stalled for less than the pause tolerance, again and again, for two minutes; after 1 ms, 1 s or 16 s it " +
			"pauses again. Nobody should be shown Dead: in all, false deaths of the others; of the ill one, in brackets those of it.",
		Metrics: []Metric{{"False deaths of the healthy (of the ill one)", func(runs []Row) string {
			healthy, ok := falseDeaths.sum(runs)
			ill, _ := ownDeaths.sum(runs)
			if !ok {
				return none
			}
			return fmt.Sprintf("%s (%s)", number(healthy), number(ill))
		}}},
		Bars: []Bar{
			{What: "false deaths of healthy members, pauses of 0.5 s and 2 s", Of: falseDeaths.sum, Most: 0},
		},
	}
	for _, i := range []string{"1ms", "1s", "16s"} {
		s.Variants = append(s.Variants, Variant{"I = " + i, "i=" + i})
	}
	for _, kind := range []string{"blocked", "stalled"} {
		for _, n := range []int{2, 3, 4, 8} {
			for _, d := range []string{"500ms", "2s"} {
				s.Lines = append(s.Lines, Line{
					Label: fmt.Sprintf("%s, %s, D = %s", kind, label(n), d), Nodes: n, Scenario: fmt.Sprintf("%s:c=1,d=%s", kind, d),
				})
			}
		}
	}
	return s
}
