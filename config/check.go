package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// check finds what is missing, and what only shows when settings are seen
// together.
func (r *reader) check(name string) {
	s := r.settings
	for _, row := range r.rows {
		section := row.section()
		if !row.required || section != "" && !slices.Contains(s.listens(), section) {
			continue
		}
		if _, given := r.places[row.key]; !given {
			r.wrong(row.key, Problem{Source: name, Field: row.key}, "is missing: "+lowerFirst(row.about))
		}
	}
	node := s.Node
	node.Transport = s.UDP // any will do: the chosen one is asked below
	r.together(name, "", node.Validate())
	all := s.listens()
	for i, word := range all {
		if slices.Contains(all[:i], word) {
			r.wrong("also", r.places["also"].Problem, fmt.Sprintf("names %q, by which the node listens already: remove it", word))
			continue
		}
		r.checkTransport(name, word)
	}
}

// checkTransport asks the package of a transport.
func (r *reader) checkTransport(name, word string) {
	s := r.settings
	switch word {
	case "udp":
		c := s.UDP
		if r.places["udp.insecure"].wrong || r.places["udp.key_file"].wrong {
			c.Insecure, c.KeyFile = true, "" // what is meant cannot be told, so no more is said of it
		}
		r.together(name, word, c.Validate())
	case "quic":
		r.together(name, word, s.quicConfig().Validate())
	case "memory":
		r.together(name, word, s.Memory.Network.Validate())
	}
}

// together reports what a package finds wrong with its own configuration. Its
// problems name fields of Go; they are reported where the setting was given.
// Of a setting that is reported already nothing more is said.
func (r *reader) together(name, section string, err error) {
	for _, problem := range flatten(err) {
		text := problem.Error()
		row, rest, found := r.mentioned(section, text)
		if !found {
			r.report.add(Problem{Source: name, Field: section, Message: text})
			continue
		}
		at, given := r.places[row.key]
		if at.wrong {
			continue
		}
		if !given {
			at.Problem = Problem{Source: name, Field: row.key}
		}
		r.wrong(row.key, at.Problem, rest)
	}
}

// flatten takes joined errors apart, also where they are wrapped as one.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if wrapped := errors.Unwrap(err); wrapped != nil && strings.Contains(err.Error(), "\n") {
		return flatten(wrapped)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, part := range joined.Unwrap() {
		all = append(all, flatten(part)...)
	}
	return all
}

// mentioned finds the setting whose Go field a problem names first, and the
// text behind that name.
func (r *reader) mentioned(section, text string) (setting, string, bool) {
	var best setting
	first, end := len(text), 0
	for _, row := range r.rows {
		if row.section() != section {
			continue
		}
		if at := row.goField().FindStringIndex(text); at != nil && at[0] < first {
			best, first, end = row, at[0], at[1]
		}
	}
	rest := strings.TrimSpace(strings.TrimLeft(text[end:], ": "))
	if after, ok := strings.CutPrefix(rest, "= "); ok {
		rest = "is " + after
	}
	return best, rest, end > 0
}

// initialisms are the words of keys that Go writes in capitals.
var initialisms = map[string]string{"ca": "CA", "id": "ID"}

// fieldNames are the Go names of settings whose key is another word: the
// node's, and the protocol's.
var fieldNames = map[string]string{"node": "(?:NodeID|ID)"}

// goField matches the name of the setting's field in Go, as a word.
func (s setting) goField() *regexp.Regexp {
	key := strings.TrimPrefix(s.key, s.section()+".")
	name, other := fieldNames[key]
	if !other {
		for word := range strings.SplitSeq(key, "_") {
			capital, ok := initialisms[word]
			if !ok {
				capital = strings.ToUpper(word[:1]) + word[1:]
			}
			name += capital
		}
	}
	return regexp.MustCompile(`\b` + name + `\b`)
}

// lowerFirst writes a sentence as the continuation of another.
func lowerFirst(sentence string) string {
	first, size := utf8.DecodeRuneInString(sentence)
	second, _ := utf8.DecodeRuneInString(sentence[size:])
	if unicode.IsUpper(second) {
		return sentence
	}
	return string(unicode.ToLower(first)) + sentence[size:]
}
