package report

import "fmt"

func badLinkSection() Section {
	lines := []Line{
		{Label: "80 % of what they receive, n = 128", Scenario: "bad-links", Nodes: 128},
		{Label: "80 % of what they send, n = 128", Scenario: "bad-links:in=false,out=true", Nodes: 128},
		{Label: "80 % of both, n = 128", Scenario: "bad-links:out=true", Nodes: 128},
		{Label: "80 % of what they receive, n = 1,000", Scenario: "bad-links", Nodes: 1000},
		{Label: "one-way flip-flop, n = 128", Scenario: "flip-flop", Nodes: 128},
		{Label: "one-way flip-flop, n = 16", Scenario: "flip-flop", Nodes: 16},
		{Label: "one-way flip-flop, 5 s, n = 16", Scenario: "flip-flop:half=5s", Nodes: 16},
		{Label: "one-way flip-flop, 5 s, n = 128", Scenario: "flip-flop:half=5s", Nodes: 128},
		{Label: "one-way flip-flop, 10 s, n = 128", Scenario: "flip-flop:half=10s", Nodes: 128},
		{Label: "one-way flip-flop, n = 1,000", Scenario: "flip-flop", Nodes: 1000},
		{Label: "cut off for 40 s at a time, n = 128", Scenario: "flip-flop:half=40s", Nodes: 128},
	}
	var flapping []string
	for _, line := range lines[:len(lines)-1] {
		flapping = append(flapping, line.Label)
	}
	return Section{
		Title: "Members with bad links",
		Text: "1 % of the members, at least one, for five minutes: what they receive, send or both is lost with 80 %; or, the one-way flip-flop, " +
			"nothing reaches them for 20 s of every 40 s (Rapid, ATC'18, §7), or for as long as the line says and then as long again not. Changes are " +
			"those of one member's status at one healthy node, where they are most, in these five minutes. Until all agree is counted from the end of " +
			"it. Who cannot be reached for 40 s at a time does not flap, but goes and comes: it is shown so, and not held to two changes.",
		Metrics: []Metric{
			deathsShown("false deaths"), show("deaths of the faulty, shown", ownDeaths.sum),
			changesUntil("well").spread("most changes"), tablesAgree("well").spread("until all agree, s"),
		},
		Lines: lines,
		Bars: []Bar{
			{What: "removals of healthy members", Of: falseDeaths.sum, Most: 0, Why: map[string]string{lifeguard: lifeguardOutlives}},
			{
				What: "a faulty member changes its shown status at most twice in five minutes", Lines: flapping, Of: changesUntil("well").worst, Most: 2,
				Why: map[string]string{lifeguard: "one accuser is enough, so each lost probe is an accusation, and each refutation that arrives ends it"},
			},
		},
	}
}

func lossSection() Section {
	s := Section{
		Title: "Loss everywhere, for ten minutes",
		Text: "Every link loses a share of all datagrams, in both directions. Times quiet is the traffic as a multiple of what the same cluster took " +
			"just before.",
		Metrics: []Metric{
			deathsShown("false deaths"), show("B per node and second", bytesIn("loss").mean),
			show("packets per node and second", packetsIn("loss").mean), show("times quiet", timesQuiet("loss").mean),
		},
	}
	line := func(percent, n int) string {
		l := Line{Label: fmt.Sprintf("%d %%, %s", percent, label(n)), Scenario: fmt.Sprintf("loss:share=0.%02d", percent), Nodes: n}
		s.Lines = append(s.Lines, l)
		return l.Label
	}
	five := []string{line(5, 16), line(5, 64), line(5, 128), line(5, 1000)}
	line(20, 16)
	twenty := line(20, 64)
	line(20, 128)
	much, more := line(25, 128), line(25, 1000)
	talk := map[string]string{lifeguard: "each probe that is lost with its helpers' is an accusation, which all must hear, and so must they hear the refutation"}
	s.Bars = []Bar{
		{What: "5 %, n = 16 / 64 / 128 / 1,000: false deaths", Lines: five, Of: falseDeaths.sum, Most: 0},
		{What: "5 %: traffic ≤ 2 × quiet", Lines: five, Of: timesQuiet("loss").mean, Most: 2, Unit: "×"},
		{What: "20 %, n = 64: ≤ 300 B per node and second", Lines: []string{twenty}, Of: bytesIn("loss").mean, Most: 300, Unit: "B/s", Why: talk},
		{What: "20 %, n = 64: false deaths", Lines: []string{twenty}, Of: falseDeaths.sum, Most: 0},
		{What: "25 %, n = 128 / 1,000: false deaths", Lines: []string{much, more}, Of: falseDeaths.sum, Most: 0},
		{What: "25 %, n = 128: traffic ≤ 5 × quiet", Lines: []string{much}, Of: timesQuiet("loss").mean, Most: 5, Unit: "×", Why: talk},
		{What: "25 %, n = 1,000: traffic ≤ 15 × quiet", Lines: []string{more}, Of: timesQuiet("loss").mean, Most: 15, Unit: "×", Why: talk},
	}
	return s
}

