package codegen

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

// TestWellKnownFilesAreProtobufs compares our wording of the well-known files
// with what protobuf-go has compiled in.
func TestWellKnownFilesAreProtobufs(t *testing.T) {
	files := slices.Sorted(maps.Keys(wellKnown))
	ours, err := Parse(os.DirFS("internal/wellknown"), files...)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours.files) != len(files) {
		t.Errorf("%d files, want %d", len(ours.files), len(files))
	}
	for _, file := range ours.files {
		official, err := protoregistry.GlobalFiles.FindFileByPath(file.Path())
		if err != nil {
			t.Fatal(err)
		}
		got, want := reduced(protoutil.ProtoFromFileDescriptor(file)), reduced(protodesc.ToFileDescriptorProto(official))
		if !proto.Equal(got, want) {
			t.Errorf("%s is\n%s\nwant\n%s", file.Path(), prototext.Format(got), prototext.Format(want))
		}
	}
}

// reduced is a file reduced to what matters on the wire and in JSON.
func reduced(file *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	return &descriptorpb.FileDescriptorProto{Package: file.Package, MessageType: file.MessageType, EnumType: file.EnumType, Syntax: file.Syntax}
}
