package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"
)

func TestAFieldSetOnOneNodeIsPrintedOnAnother(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds and runs programs, which are interrupted")
	}
	program := filepath.Join(t.TempDir(), "services")
	compile := exec.Command("go", slices.Concat([]string{"build", "-o", program}, buildFlags, []string{"."})...)
	compile.Dir = "state" // a module of its own
	if output, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	first := start(t, program, "-id", "n1", "-version", "1.0")
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
