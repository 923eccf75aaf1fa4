package codegen

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// BuildOptions tunes Build.
type BuildOptions struct {
	// Packages names the Go package, as "path" or "path;name", by the path of a
	// .proto file. It goes before what the file says itself.
	Packages map[string]string
}

// Build turns a schema into a model. The error is of type Problems if the schema
// asks for what the generator cannot do.
func Build(schema *Schema, options BuildOptions) (*Model, error) {
	b := &builder{
		options:   schema.options,
		packages:  options.Packages,
		requested: map[string]bool{},
		byPath:    map[string]*Package{},
		byDir:     map[string]*Package{},
		names:     map[*Package]scope{},
		files:     map[*Package]scope{},
		ofFile:    map[string]*Package{},
		typeIDs:   map[uint32]protoreflect.FullName{},
		enums:     map[protoreflect.FullName]*Enum{},
		messages:  map[protoreflect.FullName]*Message{},
	}
	for _, file := range schema.files {
		b.requested[file.Path()] = true
	}
	files := closure(schema.files)
	for _, file := range files {
		b.file(file)
	}
	b.declare(files)
	b.define()
	b.acyclic(files)
	if err := b.problems.errOrNil(); err != nil {
		return nil, err
	}
	b.measure()
	return &Model{Packages: b.result(files)}, nil
}

// builder holds what Build knows so far.
type builder struct {
	problems  Problems
	options   *optionReader
	packages  map[string]string
	requested map[string]bool

	byPath map[string]*Package // by import path
	byDir  map[string]*Package // by folder, of packages to write
	ofFile map[string]*Package // by the path of a .proto file
	names  map[*Package]scope  // identifiers in use
	files  map[*Package]scope  // file names in use

	typeIDs  map[uint32]protoreflect.FullName // of messages of state
	enums    map[protoreflect.FullName]*Enum
	messages map[protoreflect.FullName]*Message
	pending  []declared
}

// declared is a message whose fields are not built yet.
type declared struct {
	message    *Message
	descriptor protoreflect.MessageDescriptor
}

// closure returns files and all that they import, each behind its imports, but
// for protobuf's own files and hearsay's options, for which no code is made.
func closure(files []protoreflect.FileDescriptor) []protoreflect.FileDescriptor {
	var all []protoreflect.FileDescriptor
	seen := map[string]bool{optionsFile: true}
	var visit func(file protoreflect.FileDescriptor)
	visit = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] || strings.HasPrefix(file.Path(), "google/protobuf/") {
			return
		}
		seen[file.Path()] = true
		imports := file.Imports()
		for i := range imports.Len() {
			visit(imports.Get(i).FileDescriptor)
		}
		all = append(all, file)
	}
	for _, file := range files {
		visit(file)
	}
	return all
}

// file finds the Go package of a file and refuses what no file may have.
func (b *builder) file(file protoreflect.FileDescriptor) {
	b.refuseExtensions(file)
	dir := path.Dir(file.Path())
	at, ok := b.goPackage(file)
	if !ok {
		// Some package, so that the faults of its fields are found as well.
		at.Path = "unknown package of " + dir
	}
	pkg := b.byPath[at.Path]
	if pkg == nil {
		pkg = &Package{Path: at.Path, Name: at.Name, Dir: dir}
		b.byPath[at.Path] = pkg
		b.names[pkg] = newScope()
		b.files[pkg] = newScope(descriptorFile)
	}
	if pkg.Name != at.Name {
		b.problems.at(file, "Go package %q is named %q here and %q in %s", at.Path, at.Name, pkg.Name, pkg.Sources[0])
	}
	if b.requested[file.Path()] {
		if pkg.Dir != dir {
			b.problems.at(file, "Go package %q is in two folders: %s is in another one", at.Path, pkg.Sources[0])
		}
		if other := cmp.Or(b.byDir[dir], pkg); other != pkg {
			b.problems.at(file, "two Go packages in one folder: %q, and %q by %s", at.Path, other.Path, other.Sources[0])
		} else {
			b.byDir[dir] = pkg
		}
	}
	pkg.Sources = append(pkg.Sources, file.Path())
	b.ofFile[file.Path()] = pkg
}

// acyclic refuses Go packages that import each other, which protobuf allows as
// long as no two files do.
func (b *builder) acyclic(files []protoreflect.FileDescriptor) {
	imports := map[*Package][]*Package{}
	for _, file := range files {
		from := b.ofFile[file.Path()]
		list := file.Imports()
		for i := range list.Len() {
			if to := b.ofFile[list.Get(i).Path()]; to != nil && to != from {
				imports[from] = append(imports[from], to)
			}
		}
	}
	var reaches func(from, to *Package, seen map[*Package]bool) bool
	reaches = func(from, to *Package, seen map[*Package]bool) bool {
		if from == to {
			return true
		}
		if seen[from] {
			return false
		}
		seen[from] = true
		return slices.ContainsFunc(imports[from], func(next *Package) bool { return reaches(next, to, seen) })
	}
	for _, file := range files {
		from := b.ofFile[file.Path()]
		list := file.Imports()
		for i := range list.Len() {
			to := b.ofFile[list.Get(i).Path()]
			if to != nil && to != from && reaches(to, from, map[*Package]bool{}) {
				b.problems.at(file, "Go package %q and %q would import each other: put their files into one package", from.Path, to.Path)
			}
		}
	}
}

// result returns the packages to write, complete.
func (b *builder) result(files []protoreflect.FileDescriptor) []*Package {
	var list []*Package
	for _, pkg := range b.byDir {
		list = append(list, pkg)
	}
	slices.SortFunc(list, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
	for _, pkg := range list {
		slices.Sort(pkg.Sources)
		pkg.Descriptor = descriptorSet(files, pkg.Sources)
	}
	return list
}
