package codegen

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
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
		if seen[file.Path()] || isProtobufs(file.Path()) {
			return
		}
		seen[file.Path()] = true
		imports := file.Imports()
		for i := range imports.Len() {
			add(imports.Get(i).FileDescriptor)
		}
		set.File = append(set.File, canonical(protoutil.ProtoFromFileDescriptor(file)))
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

// canonical returns a file without comments and with custom options in the order
// of their numbers, so that it is the same bytes whichever compiler has read it.
func canonical(file *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	raw, err := proto.Marshal(file)
	if err != nil {
		panic(fmt.Sprintf("BUG: descriptor of %s: %v", file.GetName(), err))
	}
	// Options are unknown fields to whoever knows no extensions.
	file = new(descriptorpb.FileDescriptorProto)
	if err := (proto.UnmarshalOptions{Resolver: new(protoregistry.Types)}).Unmarshal(raw, file); err != nil {
		panic(fmt.Sprintf("BUG: descriptor: %v", err))
	}
	file.SourceCodeInfo = nil
	sortUnknown(file.ProtoReflect())
	return file
}

// sortUnknown sorts the unknown fields of m, and of the messages in it, by their
// numbers.
func sortUnknown(m protoreflect.Message) {
	var fields [][]byte
	for raw := m.GetUnknown(); len(raw) > 0; {
		_, _, n := protowire.ConsumeField(raw)
		fields = append(fields, raw[:n])
		raw = raw[n:]
	}
	slices.SortStableFunc(fields, func(a, b []byte) int {
		numberA, _, _ := protowire.ConsumeTag(a)
		numberB, _, _ := protowire.ConsumeTag(b)
		return cmp.Compare(numberA, numberB)
	})
	if len(fields) > 0 {
		m.SetUnknown(slices.Concat(fields...))
	}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.IsList() && field.Message() != nil:
			for i := range v.List().Len() {
				sortUnknown(v.List().Get(i).Message())
			}
		case field.Message() != nil && !field.IsMap():
			sortUnknown(v.Message())
		}
		return true
	})
}
