package codegen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Problem is one fault of a schema. Line and Column count from 1; both are 0
// where a fault has no place.
type Problem struct {
	File         string
	Line, Column int
	Message      string
}

// String prints the problem as compilers do, so that editors find its place.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems are all the faults that were found in a schema. It is an error.
type Problems []Problem

// Error prints one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted returns the problems by place, each once.
func (ps Problems) sorted() Problems {
	ps = slices.Clone(ps)
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(ps)
}

// with returns the problems, and those of others at places where there is none
// yet: one fault is worded differently by each who finds it.
func (ps Problems) with(others Problems) Problems {
	both := slices.Clone(ps)
	for _, other := range others {
		if !slices.ContainsFunc(ps, func(p Problem) bool {
			return p.File == other.File && p.Line == other.Line && p.Column == other.Column
		}) {
			both = append(both, other)
		}
	}
	return both
}

// errOrNil returns the problems as an error, which is nil if there are none.
func (ps Problems) errOrNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

// at adds a problem at the place where d is declared. The place of a file is its
// beginning.
func (ps *Problems) at(d protoreflect.Descriptor, format string, args ...any) {
	var at protoreflect.SourceLocation
	if _, isFile := d.(protoreflect.FileDescriptor); !isFile {
		at = d.ParentFile().SourceLocations().ByDescriptor(d)
	}
	ps.located(d.ParentFile(), at, fmt.Sprintf(format, args...))
}

// atPath adds a problem at the place of a part of a file's descriptor.
func (ps *Problems) atPath(file protoreflect.FileDescriptor, path protoreflect.SourcePath, message string) {
	ps.located(file, file.SourceLocations().ByPath(path), message)
}

func (ps *Problems) located(file protoreflect.FileDescriptor, at protoreflect.SourceLocation, message string) {
	*ps = append(*ps, Problem{File: file.Path(), Line: at.StartLine + 1, Column: at.StartColumn + 1, Message: message})
}
