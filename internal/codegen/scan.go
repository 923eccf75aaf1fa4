package codegen

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// scan is what a look at the syntax trees finds: the compiler stops at the
// first import that is missing, and has no objection to proto2.
type scan struct {
	problems Problems
	// missing are the places of imports that do not exist.
	missing []Problem
	seen    map[string]bool
}

func scanFiles(fsys fs.FS, files []string) (*scan, error) {
	s := &scan{seen: map[string]bool{}}
	for _, file := range files {
		if err := s.file(fsys, file); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// file looks at a file and at what it imports from the schema folder.
func (s *scan) file(fsys fs.FS, name string) error {
	if s.seen[name] || name == optionsFile {
		return nil
	}
	s.seen[name] = true
	source, err := open(fsys, name)
	if err != nil {
		return err
	}
	defer source.Close()
	// Faults of syntax are the compiler's to report.
	quiet := reporter.NewReporter(func(reporter.ErrorWithPos) error { return nil }, nil)
	tree, _ := parser.Parse(name, source, reporter.NewHandler(quiet))
	if tree == nil {
		return nil
	}
	s.syntax(tree)
	for _, decl := range tree.Decls {
		node, ok := decl.(*ast.ImportNode)
		if !ok || !s.imported(fsys, tree, node) {
			continue
		}
		if target := node.Name.AsString(); isFile(fsys, target) {
			if err := s.file(fsys, target); err != nil {
				return err
			}
		}
	}
	return nil
}

func isFile(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

func (s *scan) syntax(tree *ast.FileNode) {
	switch {
	case tree.Edition != nil:
		s.add(tree, tree.Edition, editionsRefused)
	case tree.Syntax == nil:
		s.problems = append(s.problems, Problem{File: tree.Name(), Line: 1, Column: 1, Message: noSyntaxRefused})
	case tree.Syntax.Syntax.AsString() == "proto2":
		s.add(tree, tree.Syntax, proto2Refused)
	}
}

// Why files that are not of proto3 are refused.
const (
	editionsRefused = "editions are not supported: " + syntaxAdvice
	noSyntaxRefused = "a file without syntax is proto2, which is not supported: " + syntaxAdvice
	proto2Refused   = "proto2 is not supported: " + syntaxAdvice
	syntaxAdvice    = `write syntax = "proto3" at the top`
)

// imported reports whether there is a file to import.
func (s *scan) imported(fsys fs.FS, tree *ast.FileNode, node *ast.ImportNode) bool {
	target := node.Name.AsString()
	message := fmt.Sprintf("import %q: no such file in the schema folder", target)
	if target != path.Clean(target) || !fs.ValidPath(target) {
		message = fmt.Sprintf("import %q: not a clean path below the schema folder", target)
	} else if exists(fsys, target) {
		return true
	}
	s.add(tree, node, message)
	s.missing = append(s.missing, s.problems[len(s.problems)-1])
	return false
}

func exists(fsys fs.FS, file string) bool {
	if isProtobufs(file) {
		standard := protocompile.WithStandardImports(&protocompile.SourceResolver{})
		if _, err := standard.FindFileByPath(file); err == nil {
			return true
		}
	}
	source, err := open(fsys, file)
	if err == nil {
		source.Close()
	}
	return !errors.Is(err, fs.ErrNotExist)
}

func (s *scan) add(tree *ast.FileNode, node ast.Node, message string) {
	at := tree.NodeInfo(node).Start()
	s.problems = append(s.problems, Problem{
		File: tree.Name(), Line: at.Line, Column: at.Col, Message: message,
	})
}

// withoutMissing returns the compiler's findings but those about imports that
// the scan has reported in words of its own.
func (s *scan) withoutMissing(found Problems) Problems {
	return slices.DeleteFunc(found, func(p Problem) bool {
		return slices.ContainsFunc(s.missing, func(m Problem) bool {
			return m.File == p.File && m.Line == p.Line
		})
	})
}
