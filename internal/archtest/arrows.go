package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// arrow is what one package, or one tree of packages, may import besides the
// standard library when it is built into a program.
type arrow struct {
	// from is a folder; "transport/..." is the folder with all below it.
	from string
	// own are folders of this module, third are paths of others; both may end
	// in "/...".
	own, third []string
	// because is why, for whoever wants to add to it.
	because string
}

const (
	protobuf = "google.golang.org/protobuf/..."
	gen      = "gen/hearsay/v1"
)

// arrows is the layering of the module. The most specific row holds for a
// package. A package without a row is a problem, so that each new one gets a
// reason.
var arrows = []arrow{
	{from: "schema", because: "it embeds files and nothing else"},
	{from: "wire",
		because: "generated code of every user stands on it"},
	{from: "wire/...", own: []string{"wire", "wire/..."}, third: []string{protobuf},
		because: "generated tests and JSON need reflection; codecs do not"},
	{from: "state", own: []string{"wire"},
		because: "it merges and relays state whose types it does not know"},
	{from: "state/replica", own: []string{"state", "wire"},
		because: "typed views of state, with the lock that state does not have"},
	{from: "state/replica/replicatest", own: []string{"state", "state/replica", "wire", "wire/wiretest"},
		because: "one suite for all generated replicas"},
	{from: "gen/hearsay/v1", own: []string{"wire", "state", "state/replica"},
		because: "generated types are plain values: everything else is above them"},
	{from: "gen/mocks/...", own: []string{"transport", "transport/...", "gossiper", "membership", "eventstream", gen},
		third: []string{"github.com/golang/mock/gomock"}, because: "a mock imports what it stands in for"},
	{from: "internal/codegen", own: []string{"schema", "internal/codegen/..."},
		third:   []string{"github.com/dave/jennifer/jen", "github.com/bufbuild/protocompile/...", protobuf},
		because: "only the generator may import a compiler and an emitter"},
	{from: "docs", because: "it holds prose, and tests that compare it with the code"},
	{from: "internal/codegen/internal/...", own: []string{"internal/codegen/internal/...", gen, "state", "state/replica", "wire", "wire/..."},
		third:   []string{protobuf},
		because: "generated code of the generator's own tests imports what that of users does"},
	{from: "internal/codegen/internal/wellknown", own: []string{"internal/codegen"},
		because: "it is the generator, for protobuf's own files"},
	{from: "internal/archtest", because: "it must build when nothing else does"},
	{from: "internal/rusage", because: "it asks the system"},
	{from: "membership", own: []string{gen, "wire", "state"},
		because: "the protocol is a value machine without I/O"},
	{from: "eventstream", because: "it carries any type and knows none of ours"},
	{from: "discovery", because: "it turns names into addresses and knows nothing of gossip"},
	{from: "transport", own: []string{"transport/internal/...", gen, "wire"},
		because: "it moves envelopes and does not know what they mean"},
	{from: "transport/transporttest", own: []string{"transport", gen, "wire"},
		because: "one suite for all transports knows none of them"},
	{from: "transport/internal/...", own: []string{"wire", gen},
		because: "parts of the transports know less than the transports do"},
	{from: "transport/internal/sockaddr", third: []string{"golang.org/x/sys/unix"},
		because: "it is the kernel's form of addresses, and nothing else"},
	{from: "transport/internal/icmp", own: []string{"transport/internal/sockaddr"}, third: []string{"golang.org/x/sys/unix"},
		because: "it reads what one system keeps for a socket"},
	{from: "transport/memory", own: []string{"transport", "transport/internal/...", gen, "wire"},
		because: "a simulated network stands on the interface alone"},
	{from: "transport/udp", own: []string{"transport", "transport/internal/...", gen, "wire"},
		third: []string{"golang.org/x/sys/unix"}, because: "batching and ICMP errors need system calls"},
	{from: "transport/quic", own: []string{"transport", "transport/internal/...", "transport/quic/...", gen, "wire"},
		third: []string{"github.com/quic-go/quic-go", "github.com/quic-go/quic-go/qlog", "github.com/quic-go/quic-go/qlogwriter",
			"golang.org/x/net/ipv4"},
		because: "the only place that knows quic-go"},
	{from: "transport/quic/...", own: []string{"transport", "transport/quic/...", "wire"},
		because: "certificates are made without a connection"},
	{from: "transport/multi", own: []string{"transport"},
		because: "it combines transports and knows none of them"},
	{from: "gossiper", own: []string{"membership", "transport", "eventstream", gen},
		because: "it drives the protocol over the interface, never over one transport"},
	{from: "internal/replicas", own: []string{"membership", "state", "state/replica"},
		because: "nodes that run and nodes that are simulated feed replicas alike"},
	{from: ".", own: []string{"internal/replicas", "gossiper", "membership", "transport", "transport/multi", "eventstream", "discovery", "state", "state/replica", "wire", gen},
		because: "the front door brings neither a transport nor a file format with it"},
	{from: "config", own: []string{".", "discovery", "gossiper", "transport", "transport/memory", "transport/udp", "transport/quic"},
		third:   []string{"go.yaml.in/yaml/v3"},
		because: "files and environment lead to every transport; nothing leads back"},
	{from: "status", own: []string{".", "transport"},
		because: "it shows a node by what the front door tells of it, and nothing leads back"},
	{from: "admin", own: []string{".", "status"},
		because: "operators reach a node by what the front door has, and nothing leads back"},
	{from: "sim", own: []string{".", "internal/sim", "internal/sim/check", "gossiper", "state/replica", "transport/memory", gen},
		because: "the simulator as users get it: what they may say and see, and nothing of how"},
	{from: "internal/sim", own: []string{"internal/replicas", "membership", "gossiper", "transport", "transport/memory", "eventstream", "discovery", gen, "wire", "state", "."},
		because: "the simulator runs the real protocol over the simulated network"},
	{from: "internal/sim/...", own: []string{"membership", "gossiper", "transport", "transport/memory", "eventstream", "discovery", gen, "wire", "state", "internal/rusage", "internal/sim", "internal/sim/...", "."},
		because: "scenarios and checkers of the simulator"},
	{from: "internal/nettest", because: "it has tests only"},
	{from: "internal/nettest/node", own: []string{".", "config", "transport"},
		because: "the program of a user: a configuration file, and a node"},
	{from: "cmd/hearsay", own: []string{".", "admin", "config", "discovery", "membership", "state", "transport/...", "internal/sim", "internal/sim/..."},
		because: "operators get everything"},
	{from: "cmd/hearsay-gen", own: []string{"internal/codegen", "internal/codegen/...", "schema"},
		because: "the generator reads a schema and never runs a node"},
	{from: "cmd/protoc-gen-hearsay", own: []string{"internal/codegen", "internal/codegen/...", "schema"}, third: []string{protobuf},
		because: "the generator reads a schema and never runs a node"},
	{from: "examples/...", own: []string{".", "config", "discovery", "membership", "sim", "transport", "transport/...", "examples/..."},
		because: "an example shows what a user can import, and nothing else"},
	{from: "examples/limiter/gen/...", own: []string{"state", "state/replica", "wire", gen},
		because: "it is what the generator writes for a user"},
}

