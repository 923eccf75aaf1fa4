// Package schema embeds hearsay's .proto files: the single source of every
// type that crosses the wire, and the options that a user's schema may import.
// It is embedded so that the generator needs no files beside its binary.
package schema

import "embed"

// FS holds the schema as it is imported: "hearsay/v1/envelope.proto".
//
//go:embed hearsay/v1/*.proto
var FS embed.FS
