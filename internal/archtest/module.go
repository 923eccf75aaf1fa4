package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ModulePath is the path that this module is imported by.
const ModulePath = "github.com/hearsay-gossip/hearsay"

// Problem is one place that breaks a rule.
type Problem struct {
	// File and Line say where; Line is 0 for a file or a package as a whole.
	File    string
	Line    int
	Message string
}

// String formats the problem as compilers do.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// File is one parsed Go file, whatever system it is built for.
type File struct {
	// Name is relative to the module's root, with slashes.
	Name string
	// Test marks a _test.go file; External one in a package of its own.
	Test, External bool
	// Generated marks a file with the header of generated code.
	Generated bool
	Lines     int
	AST       *ast.File
}

// Package is a folder with Go files.
type Package struct {
	// Dir is relative to the module's root; "." is the root itself.
	Dir   string
	Files []*File
}

// Module is all Go files of a module, parsed.
type Module struct {
	FileSet  *token.FileSet
	Packages []*Package
}

// Load parses every Go file under root. Folders that the go command ignores
// are left out, and so is testdata.
func Load(root fs.FS) (*Module, error) {
	m := &Module{FileSet: token.NewFileSet()}
	byDir := make(map[string]*Package)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata") {
				return fs.SkipDir
			}
			if _, err := fs.Stat(root, path.Join(name, "go.mod")); name != "." && err == nil {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if path.Ext(base) != ".go" || base[0] == '.' || base[0] == '_' {
			return nil
		}
		file, err := m.parse(root, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if byDir[dir] == nil {
			byDir[dir] = &Package{Dir: dir}
			m.Packages = append(m.Packages, byDir[dir])
		}
		byDir[dir].Files = append(byDir[dir].Files, file)
		return nil
	})
	return m, err
}

var generatedHeader = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func (m *Module) parse(root fs.FS, name string) (*File, error) {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(m.FileSet, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	file := &File{
		Name:      name,
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: generatedHeader.Match(source),
		Lines:     strings.Count(string(source), "\n"),
		AST:       syntax,
	}
	file.External = file.Test && strings.HasSuffix(syntax.Name.Name, "_test")
	return file, nil
}

// at makes a Problem of the place of node in file.
func (m *Module) at(file *File, node ast.Node, format string, args ...any) Problem {
	return Problem{File: file.Name, Line: m.FileSet.Position(node.Pos()).Line, Message: fmt.Sprintf(format, args...)}
}

// files ranges over all files of the module for which keep holds.
func (m *Module) files(keep func(*File) bool) []*File {
	var kept []*File
	for _, p := range m.Packages {
		for _, f := range p.Files {
			if keep(f) {
				kept = append(kept, f)
			}
		}
	}
	return kept
}

// handwritten is every file that a person wrote.
func handwritten(f *File) bool { return !f.Generated }

// imports returns the import paths of a file.
func (f *File) imports() []string {
	paths := make([]string, 0, len(f.AST.Imports))
	for _, spec := range f.AST.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		paths = append(paths, importPath)
	}
	return paths
}

// local returns the name by which a file refers to an imported package, and
// false if the file does not import it.
func (f *File) local(importPath string) (string, bool) {
	for _, spec := range f.AST.Imports {
		if spec.Path.Value != strconv.Quote(importPath) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name, true
		}
		base := path.Base(importPath)
		if len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
			base = path.Base(path.Dir(importPath))
		}
		return base, true
	}
	return "", false
}

// own returns the folder of a package of this module, and false for others.
func own(importPath string) (string, bool) {
	if importPath == ModulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, ModulePath+"/")
}

// standard tells whether an import path belongs to the standard library: its
// first element has no dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// sorted orders problems by place.
func sorted(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}
