package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The program that the README shows is the one that examples/hello is, which a
// test runs.
func TestTheProgramOfTheReadmeIsTheExample(t *testing.T) {
	_, rest, found := strings.Cut(read(t, "../README.md"), "```go\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README shows no program")
	}
	source := read(t, "../examples/hello/main.go")
	if program := source[strings.Index(source, "func main()"):]; program != shown {
		t.Errorf("examples/hello has\n%s\nthe README shows\n%s", program, shown)
	}
}

// The schema and the program of the README's part on state are those of
// examples/state, and short.
func TestTheStateOfTheReadmeIsTheExample(t *testing.T) {
	_, part, _ := strings.Cut(read(t, "../README.md"), "## State of your own")
	for fence, example := range map[string]struct {
		file string
		most int
	}{
		"```proto\n": {"../examples/state/schema/app/v1/service.proto", 10},
		"```go\n":    {"../examples/state/main.go", 40},
	} {
		_, rest, _ := strings.Cut(part, fence)
		shown, _, _ := strings.Cut(rest, "```")
		if want := read(t, example.file); shown != want {
			t.Errorf("%s has\n%s\nthe README shows\n%s", example.file, want, shown)
		}
		if lines := len(strings.FieldsFunc(shown, func(r rune) bool { return r == '\n' })); lines > example.most {
			t.Errorf("%s has %d lines that are not empty", example.file, lines)
		}
	}
}

var (
	link       = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	quoted     = regexp.MustCompile("`((?:docs|examples|internal|schema)/[A-Za-z0-9_./-]*|[A-Z][A-Z_]+\\.md)`")
	makeTarget = regexp.MustCompile(`\bmake ([a-z-]+)\b`)
)

// What the prose points at exists.
func TestProsePointsAtWhatExists(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"../*.md", "*.md", "adr/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, found, err)
		}
		pages = append(pages, found...)
	}
	makefile := read(t, "../Makefile")
	for _, page := range pages {
		text := read(t, page)
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			exists(t, page, filepath.Join(filepath.Dir(page), match[1]))
		}
		for _, match := range quoted.FindAllStringSubmatch(text, -1) {
			exists(t, page, filepath.Join("..", match[1]))
		}
		for _, match := range makeTarget.FindAllStringSubmatch(text, -1) {
			if isCommand(text, match[0]) && !strings.Contains(makefile, "\n"+match[1]+":") {
				t.Errorf("%s: %s is no target of the Makefile", page, match[0])
			}
		}
	}
}

var direct = regexp.MustCompile(`(?m)^(?:require)?\s+([a-z0-9.-]+\.[a-z]+/[^\s]+) v[^\s]+$`)

// Every module that this one asks for has a line that says why.
func TestEveryDependencyIsExplained(t *testing.T) {
	page := read(t, "dependencies.md")
	for _, name := range []string{"../go.mod", "../tools.mod"} {
		for _, match := range direct.FindAllStringSubmatch(read(t, name), -1) {
			if !strings.Contains(page, "| "+match[1]+" ") {
				t.Errorf("%s asks for %s, and dependencies.md does not say why", name, match[1])
			}
		}
	}
}

// isCommand tells whether words stand in a page as a command and not as prose:
// behind a back-quote or at the beginning of an indented line.
func isCommand(text, words string) bool {
	return strings.Contains(text, "`"+words) || strings.Contains(text, "\n    "+words)
}

func exists(t *testing.T, page, file string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s points at %s: %v", page, file, err)
	}
}
