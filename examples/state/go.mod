module example.test/services

go 1.26.0

require github.com/hearsay-gossip/hearsay v0.0.0

require (
	github.com/bufbuild/protocompile v0.14.1 // indirect
	github.com/dave/jennifer v1.7.1 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/hearsay-gossip/hearsay => ../..

tool github.com/hearsay-gossip/hearsay/cmd/hearsay-gen
