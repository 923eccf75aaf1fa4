package codegen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/hearsay-gossip/hearsay/schema"
)

// optionsFile declares hearsay's options. It is always the generator's own, so
// that a schema and the generator never differ over what an option means.
const optionsFile = "hearsay/v1/options.proto"

// Schema is what was read from .proto files: valid protobuf, but not yet known
// to be something that the generator supports.
type Schema struct {
	// files are those to generate code for, by path.
	files []protoreflect.FileDescriptor
	// options reads hearsay's options.
	options *optionReader
}

// Parse reads .proto files from fsys: those named, or if none are, all of them.
// What they import comes from fsys too, from hearsay's own schema, or from
// protobuf's well-known files, all of which the generator carries. If the schema
// is at fault the error is of type Problems, and what is returned with it are
// the files without fault, in which Build may find others.
func Parse(fsys fs.FS, files ...string) (*Schema, error) {
	if len(files) == 0 {
		var err error
		if files, err = protoFiles(fsys); err != nil {
			return nil, err
		}
	}
	files = slices.DeleteFunc(slices.Sorted(slices.Values(files)), func(file string) bool {
		return file == optionsFile
	})
	scan, err := scanFiles(fsys, files)
	if err != nil {
		return nil, err
	}
	sound, problems, err := compileEach(fsys, files, scan)
	if err != nil {
		return nil, err
	}
	linked, clashes, err := compile(fsys, append(sound, optionsFile)...)
	if err != nil {
		return nil, err
	}
	problems = append(problems, clashes...)
	if len(clashes) > 0 {
		return nil, problems.sorted()
	}
	return newSchema(linked), problems.errOrNil()
}

// isProtobufs reports whether a file is one of protobuf's own.
func isProtobufs(file string) bool { return strings.HasPrefix(file, "google/protobuf/") }

// compileEach compiles each file by itself and returns those that are sound: the
// compiler gives up on whatever imports a faulty file, and on everything once a
// stage has failed.
func compileEach(fsys fs.FS, files []string, scan *scan) (sound []string, problems Problems, err error) {
	problems = scan.problems
	for _, file := range files {
		_, found, err := compile(fsys, file)
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 {
			found = found.with(linkerProblems(fsys, file))
		}
		problems = append(problems, scan.withoutMissing(found)...)
		if len(found) == 0 && !slices.ContainsFunc(scan.problems, func(p Problem) bool { return p.File == file }) {
			sound = append(sound, file)
		}
	}
	return sound, problems, nil
}

// newSchema makes a schema of files, the last of which is that of hearsay's
// options.
func newSchema(linked linker.Files) *Schema {
	last := len(linked) - 1
	s := &Schema{options: newOptionReader(linked[last])}
	for _, file := range linked[:last] {
		s.files = append(s.files, file)
	}
	return s
}

// protoFiles lists all .proto files in fsys but for copies of protobuf's own,
// which some tools put beside a schema.
func protoFiles(fsys fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".proto") && !isProtobufs(path) {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New("no .proto file found")
	}
	return files, err
}

// linkerProblems returns what the linker finds wrong with a file that is at fault
// already, so that the compiler alone would not ask it: types that do not exist,
// say, in a file that uses a number twice. It is silent about a file that it
// cannot make sense of.
func linkerProblems(fsys fs.FS, file string) Problems {
	source, err := open(fsys, file)
	if err != nil {
		return nil
	}
	defer source.Close()
	tree, err := parser.Parse(file, source, reporter.NewHandler(nil))
	if err != nil {
		return nil
	}
	unchecked, err := parser.ResultFromAST(tree, false, reporter.NewHandler(nil))
	if err != nil {
		return nil
	}
	resolver := resolverFor(fsys)
	_, found, _ := compileWith(protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		if path == file {
			return protocompile.SearchResult{ParseResult: unchecked}, nil
		}
		return resolver.FindFileByPath(path)
	}), file)
	return found
}

// resolverFor finds files in fsys, among hearsay's own and protobuf's.
func resolverFor(fsys fs.FS) protocompile.Resolver {
	return protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: func(path string) (io.ReadCloser, error) { return open(fsys, path) },
	})
}

// compile links the files. What the compiler finds wrong with them comes back
// as problems; an error is a file that cannot be read.
func compile(fsys fs.FS, files ...string) (linker.Files, Problems, error) {
	return compileWith(resolverFor(fsys), files...)
}

func compileWith(resolver protocompile.Resolver, files ...string) (linker.Files, Problems, error) {
	var found findings
	compiler := protocompile.Compiler{
		Resolver: resolver,
		// One at a time, so that the order of findings is the same each time.
		MaxParallelism: 1,
		Reporter:       reporter.NewReporter(found.add, nil),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	linked, err := compiler.Compile(context.Background(), files...)
	problems := found.take()
	if len(problems) > 0 {
		return nil, problems, nil
	}
	if placed, ok := errors.AsType[reporter.ErrorWithPos](err); ok {
		return nil, Problems{problemAt(placed)}, nil
	}
	return linked, nil, err
}

// findings collects what the compiler reports. It may return while it still
// parses an import of a file that has failed already; what it finds then comes
// too late and is dropped: that import is compiled by itself as well.
type findings struct {
	mu       sync.Mutex
	isTaken  bool
	problems Problems
}

func (f *findings) add(found reporter.ErrorWithPos) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isTaken {
		f.problems = append(f.problems, problemAt(found))
	}
	return nil
}

func (f *findings) take() Problems {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.isTaken = true
	return f.problems
}

func problemAt(found reporter.ErrorWithPos) Problem {
	at := found.GetPosition()
	message := found.Unwrap().Error()
	if strings.Contains(message, "unknown extension hearsay.v1.") {
		message += fmt.Sprintf(": import %q", optionsFile)
	}
	return Problem{File: at.Filename, Line: at.Line, Column: at.Col, Message: message}
}

// open opens a schema file by the path under which it is imported.
func open(fsys fs.FS, path string) (io.ReadCloser, error) {
	if path == optionsFile {
		return schema.FS.Open(path)
	}
	file, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return schema.FS.Open(path)
	}
	return file, err
}
