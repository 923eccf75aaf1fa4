package status_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/status"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

func Example() {
	ctx := context.Background()
	node, err := hearsay.Start(ctx, hearsay.Config{
		NodeID: "node-1", Cluster: "example",
		Transport: udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()
	if err := node.WaitJoined(ctx); err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/status", status.JSON(node))
	mux.Handle("/metrics", status.Metrics(node))
	server := httptest.NewServer(mux) // an *http.Server at a private address, in a program
	defer server.Close()

	answer, err := http.Get(server.URL + "/status")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	var document struct {
		View hearsay.View `json:"view"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&document); err != nil {
		fmt.Println(err)
		return
	}
	for member := range document.View.Members() {
		fmt.Println(member.ID, member.Status, member.Health)
	}

	metrics, err := http.Get(server.URL + "/metrics")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer metrics.Body.Close()
	for lines := bufio.NewScanner(metrics.Body); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "hearsay_members") {
			fmt.Println(line)
		}
	}
	// Output:
	// node-1 up unreported
	// hearsay_members{status="joining"} 0
	// hearsay_members{status="up"} 1
	// hearsay_members{status="suspect"} 0
	// hearsay_members{status="leaving"} 0
	// hearsay_members{status="dead"} 0
	// hearsay_members{status="removed"} 0
}
