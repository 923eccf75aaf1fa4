package identity_test

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// What to ask of an authority for a node's certificate.
func Example() {
	fmt.Println(identity.URI("prod", "eu/node-1"))
	fmt.Println(identity.ServerName("prod"))
	fmt.Println(identity.ServerName("Prod EU"))
	// Output:
	// hearsay://prod/eu%2Fnode-1
	// prod.hearsay
	// x-3d8gm1mmqu6pil93gojtudivuji1k2kr.hearsay
}
