package codegen

import (
	"errors"
	"io/fs"

	"google.golang.org/protobuf/types/pluginpb"
)

// Options tunes Generate.
type Options struct {
	BuildOptions
	// Tests asks for a test file for each message.
	Tests bool
}

// Generate turns the .proto files in fsys into Go files. It writes nothing and
// depends on nothing else: the same schema gives the same files, to the byte.
func Generate(fsys fs.FS, options Options) ([]File, error) {
	schema, parsed := Parse(fsys)
	return generate(schema, parsed, options)
}

// GenerateRequest is Generate for the schema in a request of protoc. The same
// schema gives the same files, whichever way it comes.
func GenerateRequest(request *pluginpb.CodeGeneratorRequest, options Options) ([]File, error) {
	schema, parsed := ParseRequest(request)
	return generate(schema, parsed, options)
}

// generate makes files of what was parsed, if that and all that follows is
// without fault.
func generate(schema *Schema, parsed error, options Options) ([]File, error) {
	if schema == nil {
		return nil, parsed
	}
	model, built := Build(schema, options.BuildOptions)
	if parsed != nil || built != nil {
		return nil, joined(parsed, built)
	}
	return Emit(model, options.Tests)
}

// joined makes one list of the problems that both stages found.
func joined(parsed, built error) error {
	var all Problems
	for _, err := range []error{parsed, built} {
		found, ok := errors.AsType[Problems](err)
		if err != nil && !ok {
			return err
		}
		all = append(all, found...)
	}
	return all.errOrNil()
}
