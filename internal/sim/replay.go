package sim

import (
	"math/rand/v2"
	"net/netip"

	"github.com/hearsay-gossip/hearsay/transport"
)

// recordedPackets bounds what is kept for replaying.
const recordedPackets = 4096

// recorder keeps a fair sample of all datagrams sent since it began (reservoir
// sampling, Vitter's algorithm R), so that they can be sent again much later.
type recorder struct {
	rng  *rand.Rand
	seen int
	kept []recorded
}

type recorded struct {
	from, to netip.AddrPort
	version  uint8
	payload  []byte
}

// Record begins to keep datagrams for Replay.
func (c *Cluster) Record() {
	if c.recorder == nil {
		c.recorder = &recorder{rng: stream(c.options.Seed, "replay", -1)}
	}
}

func (r *recorder) record(from netip.AddrPort, out transport.Outbound, payload []byte) {
	place := r.seen
	r.seen++
	if place >= recordedPackets {
		if place = r.rng.IntN(r.seen); place >= recordedPackets {
			return
		}
	} else {
		r.kept = append(r.kept, recorded{})
	}
	version := max(out.Version, transport.MinWireVersion)
	r.kept[place] = recorded{from, out.Target, version, append(r.kept[place].payload[:0], payload...)}
}

// Replay sends a number of recorded datagrams again, each from where it came
// from to where it went.
func (c *Cluster) Replay(count int) {
	if c.recorder == nil || len(c.recorder.kept) == 0 {
		return
	}
	for range count {
		p := c.recorder.kept[c.recorder.rng.IntN(len(c.recorder.kept))]
		c.network.Inject(p.from, p.to, ClusterName, p.version, p.payload, c.options.Link.Latency)
	}
}
