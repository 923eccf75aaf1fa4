package archtest

import (
	"os"
	"slices"
	"testing"
)

// TestNoForeignImportIsAllowedInVain: what a row allows of other modules is what its
// packages import. A module that went away must not come back unnoticed.
func TestNoForeignImportIsAllowedInVain(t *testing.T) {
	m, err := Load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{} // by row
	for _, p := range m.Packages {
		row, _ := rowFor(arrows, p.Dir)
		for _, f := range p.Files {
			if !f.Test {
				imports[row.from] = append(imports[row.from], f.imports()...)
			}
		}
	}
	for _, row := range arrows {
		for _, pattern := range row.third {
			if !slices.ContainsFunc(imports[row.from], func(path string) bool { return matches(pattern, path) }) {
				t.Errorf("%s may import %s, and does not: take it out of the table", row.from, pattern)
			}
		}
	}
}
