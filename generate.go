package hearsay

// Codecs come first: everything else is built on them. The generator runs from
// source and imports nothing below gen, so that it works when gen is missing or
// does not compile.

//go:generate go run ./cmd/hearsay-gen -schema schema -out gen

// A schema with all that the generator supports, whose generated tests judge it.
//go:generate go run ./cmd/hearsay-gen -schema internal/codegen/testdata/everything -out internal/codegen/internal

// The example that is a module of its own, as a user's is.
//go:generate go run ./cmd/hearsay-gen -schema examples/state/schema -out examples/state/gen

//go:generate go tool mockgen -source=transport/transport.go -destination=gen/mocks/mocktransport/transport.go -package=mocktransport
//go:generate go tool mockgen -source=gossiper/interfaces.go -destination=gen/mocks/mockgossiper/interfaces.go -package=mockgossiper
