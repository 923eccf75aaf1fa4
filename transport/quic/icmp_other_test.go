//go:build !linux

package quic_test

import (
	"net/netip"
	"testing"

	"github.com/hearsay-gossip/hearsay/transport"
)

func unanswered(tb testing.TB, listen netip.Addr) (netip.AddrPort, transport.Notice) {
	return vacant(tb, listen), transport.NoticeExpired
}
