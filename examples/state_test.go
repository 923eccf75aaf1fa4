package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The README's part on state, followed to the letter in a module of its own: what
// "go get" would do there is taken from the example's go.mod.
func TestAFieldSetOnOneNodeIsPrintedOnAnother(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds and runs programs, which are interrupted")
	}
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	readme := readFile(t, "../README.md")
	write := func(name, content string) {
		name = filepath.Join(module, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", strings.Replace(readFile(t, "state/go.mod"), "=> ../..", "=> "+here, 1))
	write("go.sum", readFile(t, "state/go.sum"))
	write("schema/app/v1/service.proto", block(t, readme, "in a folder `schema`:", "proto"))
	write("main.go", block(t, readme, "`main.go`:", "go"))
	run := func(arguments ...string) {
		t.Helper()
		command := exec.CommandContext(limited(t), "go", arguments...)
		command.Dir = module
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", arguments, err, output)
		}
	}
	run(strings.Fields(regexp.MustCompile(`(?m)^    go (tool hearsay-gen .*)$`).FindStringSubmatch(readme)[1])...)
	run(slices.Concat([]string{"build", "-o", "services"}, buildFlags, []string{"."})...)
	program := filepath.Join(module, "services")

	first := start(t, program, "-version", "1.0")
	address := first.await(t, regexp.MustCompile(`127\.0\.0\.1:\d+`))
	second := start(t, program, "-id", "n2", "-version", "2.0", address)
	first.await(t, regexp.MustCompile(`n2 version 2\.0`))
	second.await(t, regexp.MustCompile(`n1 version 1\.0`))
	for _, p := range []*process{second, first} {
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("it ends with %v", err)
		}
	}
}

// block returns the block of code that follows a mark in a page.
func block(t *testing.T, page, mark, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, mark)
	_, rest, opened := strings.Cut(rest, "```"+language+"\n")
	code, _, closed := strings.Cut(rest, "```")
	if !found || !opened || !closed {
		t.Fatalf("the README has no %s behind %q", language, mark)
	}
	return code
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
