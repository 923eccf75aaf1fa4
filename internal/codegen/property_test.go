package codegen

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// TestAnyCommentStaysAComment puts comments of any content above a declaration
// and checks that gofmt and the parser see a comment and nothing else.
func TestAnyCommentStaysAComment(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"//go:build ignore", "go:generate x", "+build linux", "\n", "\r", "\u2028", "\f", "*/", "/*", " ", "\t", "//", "`", "\"",
		"package x", "func init() {}", "\x00", "\xff", "\uFEFF", "import \"C\"", "line x.go:1", "# Heading", "- item", "é",
	})
	rapid.Check(t, func(t *rapid.T) {
		comment := strings.Join(rapid.SliceOf(rapid.OneOf(pieces, rapid.String())).Draw(t, "comment"), "")
		var b strings.Builder
		b.WriteString(Header + "\n\npackage x\n\n")
		for _, line := range docLines(comment) {
			b.WriteString("// " + line + "\n")
		}
		b.WriteString("type T int\n")
		source, err := format.Source([]byte(b.String()))
		if err != nil {
			t.Fatalf("%v:\n%s", err, b.String())
		}
		if !strings.HasPrefix(string(source), Header+"\n\npackage x\n") {
			t.Fatalf("something got above the package clause:\n%s", source)
		}
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", source, parser.ParseComments)
		if err != nil || len(file.Decls) != 1 {
			t.Fatalf("%v, %d declarations:\n%s", err, len(file.Decls), source)
		}
		for _, group := range file.Comments {
			for _, line := range group.List {
				if line.Text != Header && directive.MatchString(line.Text) {
					t.Fatalf("a directive: %q", line.Text)
				}
			}
		}
	})
}

// schemaNames are names that mean something to Go, to generated code or to other
// names.
var schemaNames = []string{
	"id", "ip", "node_id", "type", "func", "range", "size", "reset", "equal", "clone", "unknown", "m", "b", "i", "n", "err",
	"wire", "bytes", "string", "len", "append", "nil", "error", "kind", "has_id", "content", "content_kind", "value", "key",
	"budget", "spare_id", "merge_id", "clear_content", "tag", "none", "init", "main", "x1", "proto_descriptor", "unmarshal",
}

var scalarTypes = strings.Fields(`bool int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 float
	double string bytes E M0 M1 M0.Inner`)

// drawSchema draws a schema of two messages and an enum.
func drawSchema(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\npackage p;\noption go_package = \"example.test/p\";\n")
	b.WriteString("enum E { E_ZERO = 0; E_ONE = 1; }\n")
	for k := range 2 {
		fmt.Fprintf(&b, "message M%d {\n", k)
		if k == 0 {
			b.WriteString("  message Inner { E e = 1; }\n")
		}
		drawFields(t, &b)
		b.WriteString("}\n")
	}
	return b.String()
}

func drawFields(t *rapid.T, b *strings.Builder) {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(schemaNames), 0, 12, rapid.ID[string]).Draw(t, "names")
	numbers := rapid.SliceOfNDistinct(rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(20000, 1<<29-1)), len(names), len(names), rapid.ID[int]).Draw(t, "numbers")
	for k, name := range names {
		kind := rapid.SampledFrom(scalarTypes).Draw(t, "type")
		switch shape := rapid.IntRange(0, 4).Draw(t, "shape"); shape {
		case 0:
			fmt.Fprintf(b, "  %s %s = %d;\n", kind, name, numbers[k])
		case 1:
			fmt.Fprintf(b, "  optional %s %s = %d;\n", kind, name, numbers[k])
		case 2:
			fmt.Fprintf(b, "  repeated %s %s = %d;\n", kind, name, numbers[k])
		case 3:
			key := rapid.SampledFrom([]string{"string", "bool", "int32", "fixed64"}).Draw(t, "key")
			fmt.Fprintf(b, "  map<%s, %s> %s = %d;\n", key, kind, name, numbers[k])
		default:
			fmt.Fprintf(b, "  oneof one_%s { %s %s = %d; }\n", name, kind, name, numbers[k])
		}
	}
}

// TestAnySchemaGivesCodeThatCompiles type-checks what is generated from schemas
// of any shape with names of all kinds.
func TestAnySchemaGivesCodeThatCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("type-checks the standard library from source")
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "source", nil)
	rapid.Check(t, func(t *rapid.T) {
		source := drawSchema(t)
		files, err := Generate(fstest.MapFS{"p/p.proto": {Data: []byte(source)}}, Options{})
		if err != nil {
			t.Fatalf("%v:\n%s", err, source)
		}
		var trees []*ast.File
		for _, f := range files {
			tree, err := parser.ParseFile(fset, f.Path, f.Content, parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("%v:\n%s", err, source)
			}
			trees = append(trees, tree)
		}
		config := types.Config{Importer: imports}
		if _, err := config.Check("example.test/p", fset, trees, nil); err != nil {
			t.Fatalf("%v:\n%s", err, source)
		}
	})
}
