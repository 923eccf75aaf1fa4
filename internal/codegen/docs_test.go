package codegen

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hearsay-gossip/hearsay/schema"
)

// TestDocumentationOfSchemas generates what docs/schema.md shows, and looks up
// the names that it mentions.
func TestDocumentationOfSchemas(t *testing.T) {
	text, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```proto\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("no schema in the documentation")
	}
	var code strings.Builder
	for _, block := range blocks {
		files, err := Generate(fstest.MapFS{"app/v1/service.proto": {Data: []byte(block[1])}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			code.Write(file.Content)
		}
	}
	for _, name := range []string{"HasWeight bool", "Checks map[string]Health", "DrainKind ServiceStateDrainKind",
		"ServiceStateDrainNone", "HealthPassing ", "Started *wire.Timestamp", runtimeVersion} {
		if !strings.Contains(strings.Join(strings.Fields(code.String()), " "), name) {
			t.Errorf("%q is in the documentation and not in the code", name)
		}
	}
	options, err := schema.FS.ReadFile(optionsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range regexp.MustCompile(`(?m)^  \w+ (\w+) = 518\d\d;`).FindAllSubmatch(options, -1) {
		if name := "(hearsay.v1." + string(option[1]) + ")"; !strings.Contains(string(text), name) {
			t.Errorf("the option %s is not in the documentation", name)
		}
	}
}
