module github.com/hearsay-gossip/hearsay/internal/compare

go 1.26.0

replace github.com/hearsay-gossip/hearsay => ../..

require (
	github.com/bufbuild/protocompile v0.14.1
	github.com/hashicorp/go-msgpack/v2 v2.1.5
	github.com/hearsay-gossip/hearsay v0.0.0
	github.com/planetscale/vtprotobuf v0.6.0
	google.golang.org/protobuf v1.36.12
)

require golang.org/x/sync v0.24.0 // indirect

tool (
	github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
	google.golang.org/protobuf/cmd/protoc-gen-go
)
