package nettest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

const (
	// period and tolerance are quick, and patient enough for a machine on which
	// several clusters of processes run at once.
	period    = 300 * time.Millisecond
	tolerance = 2 * time.Second
)

// kinds are the transports that every scenario runs on, and ports where every
// node listens by them: each has a host of its own.
var (
	kinds = []string{"udp", "quic"}
	ports = map[string]uint16{"udp": 7946, "quic": 7947}
)

// onEach runs a scenario on each transport.
func onEach(t *testing.T, hosts int, family families, scenario func(*cluster)) {
	needLab(t)
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			scenario(newCluster(t, kind, "lab", newLab(t, hosts, family), family))
		})
	}
}

// cluster is what the nodes of one cluster have in common.
type cluster struct {
	t   *testing.T
	lab *lab
	// kind is the transport of nodes that are started, also those by which they
	// listen besides, and seedKind that of their seeds.
	kind     string
	also     []string
	seedKind string
	name     string
	family   families
	dir      string
	ca       *devca.Authority
}

func newCluster(t *testing.T, kind, name string, l *lab, family families) *cluster {
	t.Helper()
	c := &cluster{t: t, lab: l, kind: kind, seedKind: kind, name: name, family: family, dir: t.TempDir()}
	c.check(udp.WriteKeyFile(c.keyFile(), udp.NewKey()))
	c.ca = c.newAuthority()
	c.trust(c.ca)
	return c
}

func (c *cluster) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) keyFile() string { return filepath.Join(c.dir, "keys") }

func (c *cluster) caFile() string { return filepath.Join(c.dir, "trusted.pem") }

func (c *cluster) newAuthority() *devca.Authority {
	c.t.Helper()
	ca, err := devca.New(c.name, devca.Options{})
	c.check(err)
	return ca
}

// trust makes all nodes accept the certificates of these authorities.
func (c *cluster) trust(authorities ...*devca.Authority) {
	c.t.Helper()
	var all []byte
	for _, ca := range authorities {
		all = append(all, ca.Pair.CertPEM()...)
	}
	c.replace(c.caFile(), all)
}

// replace changes a file as a whole.
func (c *cluster) replace(name string, content []byte) {
	c.t.Helper()
	c.check(os.WriteFile(name+".new", content, 0o600))
	c.check(os.Rename(name+".new", name))
}

// issue gives a node a new certificate.
func (c *cluster) issue(id string, ca *devca.Authority) {
	c.t.Helper()
	pair, err := ca.Issue(id, devca.Options{})
	c.check(err)
	c.check(pair.Write(c.dir, true))
}

func (c *cluster) address(h *host, kind string) netip.AddrPort {
	if c.family == ipv6Only {
		return netip.AddrPortFrom(h.v6, ports[kind])
	}
	return netip.AddrPortFrom(h.v4, ports[kind])
}

// start starts a node on a host, which knows the first two hosts unless others
// are named.
func (c *cluster) start(id string, h *host, seeds ...*host) *process {
	c.t.Helper()
	if len(seeds) == 0 {
		seeds = c.lab.hosts[:2]
	}
	var quoted []string
	for _, seed := range seeds {
		quoted = append(quoted, fmt.Sprintf("%q", c.address(seed, c.seedKind)))
	}
	c.issue(id, c.ca)
	file := filepath.Join(c.dir, id+".yaml")
	c.check(os.WriteFile(file, fmt.Appendf(nil, nodeFile, c.name, id, c.kind, strings.Join(c.also, ", "),
		period, tolerance, strings.Join(quoted, ", "), id, c.address(h, "udp"), c.address(h, "quic")), 0o600))
	return h.run(id, file)
}

// nodeFile is the configuration of a node. Only its words say by which
// transports the node listens.
const nodeFile = `cluster: %s
node: %s
transport: %s
also: [%s]
period: %v
pause_tolerance: %v
seeds: [%s]
labels:
  name: %q
udp:
  listen: "%v"
  key_file: keys
  reload_interval: 1s
quic:
  listen: "%v"
  cert_file: "{node}.pem"
  key_file: "{node}.key"
  ca_file: trusted.pem
  reload_interval: 1s
`

// startAll starts one node on each of the hosts and waits until they agree.
func (c *cluster) startAll(hosts ...*host) []*process {
	c.t.Helper()
	var all []*process
	for i, h := range hosts {
		all = append(all, c.start(fmt.Sprintf("n%d", i+1), h))
	}
	agree(c.t, all...)
	return all
}

// without returns all but one.
func without(all []*process, index int) []*process {
	rest := append([]*process(nil), all[:index]...)
	return append(rest, all[index+1:]...)
}

// quiet lets time pass, and fails if in it a process tells of a member that it
// came to one of the statuses.
func quiet(t *testing.T, all []*process, span time.Duration, statuses ...string) {
	t.Helper()
	var since []int
	for _, p := range all {
		since = append(since, p.count())
	}
	<-time.After(span)
	for i, p := range all {
		if told := p.changesTo(since[i], statuses...); len(told) > 0 {
			t.Errorf("%s tells of %v\n%s", p.id, told, p.tail())
		}
	}
}

// unheard checks that nothing of a member was refused as forged or repeated.
func unheard(t *testing.T, all []*process, causes ...string) {
	t.Helper()
	for _, p := range all {
		dropped := p.stats().Dropped
		for _, cause := range causes {
			if dropped[cause] > 0 {
				t.Errorf("%s dropped %d as %s", p.id, dropped[cause], cause)
			}
		}
	}
}
