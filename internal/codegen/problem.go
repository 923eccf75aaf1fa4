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

// errOrNil returns the problems as an error, which is nil if there are none.
func (ps Problems) errOrNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

// at adds a problem at the place where d is declared.
func (ps *Problems) at(d protoreflect.Descriptor, format string, args ...any) {
	p := Problem{File: d.ParentFile().Path(), Message: fmt.Sprintf(format, args...)}
	if _, isFile := d.(protoreflect.FileDescriptor); isFile {
		p.Line, p.Column = 1, 1
	} else {
		at := d.ParentFile().SourceLocations().ByDescriptor(d)
		p.Line, p.Column = at.StartLine+1, at.StartColumn+1
	}
	*ps = append(*ps, p)
}
