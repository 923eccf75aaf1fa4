package codegen

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/hearsay-gossip/hearsay/schema"
)

// The yardstick of benchmarks is what protoc-gen-go makes of our own schema,
// under another name so that both fit into one program.
const (
	yardstickDir    = "internal/googlepb"
	yardstickSchema = "googlepb/membership.proto"
)

// yardstickSource is our schema of membership as Google's generator takes it.
func yardstickSource(t *testing.T) []byte {
	t.Helper()
	source, err := schema.FS.ReadFile("hearsay/v1/membership.proto")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"package hearsay.v1;", "package hearsay.googlepb;"},
		{"import \"hearsay/v1/options.proto\";\n", ""},
		{`option (hearsay.v1.go_package) = "github.com/hearsay-gossip/hearsay/gen/hearsay/v1;hearsayv1";`,
			`option go_package = "github.com/hearsay-gossip/hearsay/internal/codegen/internal/googlepb";`},
		{" [(hearsay.v1.max_items) = 8]", ""},
	} {
		if !bytes.Contains(source, []byte(change[0])) {
			t.Fatalf("membership.proto has no %q", change[0])
		}
		source = bytes.ReplaceAll(source, []byte(change[0]), []byte(change[1]))
	}
	return source
}

// TestYardstick checks that the yardstick still measures the same schema as our
// own code, or with -update makes it so.
func TestYardstick(t *testing.T) {
	if testing.Short() {
		t.Skip("runs protoc-gen-go")
	}
	source := yardstickSource(t)
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{yardstickSchema: string(source)}),
	}}
	linked, err := compiler.Compile(context.Background(), yardstickSchema)
	if err != nil {
		t.Fatal(err)
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{yardstickSchema},
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{protoutil.ProtoFromFileDescriptor(linked[0])},
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
	file := filepath.Join(yardstickDir, "membership.pb.go")
	content := []byte(response.GetFile()[0].GetContent())
	if *update {
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(old, content) {
		t.Errorf("%s is stale: run go test ./internal/codegen -run TestYardstick -update", file)
	}
}
