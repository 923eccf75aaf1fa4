package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// PackageDocs checks that every package says what it is for, in doc.go; a
// command or a package of a single file may say it in that file.
func PackageDocs(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		programs := slices.DeleteFunc(slices.Clone(p.Files), func(f *File) bool { return f.Test })
		if len(programs) == 0 || !slices.ContainsFunc(programs, handwritten) {
			continue
		}
		documented := func(f *File) bool {
			return f.AST.Doc != nil && (path.Base(f.Name) == "doc.go" || len(programs) == 1 || f.AST.Name.Name == "main")
		}
		if !slices.ContainsFunc(programs, documented) {
			problems = append(problems, Problem{File: p.Dir, Message: "no package comment in doc.go"})
		}
	}
	return sorted(problems)
}

// Exported checks that every exported declaration of a library has a comment.
func Exported(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		if f.Test || f.AST.Name.Name == "main" {
			continue
		}
		for i, decl := range f.AST.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && receiverExported(decl) && !commented(m, f, i) {
					problems = append(problems, m.at(f, decl, "%s has no comment", decl.Name.Name))
				}
			case *ast.GenDecl:
				problems = append(problems, undocumented(m, f, decl)...)
			}
		}
	}
	return sorted(problems)
}

// commented tells whether the function at index i of a file has a comment, or
// continues a block of one-line methods of the same name that has one.
func commented(m *Module, f *File, i int) bool {
	for ; i >= 0; i-- {
		function, ok := f.AST.Decls[i].(*ast.FuncDecl)
		if !ok {
			return false
		}
		if function.Doc != nil {
			return true
		}
		if i == 0 {
			return false
		}
		above, ok := f.AST.Decls[i-1].(*ast.FuncDecl)
		line := m.FileSet.Position(function.Pos()).Line
		if !ok || above.Name.Name != function.Name.Name || m.FileSet.Position(above.End()).Line != line-1 {
			return false
		}
	}
	return false
}

// undocumented finds the exported names of a declaration without a comment. A
// comment on a group of constants or variables covers all of them.
func undocumented(m *Module, f *File, decl *ast.GenDecl) []Problem {
	var problems []Problem
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && (decl.Doc == nil || decl.Lparen != token.NoPos) {
				problems = append(problems, m.at(f, spec, "%s has no comment", spec.Name.Name))
			}
			// The comment of an interface with one method is about that method.
			if methods, ok := spec.Type.(*ast.InterfaceType); ok && spec.Name.IsExported() && len(methods.Methods.List) > 1 {
				problems = append(problems, undocumentedMethods(m, f, spec.Name.Name, methods)...)
			}
		case *ast.ValueSpec:
			if decl.Doc != nil || spec.Doc != nil || spec.Comment != nil {
				continue
			}
			for _, name := range spec.Names {
				if name.IsExported() {
					problems = append(problems, m.at(f, spec, "%s has no comment", name.Name))
				}
			}
		}
	}
	return problems
}

func undocumentedMethods(m *Module, f *File, typeName string, methods *ast.InterfaceType) []Problem {
	var problems []Problem
	for _, method := range methods.Methods.List {
		for _, name := range method.Names {
			if name.IsExported() && method.Doc == nil && method.Comment == nil {
				problems = append(problems, m.at(f, method, "%s.%s has no comment", typeName, name.Name))
			}
		}
	}
	return problems
}

// receiverExported tells whether a function is one that users see: no method,
// or a method of an exported type.
func receiverExported(function *ast.FuncDecl) bool {
	if function.Recv == nil {
		return true
	}
	expr := function.Recv.List[0].Type
	for {
		switch of := expr.(type) {
		case *ast.StarExpr:
			expr = of.X
		case *ast.IndexExpr:
			expr = of.X
		case *ast.IndexListExpr:
			expr = of.X
		case *ast.Ident:
			return of.IsExported()
		default:
			return false
		}
	}
}

// unfinished are the words of work that is not done.
var unfinished = []string{"TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"}

// Unfinished checks that no comment promises work.
func Unfinished(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(handwritten) {
		for _, group := range f.AST.Comments {
			for _, comment := range group.List {
				for _, word := range unfinished {
					if strings.Contains(comment.Text, word) {
						problems = append(problems, m.at(f, comment, "%s: finish it, or write down in docs/ what is missing", word))
					}
				}
			}
		}
	}
	return sorted(problems)
}

// vague are words that say nothing about what a package, a file or a type is.
var vague = []string{"info", "manager", "data", "util", "utils", "helper", "helpers", "common", "misc"}

// Names checks that packages, files and exported types have names of the
// field.
func Names(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		if slices.Contains(vague, path.Base(p.Dir)) {
			problems = append(problems, Problem{File: p.Dir, Message: "a package is named for what it is about"})
		}
		for _, f := range p.Files {
			base := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.Name), ".go"), "_test")
			for word := range strings.SplitSeq(base, "_") {
				if slices.Contains(vague, word) {
					problems = append(problems, Problem{File: f.Name, Message: "a file is named for its concept, not " + word})
				}
			}
			if handwritten(f) {
				problems = append(problems, vagueTypes(m, f)...)
			}
		}
	}
	return sorted(problems)
}

// suffixes are what the name of a type may not end in. "Info" is one of the
// contract's words: what a transport says of itself.
var suffixes = []string{"Manager", "Util", "Utils", "Helper", "Helpers", "Common", "Data"}

func vagueTypes(m *Module, f *File) []Problem {
	var problems []Problem
	for _, decl := range f.AST.Decls {
		types, ok := decl.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			name := spec.(*ast.TypeSpec).Name.Name
			for _, suffix := range suffixes {
				if strings.HasSuffix(name, suffix) || strings.EqualFold(name, suffix) {
					problems = append(problems, m.at(f, spec, "%s: a type is named for what it is, not %s", name, suffix))
				}
			}
		}
	}
	return problems
}
