package status

import (
	"regexp"
	"strconv"
	"strings"
)

// sample is one line of an exposition.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// failer is a test, also one within a property.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

var (
	helpLine   = regexp.MustCompile(`^# HELP (hearsay(?:_[a-z0-9]+)+) ([ -!#-\[\]-~]+\.)$`)
	typeLine   = regexp.MustCompile(`^# TYPE (hearsay(?:_[a-z0-9]+)+) (counter|gauge|info)$`)
	sampleLine = regexp.MustCompile(`^(hearsay(?:_[a-z0-9]+)+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)+)\})? (\d+(?:\.\d+)?)$`)
	labelPair  = regexp.MustCompile(`^([a-z_]+)="((?:[^"\\]|\\["\\n])*)"(,|$)`)
	unescape   = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
)

// parse reads an exposition and is stricter than the formats: each family has
// HELP, TYPE and then its samples, once; counters end in _total and nothing else
// does; no sample comes twice, and no value is negative.
func parse(t failer, text string, open bool) []sample {
	t.Helper()
	body, ended := text, false
	if open {
		body, ended = strings.CutSuffix(text, "# EOF\n")
		if !ended {
			t.Fatalf("no EOF at the end")
		}
	}
	body, whole := strings.CutSuffix(body, "\n")
	if !whole {
		t.Fatalf("the last line does not end")
	}
	var samples []sample
	var name, kind string
	families, lines := make(map[string]bool), make(map[string]bool)
	for line := range strings.SplitSeq(body, "\n") {
		if match := comment(helpLine, line); match != nil {
			if name, kind = match[1], ""; families[name] {
				t.Fatalf("family %s comes twice", name)
			}
			families[name] = true
			continue
		}
		if match := comment(typeLine, line); match != nil {
			if kind = match[2]; match[1] != name {
				t.Fatalf("%q stands within %s", line, name)
			}
			continue
		}
		match := sampleLine.FindStringSubmatch(line)
		if match == nil || match[1] != sampleName(name, kind, open) {
			t.Fatalf("%q is no sample of the %s %s", line, kind, name)
		}
		if lines[match[1]+"{"+match[2]] {
			t.Fatalf("%q comes twice", line)
		}
		lines[match[1]+"{"+match[2]] = true
		value, err := strconv.ParseFloat(match[3], 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		samples = append(samples, sample{match[1], labelsOf(t, match[2]), value})
	}
	return samples
}

// comment returns what a form of comment matches. Regular expressions are slow
// under the race detector, and most lines are none.
func comment(form *regexp.Regexp, line string) []string {
	if line == "" || line[0] != '#' {
		return nil
	}
	return form.FindStringSubmatch(line)
}

// sampleName is what samples of a family are called. A family without a type has
// none.
func sampleName(family, kind string, open bool) string {
	_, total := strings.CutSuffix(family, "_total")
	switch {
	case kind == "counter" && open && !total:
		return family + "_total"
	case kind == "counter" && !open && total, kind == "gauge" && !total:
		return family
	case kind == "info" && open:
		return family + "_info"
	}
	return "none"
}

func labelsOf(t failer, text string) map[string]string {
	t.Helper()
	labels := make(map[string]string)
	for text != "" {
		match := labelPair.FindStringSubmatch(text)
		if match == nil || match[3] == "," && len(match[0]) == len(text) {
			t.Fatalf("%q are no labels", text)
		}
		if _, again := labels[match[1]]; again {
			t.Fatalf("label %s comes twice", match[1])
		}
		labels[match[1]] = unescape.Replace(match[2])
		text = text[len(match[0]):]
	}
	return labels
}

// find returns the first sample of a name.
func find(t failer, samples []sample, name string) sample {
	t.Helper()
	for _, s := range samples {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no sample %s", name)
	return sample{}
}
