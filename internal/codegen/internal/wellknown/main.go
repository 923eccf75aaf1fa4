// Command wellknown writes the types of protobuf's well-known files into package
// wire. Their schema is told here in words of our own; a test of codegen holds it
// to protobuf's.
//
//	wellknown OUT
package main

import (
	"embed"
	"fmt"
	"os"

	"github.com/hearsay-gossip/hearsay/internal/codegen"
)

//go:embed google/protobuf/*.proto
var files embed.FS

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wellknown OUT")
		os.Exit(2)
	}
	generated, err := codegen.GenerateWellKnown(files)
	if err == nil {
		err = codegen.Write(os.Args[1], generated)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "wellknown:", err)
		os.Exit(1)
	}
}
