package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const service = `syntax = "proto3";
package app.v1;
import "google/protobuf/timestamp.proto";
import "hearsay/v1/options.proto";
option (hearsay.v1.go_package) = "example.test/app/gen/app/v1;appv1";

// ServiceState is what a member says of its service.
message ServiceState {
  string version = 1;
  repeated string tags = 2;
  google.protobuf.Timestamp started = 3;
}
`

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFilesGoWhereTheSchemaIs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "schema/app/v1/service.proto"), service)
	var stderr bytes.Buffer
	if status := run([]string{"-schema", filepath.Join(dir, "schema"), "-out", filepath.Join(dir, "gen")}, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	for _, name := range []string{"descriptor.hearsay.go", "service_state.hearsay.go", "service_state.hearsay_test.go"} {
		if _, err := os.Stat(filepath.Join(dir, "gen/app/v1", name)); err != nil {
			t.Error(err)
		}
	}
	if status := run([]string{"-schema", filepath.Join(dir, "schema"), "-out", filepath.Join(dir, "gen"), "-tests=false"}, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "gen/app/v1/service_state.hearsay_test.go")); err == nil {
		t.Error("the test is still there with -tests=false")
	}
}

func TestFaultsAreReportedAndNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	schema := filepath.Join(dir, "schema")
	write(t, filepath.Join(schema, "app/v1/service.proto"), service)
	write(t, filepath.Join(schema, "app/v1/bad.proto"), "syntax = \"proto3\";\npackage app.v1;\nmessage Bad {\n  Missing m = 1;\n}\n")
	var stderr bytes.Buffer
	if status := run([]string{"-schema", schema, "-out", filepath.Join(dir, "gen")}, &stderr); status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	if want := filepath.Join(schema, "app/v1/bad.proto") + ":4:3: "; !strings.Contains(stderr.String(), want) {
		t.Errorf("no %q in:\n%s", want, &stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "gen")); err == nil {
		t.Error("something was written")
	}
}

func TestProtosAreWhatASchemaMayImport(t *testing.T) {
	dir := t.TempDir()
	var stderr bytes.Buffer
	if status := run([]string{"-protos", dir}, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	content, err := os.ReadFile(filepath.Join(dir, "hearsay/v1/options.proto"))
	if err != nil || !strings.Contains(string(content), "package hearsay.v1;") {
		t.Errorf("%v:\n%s", err, content)
	}
}

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "schema/a.proto"), "syntax = \"proto3\";\nmessage A {}\n")
	schema, out := filepath.Join(dir, "schema"), filepath.Join(dir, "out")
	tests := []struct {
		name    string
		args    []string
		status  int
		message string
	}{
		{"no schema", []string{"-out", out}, 2, "-schema is missing"},
		{"no out", []string{"-schema", schema}, 2, "-out is missing"},
		{"argument", []string{"-schema", schema, "-out", out, "a.proto"}, 2, `unexpected argument "a.proto"`},
		{"flag", []string{"-proto"}, 2, "not defined"},
		{"protos and more", []string{"-protos", out, "-out", out}, 2, "neither -schema nor -out"},
		{"protos in a file", []string{"-protos", filepath.Join(dir, "schema/a.proto")}, 1, "a.proto"},
		{"package without file", []string{"-M", "example.test/a"}, 2, "file.proto=import/path;name"},
		{"bad package", []string{"-M", "a.proto=a b"}, 2, "no Go import path"},
		{"no such schema", []string{"-schema", filepath.Join(dir, "none"), "-out", out}, 1, "none"},
		{"empty schema", []string{"-schema", t.TempDir(), "-out", out}, 1, "no .proto file"},
		{"no package", []string{"-schema", schema, "-out", out}, 1, "-M a.proto="},
		{"package given", []string{"-schema", schema, "-out", out, "-M", "a.proto=example.test/a;a"}, 0, ""},
		{"help", []string{"-h"}, 0, "Usage"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if status := run(test.args, &stderr); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if !strings.Contains(stderr.String(), test.message) {
				t.Errorf("no %q in:\n%s", test.message, &stderr)
			}
		})
	}
}

// userTest is the first code that a user writes with what was generated.
const userTest = `package app

import (
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/wire"

	appv1 "example.test/app/gen/app/v1"
)

func TestState(t *testing.T) {
	state := appv1.ServiceState{Version: "1.2.3", Tags: []string{"blue"}, Started: wire.NewTimestamp(time.Now())}
	var decoded appv1.ServiceState
	if err := decoded.Unmarshal(state.AppendTo(nil)); err != nil || !decoded.Equal(&state) {
		t.Errorf("%v: %+v", err, decoded)
	}
}
`

// TestModuleOfAUser goes the way of someone who has just heard of the generator:
// a module of his own, a schema, the tool line, go generate, go mod tidy and go
// test.
func TestModuleOfAUser(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module of its own, which takes seconds and may ask the module proxy")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	m := userModule(t.TempDir())
	write(t, filepath.Join(string(m), "go.sum"), string(sums))
	write(t, filepath.Join(string(m), "schema/app/v1/service.proto"), service)
	write(t, filepath.Join(string(m), "generate.go"), "package app\n\n//go:generate go tool hearsay-gen -schema schema -out gen\n")

	const ours = "github.com/hearsay-gossip/hearsay"
	m.run(t, "mod", "init", "example.test/app")
	// These two are go get -tool, for a version that is in no proxy.
	m.run(t, "mod", "edit", "-require="+ours+"@v0.0.0", "-replace="+ours+"="+root, "-tool="+ours+"/cmd/hearsay-gen")
	m.run(t, "mod", "tidy")
	m.run(t, "generate", "./...")
	write(t, filepath.Join(string(m), "app_test.go"), userTest)
	m.run(t, "mod", "tidy")
	m.run(t, "vet", "./...")
	tested := m.run(t, "test", "-v", "./...")
	for _, test := range []string{"TestState", "TestServiceState", "FuzzServiceState"} {
		if !strings.Contains(tested, "--- PASS: "+test) {
			t.Errorf("%s did not run:\n%s", test, tested)
		}
	}
	// Once more, and nothing changes: the generator is not older than its output.
	m.run(t, "generate", "./...")
	m.run(t, "mod", "tidy", "-diff")
}

// userModule is the folder of a module.
type userModule string

// run runs the go command in the module and returns what it prints.
func (m userModule) run(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = string(m)
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}
