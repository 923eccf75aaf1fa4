package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFileBytes bounds a configuration file: a hundred times the longest that
// makes sense.
const maxFileBytes = 1 << 20

// file reads a YAML file: one mapping, whose sections are mappings. It tells
// whether it could be read at all, right or wrong.
func (r *reader) file(name string, source []byte) bool {
	if len(source) > maxFileBytes {
		r.report.add(Problem{Source: name, Message: fmt.Sprintf("has %d bytes, %d at most: this is no configuration", len(source), maxFileBytes)})
		return false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return true // an empty file sets nothing
	} else if err != nil {
		r.report.add(syntaxProblem(name, err))
		return false
	}
	var more yaml.Node
	if err := decoder.Decode(&more); err == nil {
		r.report.add(Problem{Source: name, Line: more.Line, Message: "a second document begins: keep one"})
	} else if !errors.Is(err, io.EOF) {
		r.report.add(syntaxProblem(name, err))
		return false
	}
	return r.mapping(name, "", document.Content[0])
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

func syntaxProblem(name string, err error) Problem {
	problem := Problem{Source: name, Message: err.Error()}
	if match := syntaxLine.FindStringSubmatch(err.Error()); match != nil {
		problem.Line, _ = strconv.Atoi(match[1]) // 0 without a line
		problem.Message = "not YAML: " + match[2]
	}
	return problem
}

// mapping reads the whole file or one section, and tells whether it is one.
func (r *reader) mapping(name, section string, node *yaml.Node) bool {
	node = resolved(node)
	if isNull(node) {
		return true // a section whose lines are all commented out
	}
	if node.Kind != yaml.MappingNode {
		message := "is " + describe(node) + ": write settings as `name: value`, one per line"
		r.report.add(Problem{Source: name, Line: node.Line, Field: section, Message: message})
		return false
	}
	lines := make(map[string]int)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		field := key.Value
		if section != "" {
			field = section + "." + key.Value
		}
		at := Problem{Source: name, Line: key.Line, Field: field}
		if key.Kind != yaml.ScalarNode {
			at.Field, at.Message = section, "a key is "+describe(key)+": write a name"
			r.report.add(at)
			continue
		}
		if first, twice := lines[key.Value]; twice {
			at.Message = fmt.Sprintf("is given twice, first on line %d: keep one", first)
			r.report.add(at)
			continue
		}
		lines[key.Value] = key.Line
		if section == "" && slices.Contains(r.sections(), key.Value) {
			r.mapping(name, key.Value, value)
			continue
		}
		r.value(at, section, value)
	}
	return true
}

// value reads one setting at a at.
func (r *reader) value(at Problem, section string, node *yaml.Node) {
	row, known := r.row(at.Field)
	if !known {
		at.Message = "is not a setting" + r.suggestion(section, at.Field)
		r.report.add(at)
		return
	}
	values, message := scalars(row, resolved(node))
	if message != "" {
		r.wrong(row.key, at, message)
		return
	}
	r.apply(row, values, at)
}

// scalars returns the texts of a setting's value, or what is wrong with its
// type.
func scalars(row setting, node *yaml.Node) ([]string, string) {
	if isNull(node) {
		return nil, "has no value: give one, or remove the line"
	}
	if !row.list {
		if message := mismatch(row, node); message != "" {
			return nil, message
		}
		return []string{node.Value}, ""
	}
	if row.named && node.Kind == yaml.MappingNode {
		return named(row, node)
	}
	if row.named && node.Kind != yaml.SequenceNode {
		return nil, "is " + describe(node) + ": write a line `name: text` for each, below it"
	}
	if node.Kind != yaml.SequenceNode {
		return nil, "is " + describe(node) + ": write a list, [a, b] or one line `- a` for each"
	}
	values := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		item = resolved(item)
		if message := mismatch(row, item); message != "" {
			return nil, fmt.Sprintf("entry %d %s", len(values)+1, message)
		}
		values = append(values, item.Value)
	}
	return values, ""
}

// named returns a section of names as "name=value" each.
func named(row setting, node *yaml.Node) ([]string, string) {
	values := make([]string, 0, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := resolved(node.Content[i]), resolved(node.Content[i+1])
		if name.Kind != yaml.ScalarNode || strings.Contains(name.Value, "=") {
			return nil, fmt.Sprintf("entry %d: write a name without =, a colon and a text", i/2+1)
		}
		if message := mismatch(row, value); message != "" {
			return nil, fmt.Sprintf("entry %q %s", abridged(name.Value), message)
		}
		values = append(values, name.Value+"="+value.Value)
	}
	return values, ""
}

// mismatch says what is wrong with the type of a single value.
func mismatch(row setting, node *yaml.Node) string {
	switch {
	case node.Kind != yaml.ScalarNode:
		return "is " + describe(node) + ": give one value (" + row.kind + ")"
	case slices.Contains(row.tags, node.ShortTag()):
		return ""
	case slices.Contains(row.tags, "!!str"):
		return fmt.Sprintf("is %s: put it in quotes, %q", describe(node), abridged(node.Value))
	}
	return fmt.Sprintf("is %s, %q: give %s", describe(node), abridged(node.Value), row.kind)
}

// sections returns the names of the sections, in the table's order.
func (r *reader) sections() []string {
	var sections []string
	for _, row := range r.rows {
		if section := row.section(); section != "" && !slices.Contains(sections, section) {
			sections = append(sections, section)
		}
	}
	return sections
}

// suggestion finds what may have been meant by an unknown field: a name of the
// same section, or the same name elsewhere.
func (r *reader) suggestion(section, field string) string {
	name := strings.TrimPrefix(field, section+".")
	var siblings, elsewhere []string
	for _, row := range r.rows {
		last := strings.TrimPrefix(row.key, row.section()+".")
		if row.section() == section {
			siblings = append(siblings, last)
		}
		if last == name {
			elsewhere = append(elsewhere, row.key)
		}
	}
	if section == "" {
		siblings = append(siblings, r.sections()...)
	}
	if len(elsewhere) > 0 {
		return " here, did you mean " + strings.Join(elsewhere, " or ") + "?"
	}
	return suggest(name, siblings)
}

// resolved follows an alias to what it stands for.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// describe names the type of a value for a message.
func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch node.ShortTag() {
	case "!!str":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "empty"
	case "!!timestamp":
		return "a date"
	}
	return "of type " + node.ShortTag()
}
