// Command hearsay-gen turns protobuf schemas into Go types with codecs. It needs
// no protoc.
//
// Usage:
//
//	hearsay-gen -schema DIR -out DIR [-M file.proto=import/path;name]... [-tests=false]
//	hearsay-gen -protos DIR
//
// All .proto files below the schema folder are read. The code for
// DIR/app/v1/service.proto goes to the folder app/v1 below the output folder:
// for each message, service_state.hearsay.go with its type and codec and
// service_state.hearsay_test.go with its test and fuzz target. A file's Go
// package is what -M says, else its option (hearsay.v1.go_package), else its
// option go_package.
//
// A schema may import hearsay/v1/options.proto, hearsay's own messages, and
// protobuf's well-known files without having them: the generator carries them.
// -protos writes hearsay's own below a folder, for editors and for protoc, whose
// plugin is protoc-gen-hearsay.
//
// All of proto3 is supported. The types of protobuf's well-known files, such as
// google.protobuf.Timestamp, are those of package wire. proto2, editions and
// extensions are not supported. What is not is refused, as file:line:col:
// message, together with all other faults of the schema, and then nothing is
// written. Services are left to other generators.
//
// In the folders that are written to, files of messages that are gone are removed;
// no file that hearsay-gen did not write is ever touched.
//
// In a module of your own:
//
//	go get -tool github.com/hearsay-gossip/hearsay/cmd/hearsay-gen
//
//	//go:generate go tool hearsay-gen -schema schema -out gen
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hearsay-gossip/hearsay/internal/codegen"
)

const usage = `Usage: hearsay-gen -schema DIR -out DIR [-M file.proto=import/path;name]... [-tests=false]
       hearsay-gen -protos DIR

It turns the .proto files below a folder into Go types with codecs, and messages
of replicated state into replicas.

`

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run is main with its surroundings as arguments. It returns the exit status: 1
// for a faulty schema or files that cannot be written, 2 for wrong arguments.
func run(args []string, stderr io.Writer) int {
	c, err := parseArgs(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2
	}
	if err := c.run(); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// command is what the arguments ask for.
type command struct {
	schema, out string
	protos      string
	options     codegen.Options
}

func parseArgs(args []string, stderr io.Writer) (*command, error) {
	c := &command{}
	flags := flag.NewFlagSet("hearsay-gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&c.schema, "schema", "", "the `folder` with .proto files, from which their imports are named")
	flags.StringVar(&c.out, "out", "", "the `folder` below which Go files are written, in folders like those of the schema")
	flags.StringVar(&c.protos, "protos", "", "write hearsay's .proto files below this `folder`, and do nothing else")
	flags.BoolVar(&c.options.Tests, "tests", true, "write a test file for each message")
	flags.Func("M", "`file.proto=import/path;name`: the Go package of a file (repeatable)", func(s string) error {
		file, pkg, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("want file.proto=import/path;name")
		}
		return c.options.SetPackage(file, pkg)
	})
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, misuse(flags, fmt.Sprintf("unexpected argument %q", flags.Arg(0)))
	case c.protos != "" && (c.schema != "" || c.out != ""):
		return nil, misuse(flags, "-protos goes with neither -schema nor -out")
	case c.protos != "":
	case c.schema == "":
		return nil, misuse(flags, "-schema is missing")
	case c.out == "":
		return nil, misuse(flags, "-out is missing")
	}
	return c, nil
}

func misuse(flags *flag.FlagSet, message string) error {
	fmt.Fprintf(flags.Output(), "hearsay-gen: %s\n", message)
	flags.Usage()
	return errors.New(message)
}

func (c *command) run() error {
	if c.protos == "" {
		return c.generate()
	}
	if err := codegen.WriteProtos(c.protos); err != nil {
		return fmt.Errorf("hearsay-gen: %w", err)
	}
	return nil
}

func (c *command) generate() error {
	root := os.DirFS(c.schema)
	files, err := codegen.Generate(root, c.options)
	if problems, ok := errors.AsType[codegen.Problems](err); ok {
		return c.located(problems)
	}
	if err != nil {
		return fmt.Errorf("hearsay-gen: schema folder %s: %w", c.schema, err)
	}
	if err := codegen.Write(c.out, files); err != nil {
		return fmt.Errorf("hearsay-gen: nothing was written: %w", err)
	}
	return nil
}

// located names the files of problems as the shell sees them, so that editors
// find them.
func (c *command) located(problems codegen.Problems) error {
	for i, p := range problems {
		file := filepath.Join(c.schema, filepath.FromSlash(p.File))
		if _, err := os.Stat(file); err == nil {
			problems[i].File = file
		}
	}
	return problems
}
