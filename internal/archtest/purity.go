package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// pure lists the packages whose outputs depend on their inputs alone.
var pure = []string{"membership", "state", "sim"}

// clockless lists the packages that may not ask what time it is, each with the
// files that are excepted.
var clockless = map[string][]string{
	"membership": nil,
	"state":      nil,
	"sim":        nil,
	// The driver that runs a simulated network in real time has a clock; the
	// network itself has none.
	"transport/memory": {"drive.go"},
	"eventstream":      nil,
	"wire":             nil,
}

// ambient are the packages that a pure one may not import: they reach out of
// the process, share state between goroutines, or differ from run to run.
var ambient = []string{
	"sync", "sync/atomic", "net", "os", "log", "log/slog", "io/fs", "syscall", "runtime",
	"crypto/rand", "hash/maphash", "math/rand", "context",
}

// clock are the names of package time that depend on when they are called, and
// those that wait.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// randomness are the names of math/rand/v2 that take their randomness from the
// caller. All others of the package draw from a global source.
var randomness = []string{"Rand", "Source", "PCG", "ChaCha8", "Zipf", "New", "NewPCG", "NewChaCha8", "NewZipf"}

// Purity checks that the deterministic packages have no goroutine, no lock, no
// socket, no logger and no global randomness.
func Purity(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		if !slices.Contains(pure, p.Dir) {
			continue
		}
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for i, importPath := range f.imports() {
				if slices.Contains(ambient, importPath) {
					problems = append(problems, m.at(f, f.AST.Imports[i], "%s is deterministic and may not import %s", p.Dir, importPath))
				}
			}
			problems = append(problems, concurrency(m, p.Dir, f)...)
		}
	}
	return sorted(problems)
}

// concurrency finds goroutines and channels.
func concurrency(m *Module, dir string, f *File) []Problem {
	var problems []Problem
	ast.Inspect(f.AST, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.GoStmt, *ast.SelectStmt, *ast.ChanType, *ast.SendStmt:
			problems = append(problems, m.at(f, node, "%s is a value machine: no goroutine and no channel", dir))
		}
		return true
	})
	return problems
}

// Clocks checks that nobody asks the time who is told it.
func Clocks(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		excepted, listed := clockless[p.Dir]
		if !listed {
			continue
		}
		for _, f := range p.Files {
			if f.Test || slices.Contains(excepted, path.Base(f.Name)) {
				continue
			}
			problems = append(problems, uses(m, f, "time", func(name string) bool { return !slices.Contains(clock, name) },
				"time is an argument here")...)
		}
	}
	return sorted(problems)
}

// Randomness checks that no randomness comes from a global source, in programs
// and in tests: a test that draws from one cannot be repeated. A test may draw
// one number, the seed that it prints.
func Randomness(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		testing := f.Test || strings.HasSuffix(path.Dir(f.Name), "test")
		allowed := func(name string) bool {
			return slices.Contains(randomness, name) || testing && name == "Uint64"
		}
		problems = append(problems, uses(m, f, "math/rand/v2", allowed, "draw from a rand.Rand that the caller seeds")...)
		if _, old := f.local("math/rand"); old {
			problems = append(problems, Problem{File: f.Name, Message: "imports math/rand: use math/rand/v2 with a seeded source"})
		}
	}
	return sorted(problems)
}

// uses finds the selectors of an imported package that are not allowed.
func uses(m *Module, f *File, importPath string, allowed func(string) bool, because string) []Problem {
	name, imported := f.local(importPath)
	if !imported {
		return nil
	}
	if name == "." {
		return []Problem{{File: f.Name, Message: "imports " + importPath + " by a dot"}}
	}
	var problems []Problem
	ast.Inspect(f.AST, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if base, ok := selector.X.(*ast.Ident); ok && base.Name == name && !allowed(selector.Sel.Name) {
			problems = append(problems, m.at(f, selector, "%s.%s: %s", name, selector.Sel.Name, because))
		}
		return true
	})
	return problems
}
