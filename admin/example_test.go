package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/admin"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// A program serves its node, and somebody drains it and has it leave.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	node, err := hearsay.Start(ctx, hearsay.Config{
		NodeID: "n1", Cluster: "example",
		Transport: udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()
	folder, err := os.MkdirTemp("", "admin")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	address := "unix://" + filepath.Join(folder, "hearsay.sock")
	listener, err := admin.Listen(ctx, address)
	if err != nil {
		fmt.Println(err)
		return
	}
	go admin.Serve(ctx, listener, admin.Handler(node, admin.Config{}))

	client, err := admin.NewClient(address) // in another process
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	if err := client.SetHealth(ctx, hearsay.HealthUnhealthy); err != nil {
		fmt.Println(err)
		return
	}
	seen, err := client.WaitConverged(ctx)
	fmt.Println(seen.Members, "member knows:", err)
	view, err := client.Members(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for m := range view.Members() {
		fmt.Println(m.ID, m.Status, m.Health)
	}
	fmt.Println(errors.Is(client.Forget(ctx, "n2"), hearsay.ErrNotDead))
	fmt.Println(client.Leave(ctx, 0))
	// Output:
	// 1 member knows: <nil>
	// n1 up unhealthy
	// true
	// <nil>
}
