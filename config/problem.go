package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Source is the file, "environment" or "flag".
	Source string
	// Line is the line of the file, from 1; 0 where there is none.
	Line int
	// Field is the setting, as it is written in a file: "udp.listen". Of an
	// environment variable it is the variable's name. It is empty where the
	// problem belongs to no setting.
	Field string
	// Message says what is wrong and what to do.
	Message string
}

// Error formats the problem as compilers do: file:line: field: message.
func (p Problem) Error() string {
	text := p.Source
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d", text, p.Line)
	}
	if p.Field != "" {
		text += ": " + p.Field
	}
	return text + ": " + p.Message
}

// Error is everything that is wrong with a configuration: in the order of the
// file's lines, then the environment, then flags. Nothing of a configuration
// with an Error is used.
type Error struct {
	Problems []Problem
}

// Error returns one line per problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems, for errors.As.
func (e *Error) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

// The sources of values that are not a file.
const (
	fromEnvironment = "environment"
	fromFlag        = "flag"
)

// report collects problems.
type report struct {
	problems []Problem
}

func (r *report) add(p Problem) { r.problems = append(r.problems, p) }

// err returns the collected problems as an *Error, or nil.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	rank := func(p Problem) int {
		return slices.Index([]string{fromEnvironment, fromFlag}, p.Source)
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Line, b.Line))
	})
	return &Error{Problems: r.problems}
}
