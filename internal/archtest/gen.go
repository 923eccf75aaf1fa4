package archtest

import "strings"

// OnlyGenerated checks that gen/ holds what generators wrote and nothing else,
// since it is deleted and written anew.
func OnlyGenerated(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		if strings.HasPrefix(f.Name, "gen/") {
			problems = append(problems, Problem{File: f.Name, Message: "gen/ is deleted and generated anew: a file written by hand has no place there"})
		}
	}
	return sorted(problems)
}
