package report

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/internal/sim/scenario"
)

// Sections returns what docs/protocol-results.md has.
func Sections() []Section {
	sections := []Section{crashSection(), burstSection()}
	sections = append(sections, matrixSections()...)
	return append(sections,
		anomalyDetectionSection(), badLinkSection(), lossSection(), updateSection(),
		quietSection(), repairSection(), joinSection(), splitSection(), nomadSection(), mixedSection())
}

func crashSection() Section {
	s := Section{
		Title: "A crash is found",
		Text: "One process after the other is killed, at a random instant of the period, found, and started again. Times are those of the events " +
			"that a node publishes. Restarts are not counted.",
		Metrics: []Metric{crashCount(), detection(), dissemination(), undetected()},
	}
	for _, n := range []int{2, 3, 4, 8, 16, 128, 1000} {
		s.Lines = append(s.Lines, Line{Label: fmt.Sprintf("n = %d", n), Scenario: "crash:times=25,gap=40s", Nodes: n})
	}
	return s
}

func burstSection() Section {
	return Section{
		Title:   "Many crashes at once",
		Text:    "Times are until the first and until the last of them is shown Dead by the first node.",
		Metrics: []Metric{detection(), dissemination(), undetected(), falseDeaths()},
		Lines: []Line{
			{Label: "10 of 1,000", Scenario: "massacre:count=10", Nodes: 1000},
			{Label: "a third of 128", Scenario: "massacre:share=0.33", Nodes: 128},
			{Label: "a third of 1,000", Scenario: "massacre:share=0.33", Nodes: 1000, Seeds: 5},
		},
	}
}

// matrixSections are Lifeguard's matrix: C members ill for D, well for I.
func matrixSections() []Section {
	var sections []Section
	for _, kind := range []struct{ name, what string }{
		{"blocked", "Input and output of C members block for D and are free for I, while their timers run"},
		{"stalled", "The whole process of C members stands still for D and runs for I"},
	} {
		s := Section{
			Title:   "False deaths while members are " + kind.name,
			Text:    kind.what + "; n = 128, two minutes, all at the same times. A death of a healthy member counts once for each observer and incarnation; in brackets: those shown by healthy observers. Nothing is lost.",
			Metrics: []Metric{falseDeaths()},
		}
		for _, i := range []string{"1ms", "64ms", "1s", "4s", "16s"} {
			s.Variants = append(s.Variants, Variant{"I = " + i, "i=" + i})
		}
		for _, c := range []int{1, 4, 16, 32} {
			for _, d := range []string{"500ms", "2s", "8s", "16s", "32s"} {
				s.Lines = append(s.Lines, Line{
					Label: fmt.Sprintf("C = %d, D = %s", c, d), Nodes: 128, Scenario: fmt.Sprintf("%s:c=%d,d=%s", kind.name, c, d),
				})
			}
		}
		sections = append(sections, s)
	}
	return sections
}

func anomalyDetectionSection() Section {
	return Section{
		Title:   "A crash among the ill",
		Text:    "A healthy member is killed while C members are ill for D = 16 s with I = 64 ms between; n = 128.",
		Metrics: []Metric{detection(), undetected(), falseDeaths()},
		Lines: []Line{
			{Label: "16 blocked", Scenario: "blocked:c=16,crash=true", Nodes: 128},
			{Label: "32 blocked", Scenario: "blocked:c=32,crash=true", Nodes: 128},
			{Label: "16 stalled", Scenario: "stalled:c=16,crash=true", Nodes: 128},
			{Label: "32 stalled", Scenario: "stalled:c=32,crash=true", Nodes: 128},
		},
	}
}

func badLinkSection() Section {
	return Section{
		Title: "Members with bad links",
		Text: "1 % of the members, at least one, for five minutes: what they receive, send or both is lost with 80 %; or nothing reaches them for 20 s " +
			"of every 40 s (Rapid, ATC'18, §7). Until all agree is counted from the end of it.",
		Metrics: []Metric{falseDeaths(), impairedDeaths(), mostChanges(), agreement("well")},
		Lines: []Line{
			{Label: "80 % of what they receive, n = 128", Scenario: "bad-links", Nodes: 128},
			{Label: "80 % of what they send, n = 128", Scenario: "bad-links:in=false,out=true", Nodes: 128},
			{Label: "80 % of both, n = 128", Scenario: "bad-links:out=true", Nodes: 128},
			{Label: "80 % of what they receive, n = 1,000", Scenario: "bad-links", Nodes: 1000, Seeds: 5},
			{Label: "one-way flip-flop, n = 128", Scenario: "flip-flop", Nodes: 128},
			{Label: "one-way flip-flop, n = 1,000", Scenario: "flip-flop", Nodes: 1000, Seeds: 5},
		},
	}
}

func lossSection() Section {
	s := Section{
		Title:    "Loss everywhere, for ten minutes",
		Text:     "Every link loses a share of all datagrams, in both directions.",
		Variants: []Variant{{"5 %", "share=0.05"}, {"20 %", "share=0.2"}, {"25 %", "share=0.25"}},
		Metrics:  []Metric{falseDeaths(), bytesIn("loss")},
	}
	for _, n := range []int{16, 64, 128} {
		s.Lines = append(s.Lines, Line{Label: fmt.Sprintf("n = %d", n), Scenario: "loss", Nodes: n})
	}
	s.Lines = append(s.Lines, Line{Label: "n = 1,000", Scenario: "loss", Nodes: 1000, Seeds: 3})
	return s
}

