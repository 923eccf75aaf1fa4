package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const documentation = "../docs/configuration.md"

func TestTheDocumentationIsTheTable(t *testing.T) {
	want := document(table())
	if *update {
		if err := os.WriteFile(documentation, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Errorf("%s is not what the table says: run make config-docs", documentation)
	}
}

// introductions are the words before the settings of each section.
var introductions = map[string]string{
	"": `# Configuration

<!-- Made from the table in config/ by "make config-docs"; a test keeps them equal. -->

One YAML file, the environment and flags; later ones win. The variable of a
setting is its name in capitals behind HEARSAY_, with _ for a dot. An empty
variable counts as not set, and lists in it are separated by commas. Durations
are written like 100ms, 1.5s or 2m; bytes like 1160, 64KiB or 4MiB. Relative
names of files belong to the folder of the configuration file.

A configuration is used only if all of it is right. Otherwise every problem is
reported, with its line and what to do.

## The node
`,
	"udp":    "\n## `transport: udp`\n",
	"quic":   "\n## `transport: quic`\n",
	"memory": "\n## `transport: memory`\n\nA simulated network inside one process, for tests and demonstrations.\n",
}

// document renders the table.
func document(rows []setting) string {
	var b strings.Builder
	section := "none"
	for _, row := range rows {
		if row.section() != section {
			section = row.section()
			b.WriteString(introductions[section])
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n", row.key, row.about)
		fmt.Fprintf(&b, "- type: %s\n", row.kind)
		switch {
		case row.required && section == "":
			b.WriteString("- required\n")
		case row.required:
			b.WriteString("- required with this transport\n")
		case row.list:
			b.WriteString("- default: none\n")
		default:
			fmt.Fprintf(&b, "- default: %s\n", row.fallback)
		}
		if row.least != "" {
			fmt.Fprintf(&b, "- range: %s to %s\n", row.least, row.most)
		}
		fmt.Fprintf(&b, "- variable: `%s`\n", row.variable())
	}
	return b.String()
}
