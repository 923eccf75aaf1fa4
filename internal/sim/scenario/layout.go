package scenario

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hearsay-gossip/hearsay/internal/sim"
	"github.com/hearsay-gossip/hearsay/internal/sim/fault"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

// bigCluster is the size from which clusters start converged where starting is
// not what is looked at.
const bigCluster = 256

// startUp fills a plan's options for a cluster that is to be formed and quiet
// after the time that it returns.
func (p *Plan) startUp(nodes int) time.Duration {
	if nodes >= bigCluster {
		p.Options.Converged = true
		return 5 * time.Second
	}
	p.Options.StartSpread = 2 * time.Second
	return 15 * time.Second
}

// nodeID returns the id of a node in a cluster of a size.
func nodeID(index, nodes int) string {
	return fmt.Sprintf("n%0*d", len(strconv.Itoa(nodes-1)), index)
}

// lan is what lies between the nodes of a local network.
func lan() memory.Link {
	return memory.Link{Latency: sim.DefaultLatency, Spread: sim.DefaultLatency}
}

// lossy is a local network that loses a share.
func lossy(share float64) memory.Link {
	link := lan()
	link.Loss = share
	return link
}

// quietAtEnd adds a quiet window before the end of the plan, which must be
// converged and silent.
func (p *Plan) quietAtEnd(settle, window time.Duration) {
	p.add(p.Length+settle, fault.Measure{Name: "quiet", For: window})
	p.Length += settle + window
	p.Expect = append(p.Expect, converged(), quiet("quiet"))
}
