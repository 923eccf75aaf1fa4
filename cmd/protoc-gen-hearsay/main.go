// Command protoc-gen-hearsay turns protobuf schemas into Go types with codecs,
// as a plugin of protoc or buf. It writes the same code as hearsay-gen, which
// needs neither.
//
// Usage:
//
//	hearsay-gen -protos third_party
//	protoc -I schema -I third_party --hearsay_out=gen --hearsay_opt=paths=source_relative app/v1/service.proto
//
// or in buf.gen.yaml:
//
//	plugins:
//	  - local: protoc-gen-hearsay
//	    out: gen
//	    opt: paths=source_relative
//
// The options, separated by commas, are those of protoc-gen-go and one more:
//
//	paths=source_relative        a file's code goes where the file is in the schema
//	paths=import                 it goes to the folder of its import path (default)
//	module=example.test/app      with paths=import: below that of the module
//	Mfile.proto=import/path;name the Go package of a file
//	tests=false                  no test files
//
// A file's Go package is what M says, else its option (hearsay.v1.go_package),
// else its option go_package. All files of one Go package are given to the plugin
// at once, as protoc and buf do with files of one folder.
//
// protoc removes no files: those of messages that are gone stay. It overwrites
// whatever is in the way, too; keep the output folder for generated code.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/hearsay-gossip/hearsay/internal/codegen"
)

func main() {
	if len(os.Args) > 1 {
		os.Exit(explain(os.Args[1], os.Stdout, os.Stderr))
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "protoc-gen-hearsay:", err)
		os.Exit(1)
	}
}

const help = `protoc-gen-hearsay is a plugin: protoc and buf run it, without arguments.

  hearsay-gen -protos third_party
  protoc -I schema -I third_party --hearsay_out=gen --hearsay_opt=paths=source_relative app/v1/service.proto

options, separated by commas:
  paths=source_relative        a file's code goes where the file is in the schema
  paths=import                 it goes to the folder of its import path (default)
  module=example.test/app      with paths=import: below that of the module
  Mfile.proto=import/path;name the Go package of a file
  tests=false                  no test files

Without protoc and buf, hearsay-gen writes the same code.
`

// explain answers whoever runs the plugin by hand, and returns the exit status.
func explain(arg string, stdout, stderr io.Writer) int {
	switch strings.TrimLeft(arg, "-") {
	case "h", "help":
		fmt.Fprint(stdout, help)
		return 0
	case "version":
		version := "(unknown)"
		if build, ok := debug.ReadBuildInfo(); ok {
			version = build.Main.Version
		}
		fmt.Fprintln(stdout, "protoc-gen-hearsay", version)
		return 0
	}
	fmt.Fprintf(stderr, "protoc-gen-hearsay: unexpected argument %q: protoc and buf run it without; -h tells how\n", arg)
	return 2
}

// run answers the request on stdin. Its error is one of talking to protoc; what
// is wrong with the schema is part of the answer.
func run(stdin io.Reader, stdout io.Writer) error {
	raw, err := io.ReadAll(stdin)
	if err != nil {
		return err
	}
	request := new(pluginpb.CodeGeneratorRequest)
	if err := proto.Unmarshal(raw, request); err != nil {
		return fmt.Errorf("what is on the standard input is no request of protoc: %w", err)
	}
	raw, err = proto.Marshal(answer(request))
	if err != nil {
		return err
	}
	_, err = stdout.Write(raw)
	return err
}

// answer generates what was requested.
func answer(request *pluginpb.CodeGeneratorRequest) *pluginpb.CodeGeneratorResponse {
	response := &pluginpb.CodeGeneratorResponse{
		SupportedFeatures: proto.Uint64(uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL)),
	}
	options, err := parseParameter(request.GetParameter())
	var files []codegen.File
	if err == nil {
		files, err = codegen.GenerateRequest(request, options)
	}
	if err != nil {
		message := err.Error()
		if _, ok := errors.AsType[codegen.Problems](err); ok {
			// protoc writes its own name in front: places begin on a line of theirs.
			message = "faults of the schema:\n" + message
		}
		response.Error = proto.String(message)
		return response
	}
	for _, file := range files {
		response.File = append(response.File, &pluginpb.CodeGeneratorResponse_File{
			Name: proto.String(file.Path), Content: proto.String(string(file.Content)),
		})
	}
	return response
}

// parseParameter reads the options of the command line.
func parseParameter(parameter string) (codegen.Options, error) {
	options := codegen.Options{Tests: true}
	options.ByImportPath = true
	for option := range strings.SplitSeq(parameter, ",") {
		if option == "" {
			continue
		}
		name, value, _ := strings.Cut(option, "=")
		if err := setOption(&options, name, value); err != nil {
			return options, fmt.Errorf("option %q: %w", option, err)
		}
	}
	if options.Module != "" && !options.ByImportPath {
		return options, errors.New("option module is for paths=import")
	}
	return options, nil
}

func setOption(options *codegen.Options, name, value string) (err error) {
	file, isPackage := strings.CutPrefix(name, "M")
	switch {
	case name == "paths" && (value == "import" || value == "source_relative"):
		options.ByImportPath = value == "import"
	case name == "paths":
		return errors.New("want paths=import or paths=source_relative")
	case name == "module":
		options.Module = strings.TrimSuffix(value, "/")
	case name == "tests":
		if options.Tests, err = strconv.ParseBool(value); err != nil {
			return errors.New("want tests=true or tests=false")
		}
	case isPackage:
		return options.SetPackage(file, value)
	default:
		return errors.New("there are paths, module, tests and M")
	}
	return nil
}
