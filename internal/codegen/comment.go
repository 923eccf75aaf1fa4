package codegen

import (
	"strings"
	"unicode"
)

// docLines turns a comment of the schema into lines of text that can stand
// behind "// ". Whatever a line of it holds, it stays text: lines are split at
// everything that any reader takes for the end of a line, and what cannot be
// printed is replaced.
func docLines(comment string) []string {
	comment = strings.ToValidUTF8(comment, "\uFFFD")
	comment = strings.ReplaceAll(comment, "\r\n", "\n")
	split := func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }
	var lines []string
	start := 0
	for i, r := range comment {
		if split(r) {
			lines = append(lines, docLine(comment[start:i]))
			start = i + len(string(r))
		}
	}
	lines = append(lines, docLine(comment[start:]))
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// docLine removes the blank that follows "//" in the schema, and what is at the
// end of the line; other indentation has a meaning in Go's doc comments.
func docLine(line string) string {
	line = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case !unicode.IsPrint(r):
			// Also byte order marks, which Go refuses, and marks that change the
			// direction of text, which hide what follows from a reader.
			return '\uFFFD'
		default:
			return r
		}
	}, line)
	line = strings.TrimRightFunc(strings.TrimPrefix(line, " "), unicode.IsSpace)
	// gofmt takes this, behind "// " and wherever in a file it stands, for a build
	// constraint, and moves it to the top.
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "+build"); ok {
		line = "+ build" + rest
	}
	return line
}
