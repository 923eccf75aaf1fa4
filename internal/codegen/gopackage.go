package codegen

import (
	"fmt"
	"go/token"
	"path"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// ImportPath is the Go package that a file's code belongs to.
type ImportPath struct {
	Path string
	Name string
}

var validImportPath = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)

// ParseImportPath reads "path" or "path;name", as in go_package options. Without
// a name, the last element of the path is it.
func ParseImportPath(s string) (ImportPath, error) {
	p, name, named := strings.Cut(s, ";")
	if !validImportPath.MatchString(p) {
		return ImportPath{}, fmt.Errorf("%q is no Go import path", p)
	}
	if !named {
		name = strings.Map(func(r rune) rune {
			if r == '-' || r == '.' || r == '~' {
				return '_'
			}
			return r
		}, path.Base(p))
	}
	if !token.IsIdentifier(name) || name == "_" {
		return ImportPath{}, fmt.Errorf("%q is no Go package name: add one behind a semicolon, as in %q", name, p+";name")
	}
	return ImportPath{Path: p, Name: name}, nil
}

// goPackage decides on the Go package of a file: that of well-known files is
// fixed; of others it is what was given to the generator, else hearsay's option,
// else protobuf's.
func (b *builder) goPackage(file protoreflect.FileDescriptor) (ImportPath, bool) {
	if wellKnown[file.Path()] {
		return ImportPath{Path: wirePath, Name: "wire"}, true
	}
	given, ok := b.asked.Packages[file.Path()]
	if !ok {
		if value, has := b.options.read(file, optionGoPackage); has {
			given = value.String()
		} else if options, _ := file.Options().(*descriptorpb.FileOptions); options.GetGoPackage() != "" {
			given = options.GetGoPackage()
		} else {
			b.problems.at(file, "no Go package: add option (hearsay.v1.go_package) = \"import/path;name\" "+
				"and import %q, or option go_package, or give the flag -M %s=import/path;name", optionsFile, file.Path())
			return ImportPath{}, false
		}
	}
	parsed, err := ParseImportPath(given)
	if err != nil {
		b.problems.at(file, "Go package: %v", err)
		return ImportPath{}, false
	}
	return parsed, true
}
