package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// descriptorFile is the name, without ending, of the file that holds a package's
// descriptor.
const descriptorFile = "descriptor"

// descriptorSet encodes the named files and what they import as a
// FileDescriptorSet: each file behind its imports, without comments and without
// protobuf's own files, which every program that reads descriptors has.
func descriptorSet(files []protoreflect.FileDescriptor, names []string) string {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(file protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] || strings.HasPrefix(file.Path(), "google/protobuf/") {
			return
		}
		seen[file.Path()] = true
		imports := file.Imports()
		for i := range imports.Len() {
			add(imports.Get(i).FileDescriptor)
		}
		raw := proto.CloneOf(protoutil.ProtoFromFileDescriptor(file))
		raw.SourceCodeInfo = nil
		set.File = append(set.File, raw)
	}
	for _, file := range files {
		if slices.Contains(names, file.Path()) {
			add(file)
		}
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		panic(fmt.Sprintf("BUG: descriptor of %v: %v", names, err))
	}
	return string(raw)
}
