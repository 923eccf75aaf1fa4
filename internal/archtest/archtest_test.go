package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root finds the folder of go.mod above the test.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

func TestThisModuleFollowsEveryRule(t *testing.T) {
	m, err := Load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Packages) < 8 {
		t.Fatalf("only %d packages found: the walk is broken", len(m.Packages))
	}
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			for _, problem := range rule.Check(m) {
				t.Error(problem)
			}
		})
	}
}

// linked is what the programs of each set may contain, by module, besides the
// standard library and this module. It follows imports of imports, which the
// arrows do not.
var linked = []struct {
	packages []string
	modules  []string
	because  string
}{
	{
		packages: []string{"", "/gossiper", "/membership", "/transport", "/transport/memory", "/transport/multi", "/eventstream", "/discovery", "/gen/hearsay/v1", "/state", "/status", "/wire"},
		because:  "a service that imports hearsay gets nothing else with it",
	},
	{
		packages: []string{"/transport/udp"},
		modules:  []string{"golang.org/x/sys"},
		because:  "UDP needs system calls and nothing else",
	},
	{
		packages: []string{"/transport/quic"},
		modules:  []string{"github.com/quic-go/quic-go", "golang.org/x/sys", "golang.org/x/net", "golang.org/x/crypto"},
		because:  "QUIC needs quic-go and what that needs",
	},
	{
		packages: []string{"/config", "/cmd/hearsay"},
		modules:  []string{"github.com/quic-go/quic-go", "golang.org/x/sys", "golang.org/x/net", "golang.org/x/crypto", "go.yaml.in/yaml/v3"},
		because:  "no program that runs a node contains the generator's compiler and emitter",
	},
}

// listed is the part of `go list -json` that the test reads.
type listed struct {
	ImportPath string
	Deps       []string
	Standard   bool
	Module     *struct{ Path string }
}

func TestProgramsContainOnlyTheModulesTheyNeed(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command for every dependency")
	}
	packages := list(t)
	for _, set := range linked {
		for _, suffix := range set.packages {
			p, ok := packages[ModulePath+suffix]
			if !ok {
				continue // not written yet, or not for this system
			}
			for _, dep := range p.Deps {
				d := packages[dep]
				if d.Standard || d.Module == nil || d.Module.Path == ModulePath || slices.Contains(set.modules, d.Module.Path) {
					continue
				}
				t.Errorf("%s contains %s of module %s: %s", p.ImportPath, dep, d.Module.Path, set.because)
			}
			if slices.ContainsFunc(p.Deps, func(dep string) bool { return strings.HasPrefix(dep, ModulePath+"/internal/codegen") }) {
				t.Errorf("%s contains the generator: nothing at run time may", p.ImportPath)
			}
		}
	}
}

// list asks the go command once for all packages and their dependencies.
func list(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Deps,Standard,Module", "./...")
	command.Dir = root(t)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	packages := make(map[string]listed)
	for decoder := json.NewDecoder(output); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	return packages
}
