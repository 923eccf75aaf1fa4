package archtest

import "go/ast"

// The bounds of what one reader can hold in his head.
const (
	maxFileLines     = 500
	maxFunctionLines = 70
)

// FileLength checks that no hand-written file is longer than 500 lines.
func FileLength(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		if f.Lines > maxFileLines {
			problems = append(problems, Problem{File: f.Name, Line: f.Lines, Message: "longer than 500 lines: a file holds one concept"})
		}
	}
	return sorted(problems)
}

// FunctionLength checks that no hand-written function is longer than 70 lines.
// A function literal counts as part of the function around it.
func FunctionLength(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		for _, decl := range f.AST.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			first, last := m.FileSet.Position(function.Pos()).Line, m.FileSet.Position(function.End()).Line
			if lines := last - first + 1; lines > maxFunctionLines {
				problems = append(problems, m.at(f, function, "%s is %d lines long, %d at most", function.Name.Name, lines, maxFunctionLines))
			}
		}
	}
	return sorted(problems)
}