func updateSection() Section {
	return Section{
		Title: "An update is seen",
		Text: "A member changes what it says of itself; until half, 99 % and all of the others have it in their tables. Views follow at the next gossip " +
			"interval, at most 200 ms later. At n = 10,000 other things happen in the same run: see the simulator's own section.",
		Metrics: []Metric{
			show("updates", updateCount.sum), halfSeen.spread("seen by half, s"), nearlySeen.spread("by 99 %, s"), seen.spread("by all, s"),
			show("not by all within 4 s", late.sum),
		},
		Lines: []Line{
			{Label: "n = 128", Scenario: "update:times=50,gap=2s", Nodes: 128},
			{Label: "n = 1,000", Scenario: "update:times=50,gap=1s", Nodes: 1000},
			{Label: "n = 10,000", Scenario: "large", Nodes: 10_000, Seeds: 1, Slow: true},
		},
		Bars: []Bar{
			{What: "seen by 99 %, n = 128, median ≤ 0.1 s", Lines: []string{"n = 128"}, Of: nearlySeen.middle, Most: 0.1, Unit: "s"},
			{What: "the same, n = 1,000, ≤ 0.15 s", Lines: []string{"n = 1,000"}, Of: nearlySeen.middle, Most: 0.15, Unit: "s"},
			{What: "the same, n = 10,000, ≤ 0.2 s", Lines: []string{"n = 10,000"}, Of: nearlySeen.middle, Most: 0.2, Unit: "s"},
			{What: "updates, n = 128 / 1,000, ≥ 1,000", Lines: []string{"n = 128", "n = 1,000"}, Of: updateCount.sum, Least: 1000, Why: fewRuns},
			{What: "not seen by all after 4 s", Of: late.sum, Most: 0},
		},
	}
}

func quietSection() Section {
	s := Section{
		Title:   "Quiet",
		Text:    "A converged cluster in which nothing happens, for a minute, or 20 s at n = 10,000. Bytes are those of envelopes, without framing and seal.",
		Metrics: []Metric{show("packets per node and second", packetsIn("quiet").mean), show("B per node and second", bytesIn("quiet").mean), show("packets of anti-entropy", carriers("quiet", "reconcile").sum)},
	}
	for _, n := range []int{2, 10, 16, 100, 128, 1000} {
		s.Lines = append(s.Lines, Line{Label: label(n), Scenario: "quiet", Nodes: n})
	}
	s.Lines = append(s.Lines, Line{Label: "n = 10,000", Scenario: "large", Nodes: 10_000, Seeds: 1, Slow: true})
	sizes := []string{"n = 10", "n = 100", "n = 1,000", "n = 10,000"}
	s.Bars = []Bar{
		{What: "n = 10 / 100 / 1,000 / 10,000: ≤ 80 B of envelope per node and second", Lines: sizes, Of: bytesIn("quiet").worst, Most: 80, Unit: "B/s"},
		{What: "the same: 2.0 packets per node and second", Lines: sizes, Of: packetsIn("quiet").worst, Most: 2.01, Unit: "/s"},
		{What: "packets of anti-entropy", Of: carriers("quiet", "reconcile").sum, Most: 0},
	}
	return s
}

func repairSection() Section {
	s := Section{
		Title: "Anti-entropy",
		Text: "One node knows d members in an older version, and no rumour is on its way; every datagram takes 1 ms. Bytes are those of all nodes together, " +
			"headers included. Round trips are from the first question to the moment at which all tables are equal.",
		Metrics: []Metric{
			repairBytes("repair").spread("B in all"), roundTrips("begin").spread("round trips"), carriers("repair", "reconcile").spread("packets that ask and compare"),
			tablesAgree("begin").spread("until all agree, s"),
		},
	}
	for _, n := range []int{128, 1000} {
		for _, d := range []int{1, 10, 100} {
			s.Lines = append(s.Lines, Line{Label: fmt.Sprintf("%s, d = %d", label(n), d), Scenario: fmt.Sprintf("repair:d=%d", d), Nodes: n})
		}
	}
	few := []string{"n = 1,000, d = 1", "n = 1,000, d = 10"}
	s.Bars = []Bar{
		{What: "n = 1,000, d = 1: ≤ 1,400 B in all, median", Lines: few[:1], Of: repairBytes("repair").middle, Most: 1400, Unit: "B"},
		{What: "n = 1,000, d = 10: ≤ 2,600 B in all, median", Lines: few[1:], Of: repairBytes("repair").middle, Most: 2600, Unit: "B"},
		{What: "n = 1,000, d = 1 / 10: ≤ 2 round trips, every run", Lines: few, Of: roundTrips("begin").worst, Most: 2.001},
	}
	return s
}
