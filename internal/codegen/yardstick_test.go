package codegen

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// yardstick is what protoc-gen-go makes of a schema of ours, which benchmarks
// measure us by and tests compare us with.
type yardstick struct {
	source string // the schema
	dir    string // where the code goes
	name   string // of the schema for protoc-gen-go
	// edits turn our schema into one that Google's generator takes, under another
	// name, so that both fit into one program.
	edits [][2]string
}

const googlepbPath = "github.com/hearsay-gossip/hearsay/internal/codegen/internal/googlepb"

var yardsticks = []yardstick{
	{
		source: "../../schema/hearsay/v1/membership.proto", dir: "internal/googlepb", name: "googlepb/membership.proto",
		edits: [][2]string{
			{"package hearsay.v1;", "package hearsay.googlepb;"},
			{"import \"hearsay/v1/options.proto\";\n", ""},
			{`option (hearsay.v1.go_package) = "github.com/hearsay-gossip/hearsay/gen/hearsay/v1;hearsayv1";`,
				`option go_package = "` + googlepbPath + `";`},
			{" [(hearsay.v1.max_items) = 8]", ""},
		},
	},
	{
		source: "testdata/conformance/conformance/v1/conformance.proto", dir: "internal/googlepb/conformancepb",
		name: "googlepb/conformance.proto",
		edits: [][2]string{
			{"package hearsay.test.conformance.v1;", "package hearsay.googlepb.conformance;"},
			{"import \"hearsay/v1/options.proto\";\n", ""},
			{`option (hearsay.v1.go_package) = "github.com/hearsay-gossip/hearsay/internal/codegen/internal/conformance/v1;conformancev1";`,
				`option go_package = "` + googlepbPath + `/conformancepb";`},
		},
	},
}

// edited is the schema as Google's generator takes it.
func (y yardstick) edited(t *testing.T) []byte {
	t.Helper()
	source, err := os.ReadFile(y.source)
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range y.edits {
		if !bytes.Contains(source, []byte(edit[0])) {
			t.Fatalf("%s has no %q", y.source, edit[0])
		}
		source = bytes.ReplaceAll(source, []byte(edit[0]), []byte(edit[1]))
	}
	return source
}

// generate runs protoc-gen-go.
func (y yardstick) generate(t *testing.T) []byte {
	t.Helper()
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{y.name: string(y.edited(t))}),
	})}
	linked, err := compiler.Compile(context.Background(), y.name)
	if err != nil {
		t.Fatal(err)
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{y.name},
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      withImports(linked[0]),
	})
	if err != nil {
		t.Fatal(err)
	}
	plugin := exec.Command("go", "run", "google.golang.org/protobuf/cmd/protoc-gen-go")
	plugin.Stdin, plugin.Stderr = bytes.NewReader(request), os.Stderr
	answer, err := plugin.Output()
	if err != nil {
		t.Fatal(err)
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	if response.Error != nil {
		t.Fatal(response.GetError())
	}
	return []byte(response.GetFile()[0].GetContent())
}

// withImports returns files and what they import, each behind its imports.
func withImports(files ...linker.File) []*descriptorpb.FileDescriptorProto {
	var list []*descriptorpb.FileDescriptorProto
	seen := map[string]bool{}
	var add func(file protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		list = append(list, protoutil.ProtoFromFileDescriptor(file))
	}
	for _, file := range files {
		add(file)
	}
	return list
}

// TestYardstick checks that the yardsticks still measure the same schema as our
// own code, or with -update makes them so.
func TestYardstick(t *testing.T) {
	if testing.Short() {
		t.Skip("runs protoc-gen-go")
	}
	for _, y := range yardsticks {
		t.Run(filepath.Base(y.dir), func(t *testing.T) {
			content := y.generate(t)
			file := filepath.Join(y.dir, filepath.Base(y.name[:len(y.name)-len(".proto")])+".pb.go")
			if *update {
				write(t, file, content)
				return
			}
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(old, content) {
				t.Errorf("%s is stale: run go test ./internal/codegen -run TestYardstick -update", file)
			}
		})
	}
}
