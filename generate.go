package hearsay

// Codecs come first, those of protobuf's well-known types before all others:
// everything else is built on them. The generators run from source and import
// nothing that they write, so that they work when it is missing or does not
// compile.

//go:generate go run ./internal/codegen/internal/wellknown wire
//go:generate go run ./cmd/hearsay-gen -schema schema -out gen

// A schema with all that the generator supports, whose generated tests judge it.
//go:generate go run ./cmd/hearsay-gen -schema internal/codegen/testdata/everything -out internal/codegen/internal

// One like that of protobuf's conformance tests, which has tests of its own.
//go:generate go run ./cmd/hearsay-gen -schema internal/codegen/testdata/conformance -out internal/codegen/internal -tests=false

// What is measured beside the codecs of others, in a module of its own.
//go:generate go run ./cmd/hearsay-gen -schema internal/compare/codec/schema -out internal/compare/codec/hearsay -M delta.proto=github.com/hearsay-gossip/hearsay/internal/compare/codec/hearsay;hearsaydelta

// The example that is a module of its own, as a user's is.
//go:generate go run ./cmd/hearsay-gen -schema examples/state/schema -out examples/state/gen

// The example that is tested in virtual time.
//go:generate go run ./cmd/hearsay-gen -schema examples/limiter/schema -out examples/limiter/gen

//go:generate go tool mockgen -source=transport/transport.go -destination=gen/mocks/mocktransport/transport.go -package=mocktransport
//go:generate go tool mockgen -source=gossiper/interfaces.go -destination=gen/mocks/mockgossiper/interfaces.go -package=mockgossiper