// testThird is what tests may import from other modules, each with the folders
// to which it is confined; none is everywhere.
var testThird = map[string][]string{
	"pgregory.net/rapid":            nil,
	"github.com/golang/mock/gomock": nil,
	"google.golang.org/protobuf":    nil,
	"github.com/dave/jennifer":      {"internal/codegen"},
	"github.com/bufbuild":           {"internal/codegen"},
	"github.com/quic-go/quic-go":    {"transport/quic", "internal/nettest"}, // whose attackers need no rules
	"go.yaml.in/yaml/v3":            {"config"},
	"golang.org/x/sys":              nil,
	"golang.org/x/tools":            {"internal/codegen"},
}

// Arrows checks the imports of programs against the table.
func Arrows(m *Module) []Problem { return checkArrows(m, arrows) }

func checkArrows(m *Module, table []arrow) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		row, ok := rowFor(table, p.Dir)
		if !ok {
			problems = append(problems, Problem{File: p.Dir, Message: "no row in the table of arrows: add one, with its reason"})
			continue
		}
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			for i, importPath := range f.imports() {
				if !row.allows(importPath) {
					problems = append(problems, m.at(f, f.AST.Imports[i], "%s may not import %s: %s", p.Dir, importPath, row.because))
				}
			}
		}
	}
	return sorted(problems)
}

// TestArrows checks what tests alone import: libraries stay where they belong,
// and only external test packages import mocks.
func TestArrows(m *Module) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		row, _ := rowFor(arrows, p.Dir)
		for _, f := range p.Files {
			if !f.Test {
				continue
			}
			for i, importPath := range f.imports() {
				if message := testImport(f, row, p.Dir, importPath); message != "" {
					problems = append(problems, m.at(f, f.AST.Imports[i], "%s", message))
				}
			}
		}
	}
	return sorted(problems)
}

func testImport(f *File, row arrow, dir, importPath string) string {
	if folder, ok := own(importPath); ok {
		if matches("gen/mocks/...", folder) && !f.External {
			return "mocks import what they mock, so only an external test package may import them"
		}
		if matches("internal/codegen/...", folder) && !matches("internal/codegen/...", dir) && !strings.HasPrefix(dir, "cmd/") {
			return "only the generator's own tests import it"
		}
		return ""
	}
	if standard(importPath) || row.allows(importPath) {
		return ""
	}
	for prefix, folders := range testThird {
		if importPath == prefix || strings.HasPrefix(importPath, prefix+"/") {
			if len(folders) > 0 && !slices.ContainsFunc(folders, func(folder string) bool { return matches(folder+"/...", dir) }) {
				return fmt.Sprintf("%s is for the tests of %s only", importPath, strings.Join(folders, " and "))
			}
			return ""
		}
	}
	return fmt.Sprintf("tests may not import %s: add it to the table with a reason, or do without", importPath)
}

// rowFor returns the most specific row for a folder.
func rowFor(table []arrow, dir string) (arrow, bool) {
	var best arrow
	found := false
	for _, row := range table {
		if matches(row.from, dir) && (!found || len(strings.TrimSuffix(row.from, "/...")) > len(strings.TrimSuffix(best.from, "/...")) || row.from == dir) {
			best, found = row, true
		}
	}
	return best, found
}

func (a arrow) allows(importPath string) bool {
	if folder, ok := own(importPath); ok {
		return slices.ContainsFunc(a.own, func(pattern string) bool { return matches(pattern, folder) })
	}
	return standard(importPath) || slices.ContainsFunc(a.third, func(pattern string) bool { return matches(pattern, importPath) })
}

// matches tells whether name is pattern, or below it if it ends in "/...".
func matches(pattern, name string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	if !tree {
		return name == pattern
	}
	return name == root || strings.HasPrefix(name, path.Clean(root)+"/")
}
