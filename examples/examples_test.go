package examples_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// buildFlags are those with which the programs are built: the test's own.
var buildFlags []string

// build compiles an example as a newcomer does and returns the program.
func build(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs a program for seconds")
	}
	program := filepath.Join(t.TempDir(), name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	arguments := slices.Concat([]string{"build", "-o", program}, buildFlags, []string{"./" + name})
	if output, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", arguments, err, output)
	}
	return program
}

// limited returns a context that ends before the test's own time does, so that
// a program that hangs is killed and its output shown.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestFiveNodesAgree(t *testing.T) {
	files, err := filepath.Glob("config/*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatalf("found %v, want a file per transport (%v)", files, err)
	}
	runs := [][]string{{"udp"}, {"quic"}, {"memory"}}
	for _, file := range files {
		runs = append(runs, []string{"config", file})
	}
	for _, run := range runs {
		t.Run(strings.Join(run, " "), func(t *testing.T) {
			t.Parallel()
			program := build(t, run[0])
			output, err := exec.CommandContext(limited(t), program, run[1:]...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			lines := strings.Split(strings.TrimSpace(string(output)), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, "three nodes agree: all views are equal") {
				t.Errorf("ends without saying that the views are equal:\n%s", output)
			}
			for _, want := range []string{"n2 removed", "n3 dead"} {
				if !strings.Contains(string(output), want) {
					t.Errorf("no topology update has %q:\n%s", want, output)
				}
			}
		})
	}
}

func TestConfigSaysWhatIsWrongAndFails(t *testing.T) {
	program := build(t, "config")
	file := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(file, []byte("cluster: demo\nnode: n1\ntransport: udp\nudp:\n  listen: 7946\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		arguments []string
		code      int
		want      string
	}{
		{nil, 2, "usage"},
		{[]string{file}, 1, "bad.yaml:5: udp.listen: "},
		{[]string{file + ".old"}, 1, "does not exist"},
	} {
		command := exec.CommandContext(limited(t), program, test.arguments...)
		output, err := command.CombinedOutput()
		if err == nil || command.ProcessState.ExitCode() != test.code || !strings.Contains(string(output), test.want) {
			t.Errorf("%v: %v, want code %d and %q\n%s", test.arguments, err, test.code, test.want, output)
		}
	}
}

// Two processes of the README's program: the second finds the first, and tells
// it when it leaves.
func TestHelloFindsAndLeaves(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process can be interrupted here")
	}
	program := build(t, "hello")
	first := start(t, program, "-id", "n1")
	address := first.await(t, regexp.MustCompile(`127\.0\.0\.1:\d+`))
	second := start(t, program, "-id", "n2", address)
	first.await(t, regexp.MustCompile(`n2\s+up`))
	second.await(t, regexp.MustCompile(`n1\s+up`))
	if err := second.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	first.await(t, regexp.MustCompile(`n2\s+removed`))
	if err := second.Wait(); err != nil {
		t.Errorf("the second ends with %v", err)
	}
	if err := first.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first ends with %v", err)
	}
}

// process is a running program whose output is read line by line.
type process struct {
	*exec.Cmd
	lines *bufio.Scanner
	seen  strings.Builder
}

func start(t *testing.T, program string, arguments ...string) *process {
	t.Helper()
	command := exec.CommandContext(limited(t), program, arguments...)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: command, lines: bufio.NewScanner(output)}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// await reads until a line matches, and returns the match.
func (p *process) await(t *testing.T, want *regexp.Regexp) string {
	t.Helper()
	for p.lines.Scan() {
		p.seen.WriteString(p.lines.Text() + "\n")
		if match := want.FindString(p.lines.Text()); match != "" {
			return match
		}
	}
	t.Fatalf("%v ended without %v (%v):\n%s", p.Args, want, p.lines.Err(), p.seen.String())
	return ""
}

// Wait lets the program end; what it still prints is not held back.
func (p *process) Wait() error {
	for p.lines.Scan() {
	}
	return p.Cmd.Wait()
}
