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
	// ByImportPath puts a package into the folder of its import path. Otherwise it
	// is in the folder of its .proto files.
	ByImportPath bool
	// Module, with ByImportPath, is the beginning of all import paths, which no
	// folder stands for.
	Module string
}

// SetPackage sets the Go package of a .proto file, "path" or "path;name".
func (o *BuildOptions) SetPackage(file, pkg string) error {
	if _, err := ParseImportPath(pkg); err != nil {
		return err
	}
	if o.Packages == nil {
		o.Packages = map[string]string{}
	}
	o.Packages[path.Clean(file)] = pkg
	return nil
}

// Build turns a schema into a model. The error is of type Problems if the schema
// asks for what the generator cannot do.
func Build(schema *Schema, options BuildOptions) (*Model, error) {
	b := &builder{
		asked:     options,
		options:   schema.options,
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
	asked     BuildOptions
	options   *optionReader
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
// for hearsay's options and the files of protobuf that are not well-known ones,
// for which there is no code.
func closure(files []protoreflect.FileDescriptor) []protoreflect.FileDescriptor {
	var all []protoreflect.FileDescriptor
	seen := map[string]bool{optionsFile: true}
	var visit func(file protoreflect.FileDescriptor)
	visit = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] || isProtobufs(file.Path()) && !wellKnown[file.Path()] {
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
	at, ok := b.goPackage(file)
	if !ok {
		// Some package, so that the faults of its fields are found as well.
		at.Path = "unknown package of " + path.Dir(file.Path())
	}
	dir := b.dir(file, at)
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

// dir returns the folder for a file's code.
func (b *builder) dir(file protoreflect.FileDescriptor, at ImportPath) string {
	switch {
	case !b.asked.ByImportPath:
		return path.Dir(file.Path())
	case b.asked.Module == "":
		return at.Path
	}
	below, ok := strings.CutPrefix(at.Path+"/", b.asked.Module+"/")
	if !ok && b.requested[file.Path()] {
		b.problems.at(file, "Go package %q is not in the module %q", at.Path, b.asked.Module)
	}
	return path.Clean(below)
}

// acyclic refuses Go packages that import each other, which protobuf allows as
// long as no two files do.
func (b *builder) acyclic(files []protoreflect.FileDescriptor) {
	imports := map[*Package][]*Package{}
	for _, file := range files {
		from := b.ofFile[file.Path()]
		imports[from] = append(imports[from], b.imported(file)...)
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
		for _, to := range b.imported(file) {
			if reaches(to, from, map[*Package]bool{}) {
				b.problems.at(file, "Go package %q and %q would import each other: put their files into one package", from.Path, to.Path)
			}
		}
	}
}

// imported returns the other Go packages whose types a file can name: those of
// its imports, and of what these import publicly.
func (b *builder) imported(file protoreflect.FileDescriptor) []*Package {
	var list []*Package
	var visit func(imports protoreflect.FileImports, publicOnly bool)
	visit = func(imports protoreflect.FileImports, publicOnly bool) {
		for i := range imports.Len() {
			if publicOnly && !imports.Get(i).IsPublic {
				continue
			}
			if to := b.ofFile[imports.Get(i).Path()]; to != nil && to != b.ofFile[file.Path()] && !slices.Contains(list, to) {
				list = append(list, to)
			}
			visit(imports.Get(i).Imports(), true)
		}
	}
	visit(file.Imports(), false)
	return list
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
