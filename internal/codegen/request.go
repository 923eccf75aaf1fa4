package codegen

import (
	"fmt"
	"slices"
	"testing/fstest"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/pluginpb"
)

// ParseRequest reads a schema from what protoc and buf hand to their plugins:
// the descriptors of files that they have compiled. What is at fault is returned
// as by Parse.
func ParseRequest(request *pluginpb.CodeGeneratorRequest) (*Schema, error) {
	// hearsay's options are read as the generator knows them, whatever file of
	// that name protoc has found.
	own, problems, err := compile(fstest.MapFS{}, optionsFile)
	if err = joined(err, problems.errOrNil()); err != nil {
		return nil, fmt.Errorf("BUG: %w", err)
	}
	schema := &Schema{options: newOptionReader(own[0])}
	files := new(protoregistry.Files)
	// Each file is behind its imports.
	for _, raw := range request.GetProtoFile() {
		file, err := protodesc.NewFile(raw, files)
		if err == nil {
			err = files.RegisterFile(file)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", raw.GetName(), err)
		}
	}
	for _, name := range slices.Sorted(slices.Values(request.GetFileToGenerate())) {
		if isProtobufs(name) || name == optionsFile {
			continue
		}
		file, err := files.FindFileByPath(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		schema.files = append(schema.files, file)
	}
	for _, file := range closure(schema.files) {
		problems.syntax(file)
	}
	return schema, problems.errOrNil()
}

// syntax adds a problem if a file is not of proto3.
func (ps *Problems) syntax(file protoreflect.FileDescriptor) {
	// The numbers of fields of FileDescriptorProto.
	const syntax, edition = 12, 14
	switch file.Syntax() {
	case protoreflect.Editions:
		ps.atPath(file, protoreflect.SourcePath{edition}, editionsRefused)
	case protoreflect.Proto2:
		message := proto2Refused
		if file.SourceLocations().ByPath(protoreflect.SourcePath{syntax}).Path == nil {
			message = noSyntaxRefused
		}
		ps.atPath(file, protoreflect.SourcePath{syntax}, message)
	}
}
