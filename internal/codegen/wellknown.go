package codegen

import "io/fs"

// wellKnown are the files of protobuf whose types are ready in package wire,
// where this generator has written them. To everything else here they are types
// like any other, of a package that was generated before.
var wellKnown = map[string]bool{
	"google/protobuf/any.proto":        true,
	"google/protobuf/duration.proto":   true,
	"google/protobuf/empty.proto":      true,
	"google/protobuf/field_mask.proto": true,
	"google/protobuf/struct.proto":     true,
	"google/protobuf/timestamp.proto":  true,
	"google/protobuf/wrappers.proto":   true,
}

// GenerateWellKnown turns the well-known files, which are read from fsys, into
// files of package wire.
func GenerateWellKnown(fsys fs.FS) ([]File, error) {
	var names []string
	for name := range wellKnown {
		names = append(names, name)
	}
	schema, err := Parse(fsys, names...)
	if err != nil {
		return nil, err
	}
	model, err := Build(schema, BuildOptions{ByImportPath: true, Module: wirePath})
	if err != nil {
		return nil, err
	}
	// Their tests are by hand: a fuzz target for each wrapper would take minutes.
	return Emit(model, false)
}
