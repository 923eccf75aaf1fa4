package codegen

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/hearsay-gossip/hearsay/schema"
)

// requestOf is what protoc would hand to the plugin for all files in fsys: on the
// way options become unknown fields.
func requestOf(t *testing.T, fsys fs.FS) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	names, err := protoFiles(fsys)
	if err != nil {
		t.Fatal(err)
	}
	linked, problems, err := compile(fsys, names...)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: names, ProtoFile: withImports(linked...)}
	raw, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	received := new(pluginpb.CodeGeneratorRequest)
	if err := proto.Unmarshal(raw, received); err != nil {
		t.Fatal(err)
	}
	return received
}

// sound are schemas without fault: the golden ones and those of this module.
func sound(t *testing.T) map[string]*golden {
	t.Helper()
	all := map[string]*golden{
		"hearsay":    {schema: readTree(t, "../../schema"), options: Options{Tests: true}},
		"everything": {schema: readTree(t, "testdata/everything"), options: Options{Tests: true}},
	}
	for _, file := range goldens(t) {
		if g := readGolden(t, file); len(g.want) > 0 && g.want[0].Name != "errors" {
			all[filepath.Base(file)] = g
		}
	}
	return all
}

func readTree(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for name, content := range tree(t, dir) {
		if strings.HasSuffix(name, ".proto") {
			files[name] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return files
}

func TestARequestGivesTheSameFilesAsASchema(t *testing.T) {
	for name, g := range sound(t) {
		t.Run(name, func(t *testing.T) {
			want, err := Generate(g.schema, g.options)
			if err != nil {
				t.Fatal(err)
			}
			got, err := GenerateRequest(requestOf(t, g.schema), g.options)
			if err != nil {
				t.Fatal(err)
			}
			sameFiles(t, got, want)
		})
	}
}

func sameFiles(t *testing.T, got, want []File) {
	t.Helper()
	wanted := map[string][]byte{}
	for _, file := range want {
		wanted[file.Path] = file.Content
	}
	for _, file := range got {
		content, ok := wanted[file.Path]
		delete(wanted, file.Path)
		if !ok || !bytes.Equal(content, file.Content) {
			t.Errorf("%s: wanted: %v, and differs:\n%s\nwant:\n%s", file.Path, ok, file.Content, content)
		}
	}
	for name := range wanted {
		t.Errorf("%s is missing", name)
	}
}

// TestProtocGivesTheSameFilesAsASchema runs protoc itself, where there is one.
func TestProtocGivesTheSameFilesAsASchema(t *testing.T) {
	protoc, err := exec.LookPath("protoc")
	if err != nil {
		t.Skip("no protoc in PATH: requests are those that this test's own compiler makes")
	}
	bin := t.TempDir()
	plugin := filepath.Join(bin, "protoc-gen-hearsay")
	if output, err := exec.Command("go", "build", "-o", plugin, "../../cmd/protoc-gen-hearsay").CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	third := t.TempDir()
	if err := WriteProtos(third); err != nil {
		t.Fatal(err)
	}
	for name, g := range sound(t) {
		t.Run(name, func(t *testing.T) {
			want, err := Generate(g.schema, g.options)
			if err != nil {
				t.Fatal(err)
			}
			// hearsay's options are the generator's own for us, and not for protoc.
			delete(g.schema, optionsFile)
			in, out := t.TempDir(), t.TempDir()
			if err := os.CopyFS(in, g.schema); err != nil {
				t.Fatal(err)
			}
			names, err := protoFiles(g.schema)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"-I", in, "-I", third, "--plugin=" + plugin, "--hearsay_out=" + out, "--hearsay_opt=paths=source_relative"}
			for file, pkg := range g.options.Packages {
				args = append(args, "--hearsay_opt=M"+file+"="+pkg)
			}
			output, err := exec.Command(protoc, append(args, names...)...).CombinedOutput()
			if bytes.Contains(output, []byte("JSON camel-case name")) {
				t.Skipf("protoc before v22 refuses names that differ in case only: %s", output)
			}
			if err != nil {
				t.Fatalf("%v:\n%s", err, output)
			}
			var got []File
			for name, content := range tree(t, out) {
				got = append(got, File{Path: name, Content: []byte(content)})
			}
			sameFiles(t, got, want)
		})
	}
}

func TestARequestHasTheSameFaultsAsASchema(t *testing.T) {
	g := readGolden(t, "testdata/faults.txtar")
	_, err := GenerateRequest(requestOf(t, g.schema), g.options)
	if got, want := err.Error()+"\n", string(g.want[0].Data); got != want {
		t.Errorf("faults are\n%swant\n%s", got, want)
	}
}

// TestRequestsOfOtherSyntax checks the places of what protoc compiles and we do
// not, also where it is only imported.
func TestRequestsOfOtherSyntax(t *testing.T) {
	fsys := fstest.MapFS{
		"a.proto": {Data: []byte("syntax = \"proto3\";\nimport \"b.proto\";\nimport \"c.proto\";\nimport \"d.proto\";\noption go_package = \"golden.test/a\";\n")},
		"b.proto": {Data: []byte("// A comment.\n\n  syntax = \"proto2\";\noption go_package = \"golden.test/a\";\nmessage B { optional group G = 1 {} }\n")},
		"c.proto": {Data: []byte("option go_package = \"golden.test/a\";\n")},
		"d.proto": {Data: []byte("edition = \"2023\";\noption go_package = \"golden.test/a\";\n")},
	}
	request := requestOf(t, fsys)
	request.FileToGenerate = []string{"a.proto"}
	_, err := GenerateRequest(request, Options{})
	const want = "b.proto:3:3: " + proto2Refused + "\n" +
		"b.proto:5:13: field B.g: type group is not supported\n" +
		"c.proto:1:1: " + noSyntaxRefused + "\n" +
		"d.proto:1:1: " + editionsRefused
	if err == nil || err.Error() != want {
		t.Errorf("faults are\n%v\nwant\n%s", err, want)
	}
}

// TestBrokenRequests hands over what no protoc does.
func TestBrokenRequests(t *testing.T) {
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("a.proto"), Syntax: proto.String("proto3"), Dependency: []string{"absent.proto"},
	}
	tests := map[string]*pluginpb.CodeGeneratorRequest{
		"absent import": {ProtoFile: []*descriptorpb.FileDescriptorProto{file}},
		"absent file":   {FileToGenerate: []string{"b.proto"}},
		"twice":         {ProtoFile: []*descriptorpb.FileDescriptorProto{{Name: proto.String("a")}, {Name: proto.String("a")}}},
	}
	for name, request := range tests {
		t.Run(name, func(t *testing.T) {
			files, err := GenerateRequest(request, Options{})
			if _, isFault := errors.AsType[Problems](err); err == nil || isFault || len(files) > 0 {
				t.Errorf("%v, %d files", err, len(files))
			}
		})
	}
}