func updateSection() Section {
	return Section{
		Title: "An update is seen",
		Text:  "A member changes what it says of itself; until half, 99 % and all of the others have it in their tables.",
		Metrics: []Metric{
			updateSeen("half", func(u scenario.UpdateResult) float64 { return u.Half }),
			updateSeen("99 %", func(u scenario.UpdateResult) float64 { return u.P99 }),
			updateSeen("all", func(u scenario.UpdateResult) float64 { return u.All }),
		},
		Lines: []Line{
			{Label: "n = 128", Scenario: "update", Nodes: 128},
			{Label: "n = 1,000", Scenario: "update", Nodes: 1000},
			{Label: "n = 10,000", Scenario: "update:times=5", Nodes: 10_000, Seeds: 1},
		},
	}
}

func quietSection() Section {
	s := Section{
		Title:   "Quiet",
		Text:    "A converged cluster in which nothing happens, for a minute. Bytes are those of envelopes, without framing and seal.",
		Metrics: []Metric{packetsIn("quiet"), bytesIn("quiet")},
	}
	for _, n := range []int{2, 16, 128, 1000} {
		s.Lines = append(s.Lines, Line{Label: fmt.Sprintf("n = %d", n), Scenario: "quiet", Nodes: n, Seeds: 5})
	}
	s.Lines = append(s.Lines, Line{Label: "n = 10,000", Scenario: "idle", Nodes: 10_000, Seeds: 1})
	return s
}

func repairSection() Section {
	s := Section{
		Title:   "Anti-entropy",
		Text:    "One node knows d members in an older version, and no rumour is on its way. Bytes are those of the comparison and of records, of all nodes together.",
		Metrics: []Metric{repairBytes("repair"), agreement("begin")},
	}
	for _, n := range []int{128, 1000} {
		for _, d := range []int{1, 10, 100} {
			s.Lines = append(s.Lines, Line{Label: fmt.Sprintf("n = %d, d = %d", n, d), Scenario: fmt.Sprintf("repair:d=%d", d), Nodes: n})
		}
	}
	return s
}

func joinSection() Section {
	return Section{
		Title:   "Everyone joins through one seed",
		Text:    "All nodes start at one instant and know the first one only.",
		Metrics: []Metric{agreement("started"), bytesPerNode(), falseDeaths()},
		Lines: []Line{
			{Label: "n = 16", Scenario: "mass-join", Nodes: 16},
			{Label: "n = 128", Scenario: "mass-join", Nodes: 128},
			{Label: "n = 512", Scenario: "mass-join", Nodes: 512, Seeds: 5},
			{Label: "n = 2,000", Scenario: "mass-join:for=60s", Nodes: 2000, Seeds: 3},
		},
	}
}

func splitSection() Section {
	return Section{
		Title:   "Splits, and how they heal",
		Text:    "Until all agree is counted from the instant at which the links work again. False deaths are of members of one's own side.",
		Metrics: []Metric{agreement("healed"), falseDeaths()},
		Lines: []Line{
			{Label: "50/50 for a minute, n = 128", Scenario: "split:for=1m", Nodes: 128},
			{Label: "90/10 for a minute, n = 128", Scenario: "split:for=1m,share=0.1", Nodes: 128},
			{Label: "50/50 for a minute, n = 1,000", Scenario: "split:for=1m", Nodes: 1000, Seeds: 3},
			{Label: "50/50 for an hour, n = 32", Scenario: "split:for=1h", Nodes: 32},
			{Label: "90/10 for an hour, n = 32", Scenario: "split:for=1h,share=0.1", Nodes: 32},
			{Label: "50/50 for a week, n = 8", Scenario: "split:for=168h", Nodes: 8, Seeds: 3, Slow: true},
			{Label: "90/10 for a week, n = 10", Scenario: "split:for=168h,share=0.1", Nodes: 10, Seeds: 3, Slow: true},
			{Label: "50/50, split again while healing, n = 128", Scenario: "split:again=true", Nodes: 128},
		},
	}
}

func nomadSection() Section {
	return Section{
		Title:   "A member that changes all the time",
		Text:    "One member changes its address, or restarts at a new one, 1,000 times, every 300 ms.",
		Metrics: []Metric{agreement("settled"), falseDeaths()},
		Lines: []Line{
			{Label: "changes its address", Scenario: "nomad", Nodes: 16},
			{Label: "restarts at a new address", Scenario: "nomad:restart=true", Nodes: 16},
		},
	}
}

func mixedSection() Section {
	return Section{
		Title:   "A rolling upgrade",
		Text:    "Half of the nodes write a field of OwnerPart that the others do not know, while members crash, return and are split off.",
		Metrics: []Metric{agreement("healed"), falseDeaths(), undetected()},
		Lines: []Line{
			{Label: "n = 16", Scenario: "mixed", Nodes: 16},
			{Label: "n = 128", Scenario: "mixed", Nodes: 128},
		},
	}
}
