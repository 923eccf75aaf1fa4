package main

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/pluginpb"
)

// request asks for a file with one message, which imports a well-known type.
func request(parameter string) *pluginpb.CodeGeneratorRequest {
	stamp := protodesc.ToFileDescriptorProto(timestamppb.File_google_protobuf_timestamp_proto)
	return &pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{"app/v1/app.proto"},
		Parameter:      proto.String(parameter),
		ProtoFile: []*descriptorpb.FileDescriptorProto{stamp, {
			Name:       proto.String("app/v1/app.proto"),
			Package:    proto.String("app.v1"),
			Dependency: []string{stamp.GetName()},
			Syntax:     proto.String("proto3"),
			Options:    &descriptorpb.FileOptions{GoPackage: proto.String("example.test/app/gen;appv1")},
			MessageType: []*descriptorpb.DescriptorProto{{
				Name: proto.String("Event"),
				Field: []*descriptorpb.FieldDescriptorProto{{
					Name: proto.String("at"), Number: proto.Int32(1), TypeName: proto.String(".google.protobuf.Timestamp"),
					Type:  descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
					Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
				}},
			}},
		}},
	}
}

// ask runs the plugin as protoc does.
func ask(t *testing.T, request *pluginpb.CodeGeneratorRequest) *pluginpb.CodeGeneratorResponse {
	t.Helper()
	raw, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	if err := run(bytes.NewReader(raw), &stdout); err != nil {
		t.Fatal(err)
	}
	response := new(pluginpb.CodeGeneratorResponse)
	if err := proto.Unmarshal(stdout.Bytes(), response); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestParameters(t *testing.T) {
	const all = "descriptor.hearsay.go event.hearsay.go event.hearsay_test.go"
	tests := []struct{ name, parameter, dir, files, message string }{
		{"none", "", "example.test/app/gen", all, ""},
		{"import", "paths=import", "example.test/app/gen", all, ""},
		{"source", "paths=source_relative", "app/v1", all, ""},
		{"module", "module=example.test/app", "gen", all, ""},
		{"module with a slash", "module=example.test/app/", "gen", all, ""},
		{"no tests", "paths=source_relative,tests=false", "app/v1", "descriptor.hearsay.go event.hearsay.go", ""},
		{"package", "Mapp/v1/app.proto=example.test/x;x", "example.test/x", all, ""},
		{"package of what is well known", "Mgoogle/protobuf/timestamp.proto=example.test/x", "example.test/app/gen", all, ""},
		{"empty ones", ",,", "example.test/app/gen", all, ""},
		{"paths", "paths=flat", "", "", `option "paths=flat": want paths=import or paths=source_relative`},
		{"tests", "tests=maybe", "", "", "want tests=true or tests=false"},
		{"other module", "module=example.test/other", "", "", `app/v1/app.proto:1:1: Go package "example.test/app/gen" is not in the module "example.test/other"`},
		{"both", "module=example.test/app,paths=source_relative", "", "", "option module is for paths=import"},
		{"unknown", "plugins=grpc", "", "", `option "plugins=grpc": there are paths, module, tests and M`},
		{"no package", "Mapp/v1/app.proto=a b", "", "", "no Go import path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := ask(t, request(test.parameter))
			if !strings.Contains(response.GetError(), test.message) || (response.Error == nil) != (test.message == "") {
				t.Errorf("error is %q, want %q", response.GetError(), test.message)
			}
			want := map[string]bool{}
			for _, name := range strings.Fields(test.files) {
				want[test.dir+"/"+name] = true
			}
			got := map[string]bool{}
			for _, file := range response.GetFile() {
				got[file.GetName()] = true
			}
			if !maps.Equal(got, want) {
				t.Errorf("files are %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		})
	}
}

// TestOptionalFieldsAreAnnounced: protoc refuses optional fields without.
func TestOptionalFieldsAreAnnounced(t *testing.T) {
	for _, response := range []*pluginpb.CodeGeneratorResponse{ask(t, request("")), ask(t, request("plugins=grpc"))} {
		if response.GetSupportedFeatures()&uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL) == 0 {
			t.Errorf("features are %b", response.GetSupportedFeatures())
		}
	}
}

func TestWellKnownTypesAreThoseOfPackageWire(t *testing.T) {
	for _, file := range ask(t, request("")).GetFile() {
		if strings.HasSuffix(file.GetName(), "/event.hearsay.go") && !strings.Contains(file.GetContent(), "\tAt *wire.Timestamp\n") {
			t.Errorf("no field of type *wire.Timestamp:\n%s", file.GetContent())
		}
	}
}

func TestFaultsBeginOnALineOfTheirOwn(t *testing.T) {
	bad := request("")
	bad.ProtoFile[1].Options = nil
	if message := ask(t, bad).GetError(); !strings.Contains(message, "\napp/v1/app.proto:1:1: no Go package") {
		t.Errorf("error is %q", message)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	if err := run(strings.NewReader("\xff"), new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "no request of protoc") {
		t.Errorf("error is %v", err)
	}
	broken := errors.New("broken pipe")
	if err := run(iotest.ErrReader(broken), new(bytes.Buffer)); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestWhoRunsItByHandIsTold(t *testing.T) {
	for _, test := range []struct {
		arg, stdout, stderr string
		status              int
	}{
		{"-h", "--hearsay_out", "", 0},
		{"--help", "--hearsay_out", "", 0},
		{"--version", "protoc-gen-hearsay ", "", 0},
		{"app.proto", "", `"app.proto"`, 2},
	} {
		var stdout, stderr bytes.Buffer
		if status := explain(test.arg, &stdout, &stderr); status != test.status {
			t.Errorf("%s: status %d, want %d", test.arg, status, test.status)
		}
		if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%s: wrote\n%s\nand\n%s", test.arg, &stdout, &stderr)
		}
	}
}
