package memory_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

func TestNetworkConfigIsValidated(t *testing.T) {
	tests := []struct {
		name    string
		config  memory.NetworkConfig
		mention string // empty: valid
	}{
		{"zero", memory.NetworkConfig{}, ""},
		{"smallest budget", memory.NetworkConfig{DatagramBudget: memory.MinDatagramBudget}, ""},
		{"small budget", memory.NetworkConfig{DatagramBudget: memory.MinDatagramBudget - 1}, "DatagramBudget"},
		{"negative budget", memory.NetworkConfig{DatagramBudget: -1}, "DatagramBudget"},
		{"budget above maximum", memory.NetworkConfig{DatagramBudget: 1000, MaxEnvelopeBytes: 999}, "DatagramBudget"},
		{"large budget lifts the maximum", memory.NetworkConfig{DatagramBudget: 1 << 20}, ""},
		{"large maximum", memory.NetworkConfig{MaxEnvelopeBytes: memory.LimitEnvelopeBytes + 1}, "MaxEnvelopeBytes"},
		{"negative queue", memory.NetworkConfig{QueueEnvelopes: -1}, "QueueEnvelopes"},
		{"large queue", memory.NetworkConfig{QueueEnvelopes: memory.MaxQueueEnvelopes + 1}, "QueueEnvelopes"},
		{"negative latency", memory.NetworkConfig{Link: memory.Link{Latency: -1}}, "Latency"},
		{"negative spread", memory.NetworkConfig{Link: memory.Link{Spread: -time.Second}}, "Spread"},
		{"unknown jitter", memory.NetworkConfig{Link: memory.Link{Jitter: 9}}, "Jitter"},
		{"all lost", memory.NetworkConfig{Link: memory.Link{Loss: 1}}, ""},
		{"more than all lost", memory.NetworkConfig{Link: memory.Link{Loss: 1.01}}, "Loss"},
		{"negative loss", memory.NetworkConfig{Link: memory.Link{Loss: -0.1}}, "Loss"},
		{"negative duplication", memory.NetworkConfig{Link: memory.Link{Duplicate: -0.1}}, "Duplicate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := memory.NewNetwork(test.config)
			if test.mention == "" && err != nil || test.mention != "" && (err == nil || !strings.Contains(err.Error(), test.mention)) {
				t.Errorf("error %v, want one about %q", err, test.mention)
			}
		})
	}
}

func TestOpenReportsEveryProblem(t *testing.T) {
	_, err := memory.Config{
		Address: netip.MustParseAddrPort("224.0.0.1:1"),
		Filter:  transport.Filter{Allow: []netip.Prefix{{}}},
	}.Open(transport.Local{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Network", "Address", "Allow[0]", "NodeID", "Cluster"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not mention %s", err, want)
		}
	}
	network := newNetwork(t, memory.NetworkConfig{})
	if _, err := (memory.Config{Network: network, InboxSlots: -1}).Open(transporttest.Local("a")); err == nil {
		t.Error("a negative number of slots was accepted")
	}
}
