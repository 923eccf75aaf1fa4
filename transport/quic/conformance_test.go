package quic_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

func TestConformance(t *testing.T) {
	// One authority for all clusters: they must not mix even so.
	ca := newAuthority(t, transporttest.Cluster)
	clusters := make(map[string]*authority)
	_, unreachable := unanswered(t, loopback)
	transporttest.Run(t, transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			if clusters[local.Cluster] == nil {
				clusters[local.Cluster] = ca.forCluster(local.Cluster)
			}
			config := clusters[local.Cluster].config(local.NodeID)
			config.Filter = options.Filter
			config.DialTimeout, config.BackoffMax = time.Second, time.Second
			switch {
			case options.Listen.IsValid():
				config.Listen = options.Listen
			case options.IPv6:
				config.Listen = netip.AddrPortFrom(loopback6, 0)
			}
			opened, err := config.Open(local)
			if err != nil {
				t.Fatal(err)
			}
			return opened
		},
		Unanswered: func(t testing.TB) netip.AddrPort {
			address, _ := unanswered(t, loopback)
			return address
		},
		UnansweredNotice: unreachable,
		Silent:           silence,
		Inject: func(t testing.TB, target transport.Transport, local transport.Local, cause transport.Drop) bool {
			return provoke(t, ca.ca, target, local.Cluster, cause)
		},
	})
}
