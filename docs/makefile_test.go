package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

var target = regexp.MustCompile(`^([a-z-]+):[^=]*$`)

// Each target of the Makefile is at most three lines long and explained by
// help, and each is declared phony.
func TestTheMakefileIsShortAndExplained(t *testing.T) {
	recipes := make(map[string]int)
	current := ""
	makefile := read(t, "../Makefile")
	for line := range strings.Lines(makefile) {
		line = strings.TrimRight(line, "\n")
		switch match := target.FindStringSubmatch(line); {
		case match != nil:
			current = match[1]
			recipes[current] = 0
			if !strings.Contains(line, " ## ") {
				t.Errorf("%s has no explanation behind ##", current)
			}
		case strings.HasPrefix(line, "\t"):
			recipes[current]++
		}
	}
	if len(recipes) < 10 {
		t.Fatalf("found %d targets only", len(recipes))
	}
	_, phony, _ := strings.Cut(makefile, ".PHONY:")
	phony, _, _ = strings.Cut(phony, "\n")
	for name, lines := range recipes {
		if lines > 3 {
			t.Errorf("%s has %d lines, 3 at most: move them to .ci/", name, lines)
		}
		if !strings.Contains(phony+" ", " "+name+" ") {
			t.Errorf("%s is not declared phony", name)
		}
	}
}
