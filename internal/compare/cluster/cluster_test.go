package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// The work can be done, by both and in both ways, and every row of the table gets
// its numbers.
func TestEachContenderDoesTheWork(t *testing.T) {
	results := map[contender]samples{}
	for _, who := range contenders {
		results[who] = samples{}
	}
	t.Run("lives", func(t *testing.T) {
		for _, who := range contenders {
			t.Run(who.String(), func(t *testing.T) {
				t.Parallel()
				got, err := live(plan{
					Library: who.library, Sealed: who.sealed, Size: minSize,
					Quiet: time.Second, Updates: 2, Leaves: 1, Crashes: 1,
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					s, ok := got[r.metric]
					if isLate := s.Late > 0 && who.library == nameHearsay; !ok || isLate {
						t.Errorf("%s: %+v", r.label, s)
					}
				}
				results[who].merge(got) // each its own
			})
		}
	})
	printed := table(results)
	if lines := strings.Count(printed, "\n"); lines != len(rows)+2 || strings.Contains(printed, "NaN") {
		t.Errorf("%d lines:\n%s", lines, printed)
	}
}

// What hearsay counts, with the framing that we add, is what passes its socket.
func TestTrafficIsWhatPassesTheSocket(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		t.Run(fmt.Sprintf("sealed=%v", sealed), func(t *testing.T) {
			library := openLibrary(nameHearsay, sealed).(hearsayLibrary)
			cfg, framing, err := library.transport()
			if err != nil {
				t.Fatal(err)
			}
			socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen))
			if err != nil {
				t.Fatal(err)
			}
			counted := &countedSocket{PacketConn: socket}
			cfg.Listen, cfg.Conn = netip.AddrPort{}, counted
			first := startOver(t, cfg, framing)
			second, err := library.start("second", first.address())
			if err != nil {
				t.Fatal(err)
			}
			defer second.crash()
			took := await(time.Now(), joinLimit, conditions([]node{{"first", first}, {"second", second}},
				func(m member) bool { return m.seesAll(2) }))
			if took[1] == never {
				t.Fatal("they have not found each other")
			}
			first.crash() // sends nothing more, and what was accepted is out
			got, passed := first.sent(), counted.sent()
			if got != passed || got.packets == 0 {
				t.Errorf("counted %+v, %+v has passed", got, passed)
			}
		})
	}
}

func startOver(t *testing.T, cfg udp.Config, framing uint64) *hearsayMember {
	n, err := hearsay.Start(t.Context(), hearsay.Config{NodeID: "first", Cluster: clusterName, Transport: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return &hearsayMember{node: n, framing: framing}
}

// countedSocket counts what is written.
type countedSocket struct {
	net.PacketConn
	packets, bytes atomic.Uint64
}

func (s *countedSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	s.packets.Add(1)
	s.bytes.Add(uint64(len(b)))
	return s.PacketConn.WriteTo(b, to)
}

func (s *countedSocket) sent() traffic {
	return traffic{packets: s.packets.Load(), packetBytes: s.bytes.Load()}
}

func TestMedianOfWhatWasLate(t *testing.T) {
	for _, tc := range []struct {
		sample sample
		want   string
	}{
		{sample{}, "–"},
		{sample{Values: []float64{3, 1, 2}}, "2.0"},
		{sample{Values: []float64{1, 2}}, "1.5"},
		{sample{Values: []float64{1, 2}, Late: 1}, "2.0 (1 of 3 not in time)"},
		{sample{Values: []float64{1}, Late: 1}, "– (1 of 2 not in time)"},
		{sample{Late: 2}, "– (2 of 2 not in time)"},
	} {
		if got := (row{unit: 1}).cell(tc.sample); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.sample, got, tc.want)
		}
	}
}
