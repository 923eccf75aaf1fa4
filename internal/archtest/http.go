package archtest

import "slices"

// serving are the packages that know HTTP. No node needs a server to run, and whoever
// imports one without these does not get net/http with it.
var serving = []string{"admin", "status"}

// Serving checks that net/http is imported where operators are served, and nowhere
// else.
func Serving(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		if slices.Contains(serving, p.Dir) {
			continue
		}
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for i, importPath := range f.imports() {
				if importPath == "net/http" {
					problems = append(problems, m.at(f, f.AST.Imports[i], "%s may not import net/http: only what serves operators does", p.Dir))
				}
			}
		}
	}
	return sorted(problems)
}
