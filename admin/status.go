package admin

import (
	"encoding/json"
	"net/netip"

	"github.com/hearsay-gossip/hearsay"
)

// Status is what a node is and sees: the document of status.JSON.
type Status struct {
	Node Identity      `json:"node"`
	View *hearsay.View `json:"view"`
	// Agreement is nil if the node's loop did not answer, or has ended.
	Agreement *hearsay.Agreement `json:"agreement"`
	// Stats are the node's counters.
	Stats json.RawMessage `json:"stats"`

	// Text is the whole document, with what a newer node may have besides.
	Text json.RawMessage `json:"-"`
}

// Identity is what a node is.
type Identity struct {
	ID         string `json:"id"`
	Cluster    string `json:"cluster"`
	Generation uint64 `json:"generation,string"`
	// Addresses are those that are bound, by network.
	Addresses map[string]netip.AddrPort `json:"addresses"`
	Observer  bool                      `json:"observer"`
	Joined    bool                      `json:"joined"`
	Isolated  bool                      `json:"isolated"`
	// Ended says why the node has ended, and is empty before.
	Ended string `json:"ended"`
}
