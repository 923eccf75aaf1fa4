package codegen

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// update makes tests rewrite what they would compare with.
var update = flag.Bool("update", false, "rewrite golden files")

// golden is a file in testdata: below schema/ what is generated from, below out/
// what comes of it, or in the file errors what is wrong with it. Lines of its
// comment that begin with -M are flags.
type golden struct {
	file    string
	comment []byte
	schema  fstest.MapFS
	options Options
	want    []txtar.File
}

func readGolden(t *testing.T, file string) *golden {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{file: file, comment: archive.Comment, schema: fstest.MapFS{}, options: Options{Tests: true}}
	g.options.Packages = map[string]string{}
	for line := range strings.Lines(string(archive.Comment)) {
		if flag, ok := strings.CutPrefix(strings.TrimSpace(line), "-M "); ok {
			name, pkg, _ := strings.Cut(flag, "=")
			g.options.Packages[name] = pkg
		}
	}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "schema/"); ok {
			g.schema[name] = &fstest.MapFile{Data: unescape(f.Data)}
		} else {
			g.want = append(g.want, f)
		}
	}
	return g
}

// unescape puts in characters that an editor would not keep: <U+000D> is a
// carriage return.
func unescape(b []byte) []byte {
	return []byte(strings.NewReplacer("<U+000D>", "\r", "<U+2028>", "\u2028", "<U+2029>", "\u2029",
		"<U+0085>", "\u0085", "<U+FEFF>", "\uFEFF", "<U+202E>", "\u202E", "<U+000C>", "\f").Replace(string(b)))
}

func (g *golden) generate(t *testing.T) []txtar.File {
	t.Helper()
	files, err := Generate(g.schema, g.options)
	if problems, ok := errors.AsType[Problems](err); ok {
		return []txtar.File{{Name: "errors", Data: []byte(problems.Error() + "\n")}}
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []txtar.File
	for _, f := range files {
		list = append(list, txtar.File{Name: "out/" + f.Path, Data: f.Content})
	}
	return list
}

func (g *golden) rewrite(t *testing.T, got []txtar.File) {
	t.Helper()
	old, err := txtar.ParseFile(g.file)
	if err != nil {
		t.Fatal(err)
	}
	archive := &txtar.Archive{Comment: old.Comment}
	for _, f := range old.Files {
		if strings.HasPrefix(f.Name, "schema/") {
			archive.Files = append(archive.Files, f)
		}
	}
	archive.Files = append(archive.Files, got...)
	if err := os.WriteFile(g.file, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

func goldens(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	return files
}

func TestGolden(t *testing.T) {
	for _, file := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			g := readGolden(t, file)
			got := g.generate(t)
			if again := g.generate(t); !bytes.Equal(txtar.Format(&txtar.Archive{Files: got}), txtar.Format(&txtar.Archive{Files: again})) {
				t.Error("the same schema gives other files the second time")
			}
			for _, f := range got {
				noDirectives(t, f)
			}
			if *update {
				g.rewrite(t, got)
				return
			}
			compare(t, g.want, got)
		})
	}
}

var directive = regexp.MustCompile(`(?m)^\s*//(\S|\s*\+build|\s*$\n\s*package )`)

// noDirectives checks that no comment has a form that a Go tool reads.
func noDirectives(t *testing.T, f txtar.File) {
	t.Helper()
	if found := directive.FindString(string(f.Data)); found != "" && f.Name != "errors" {
		t.Errorf("%s has a comment that is none: %q", f.Name, found)
	}
}

func compare(t *testing.T, want, got []txtar.File) {
	t.Helper()
	wanted := map[string][]byte{}
	for _, f := range want {
		wanted[f.Name] = f.Data
	}
	for _, f := range got {
		expected, ok := wanted[f.Name]
		delete(wanted, f.Name)
		switch {
		case !ok:
			t.Errorf("%s is not in the golden file:\n%s", f.Name, f.Data)
		case !bytes.Equal(expected, f.Data):
			t.Errorf("%s differs from the golden file; -update if it should. Now:\n%s", f.Name, f.Data)
		}
	}
	for name := range wanted {
		t.Errorf("%s is in the golden file and was not generated", name)
	}
}

// TestGoldensCompile vets all generated code of golden files, tests included, in
// a module beside this one.
func TestGoldensCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	module := t.TempDir()
	for _, file := range goldens(t) {
		for _, f := range readGolden(t, file).generate(t) {
			if name, ok := strings.CutPrefix(f.Name, "out/"); ok {
				write(t, filepath.Join(module, filepath.FromSlash(name)), f.Data)
			}
		}
	}
	writeModule(t, module, "golden.test")
	vet := exec.Command("go", "vet", "./...")
	vet.Dir = module
	vet.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if output, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, output)
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// writeModule makes a module that uses this one from where it is.
func writeModule(t *testing.T, dir, name string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// What this module requires is required again, so that nothing has to be
	// looked up.
	_, requires, _ := strings.Cut(string(content), "\ngo ")
	_, requires, _ = strings.Cut(requires, "\n")
	requires, _, _ = strings.Cut(requires, "\ntool ")
	write(t, filepath.Join(dir, "go.mod"), []byte("module "+name+"\n\ngo 1.26\n"+requires+
		"\nrequire github.com/hearsay-gossip/hearsay v0.0.0\n\nreplace github.com/hearsay-gossip/hearsay => "+root+"\n"))
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), sums)
}

// TestManyCases generates a oneof that has more cases than a byte has values.
func TestManyCases(t *testing.T) {
	var source strings.Builder
	source.WriteString("syntax = \"proto3\";\noption go_package = \"golden.test/a\";\nmessage A {\n  oneof many {\n")
	for i := range 300 {
		fmt.Fprintf(&source, "    bool b%d = %d;\n", i, i+1)
	}
	source.WriteString("  }\n}\n")
	files, err := Generate(fstest.MapFS{"a.proto": {Data: []byte(source.String())}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file.Path == "a"+codeEnding && !strings.Contains(string(file.Content), "\ntype AManyKind uint16\n") {
			t.Error("the type that says which case is set has too few values")
		}
	}
}

// TestNearlySoundSchemas removes, repeats and swaps words of a schema: it is
// generated from, or its faults have places.
func TestNearlySoundSchemas(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	whole := readGolden(t, "testdata/proto3.txtar").schema
	faulty := 0
	for range 40 {
		words := regexp.MustCompile(`\w+|\s+|.`).FindAllString(string(whole["shop/v1/order.proto"].Data), -1)
		for range 1 + rng.IntN(4) {
			from, to := rng.IntN(len(words)), rng.IntN(len(words))
			switch rng.IntN(3) {
			case 0:
				words = slices.Delete(words, from, from+1)
			case 1:
				words = slices.Insert(words, to, words[from])
			default:
				words[from], words[to] = words[to], words[from]
			}
		}
		source := strings.Join(words, "")
		fsys := maps.Clone(whole)
		fsys["shop/v1/order.proto"] = &fstest.MapFile{Data: []byte(source)}
		_, err := Generate(fsys, Options{})
		problems, ok := errors.AsType[Problems](err)
		if err != nil && !ok {
			t.Fatalf("%v:\n%s", err, source)
		}
		for _, p := range problems {
			faulty++
			if p.Line == 0 || p.Column == 0 {
				t.Errorf("no place: %v:\n%s", p, source)
			}
		}
	}
	if faulty == 0 {
		t.Error("no schema was at fault")
	}
}