// TestPackagesByImportPath checks where code goes with paths=import.
func TestPackagesByImportPath(t *testing.T) {
	fsys := fstest.MapFS{
		"a/a.proto": {Data: []byte("syntax = \"proto3\";\noption go_package = \"golden.test/app/gen/a;apb\";\nenum A { A_NONE = 0; }\n")},
		// Two folders of the schema are one Go package.
		"b/b.proto": {Data: []byte("syntax = \"proto3\";\noption go_package = \"golden.test/app/gen/a;apb\";\nenum B { B_NONE = 0; }\n")},
	}
	tests := map[string]struct{ module, want string }{
		"import path": {"", "golden.test/app/gen/a"},
		"module":      {"golden.test/app", "gen/a"},
		"whole":       {"golden.test/app/gen/a", "."},
		"elsewhere":   {"golden.test/ap", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files, err := Generate(fsys, Options{BuildOptions: BuildOptions{ByImportPath: true, Module: test.module}})
			if test.want == "" {
				if want := `a/a.proto:1:1: Go package "golden.test/app/gen/a" is not in the module "golden.test/ap"`; err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("error is %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			for _, name := range []string{"a", "b", "descriptor"} {
				want[filepath.ToSlash(filepath.Join(test.want, name+codeEnding))] = true
			}
			for _, file := range files {
				if !want[file.Path] {
					t.Errorf("%s is not wanted", file.Path)
				}
				delete(want, file.Path)
			}
			if len(want) > 0 {
				t.Errorf("missing: %v", want)
			}
		})
	}
}

func TestWriteProtosIsTheSchema(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if err := WriteProtos(dir); err != nil {
			t.Fatal(err)
		}
	}
	got := tree(t, dir)
	want, err := schema.FS.ReadFile("hearsay/v1/options.proto")
	if err != nil || got["hearsay/v1/options.proto"] != string(want) {
		t.Errorf("%v: %v", err, got)
	}
	if names, _ := fs.Glob(schema.FS, "hearsay/v1/*.proto"); len(got) != len(names) {
		t.Errorf("%d files, want %d", len(got), len(names))
	}
}

// TestNearlySoundRequests hands over requests with some bits flipped: they are
// refused, or give code that Go can parse, which is what emitting it checks.
func TestNearlySoundRequests(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	request := requestOf(t, readGolden(t, "testdata/proto3.txtar").schema)
	for _, file := range request.ProtoFile {
		file.SourceCodeInfo = nil
	}
	raw, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for range 60 {
		flipped := bytes.Clone(raw)
		for range 1 + rng.IntN(3) {
			flipped[rng.IntN(len(flipped))] ^= 1 << rng.IntN(8)
		}
		request := new(pluginpb.CodeGeneratorRequest)
		if proto.Unmarshal(flipped, request) != nil {
			continue
		}
		files, err := GenerateRequest(request, Options{Tests: true})
		if err == nil {
			accepted++
		} else if len(files) > 0 || strings.HasPrefix(err.Error(), "BUG") {
			t.Fatalf("%x: %d files and the error %v", flipped, len(files), err)
		}
	}
	if accepted == 0 {
		t.Error("none was accepted")
	}
}
