package transporttest_test

import (
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// faultVariable tells a child process with which fault to run the suite.
const faultVariable = "TRANSPORTTEST_FAULT"

// faults are ways to break a transport, and the test of the suite that must
// notice.
var faults = []struct {
	name, noticedBy string
}{
	{"reverses order", "polled_in_order"},
	{"ignores the bound of a poll", "no_more_than_asked_for"},
	{"never signals", "ready_is_signalled"},
	{"signals once", "ready_is_signalled"},
	{"reports another source", "arrives_as_it_was_sent"},
	{"changes what it sends", "sender_keeps_its_envelope"},
	{"accepts invalid targets", "invalid_targets"},
	{"accepts large envelopes", "too_large"},
	{"fails on an empty poll", "nothing_arrived"},
	{"reuses what was polled", "valid_until_the_next_poll"},
	{"leaks a goroutine", "no_goroutine"},
	{"takes back at close what has arrived", "close_brings_out"},
	{"works after close", "after_close"},
	{"fails a second close", "after_close"},
	{"counts nothing", "counters"},
	{"ignores the filter", "filtered_targets"},
	{"mixes clusters", "clusters"},
	{"mixes versions", "versions_do_not_mix"},
	{"allocates", "allocates_nothing"},
	{"hides errors' targets", "refused"},
}

// TestTheSuiteNoticesFaults runs the suite on broken transports, each in a
// process of its own because it must fail there.
func TestTheSuiteNoticesFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestFaultyHub$", "-test.v")
			command.Env = append(os.Environ(), faultVariable+"="+fault.name)
			output, err := command.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passed a transport that %s", fault.name)
			}
			for line := range strings.Lines(string(output)) {
				if strings.Contains(line, "--- FAIL: TestFaultyHub/") && strings.Contains(line, fault.noticedBy) {
					return
				}
			}
			if fault.name == "allocates" && strings.Contains(string(output), "the race detector allocates") {
				t.Skip("not noticed under the race detector")
			}
			t.Errorf("no test named %q failed:\n%s", fault.noticedBy, output)
		})
	}
}

// TestFaultyHub is the child's part.
func TestFaultyHub(t *testing.T) {
	fault, ok := os.LookupEnv(faultVariable)
	if !ok {
		t.Skip("run by TestTheSuiteNoticesFaults")
	}
	hub := &Hub{nodes: make(map[netip.AddrPort]*HubNode)}
	stop := make(chan struct{})
	defer close(stop)
	transporttest.Run(t, transporttest.Harness{
		Open: func(t testing.TB, local transport.Local, options transporttest.Options) transport.Transport {
			if fault == "mixes clusters" {
				local.Cluster = "one for all"
			}
			if fault == "mixes versions" {
				local.WireMin, local.WireMax = 1, 15
			}
			if fault == "ignores the filter" {
				options.Filter = transport.Filter{}
			}
			if fault == "leaks a goroutine" {
				go func() { <-stop }()
			}
			node, err := hub.Open(local, options)
			if err != nil {
				t.Fatal(err)
			}
			return &faultyNode{HubNode: node, fault: fault}
		},
		ZeroAlloc: fault == "allocates",
		Timeout:   200 * time.Millisecond,
	})
}

// faultyNode breaks one promise.
type faultyNode struct {
	*HubNode
	fault    string
	signals  chan struct{}
	polled   *hearsayv1.Envelope
	isClosed bool
}

func (n *faultyNode) Send(out transport.Outbound) error {
	switch n.fault {
	case "changes what it sends":
		if out.Envelope != nil {
			defer func() { out.Envelope.Root++ }()
		}
	case "accepts invalid targets":
		if _, err := transport.CanonicalTarget(out.Target); err != nil {
			return nil
		}
	case "accepts large envelopes":
		if out.Envelope != nil && out.Envelope.Size() > hubMaxBytes {
			return nil
		}
	case "hides errors' targets":
		return n.send(out)
	case "works after close":
		if n.isClosed {
			return nil
		}
	}
	return n.HubNode.Send(out)
}

func (n *faultyNode) Poll(dst []transport.Inbound) (int, error) {
	count, err := n.HubNode.Poll(dst)
	switch n.fault {
	case "reverses order":
		for i := range count / 2 {
			dst[i], dst[count-1-i] = dst[count-1-i], dst[i]
		}
	case "ignores the bound of a poll":
		if count == len(dst) && count > 0 {
			_, _ = n.HubNode.Poll(make([]transport.Inbound, 1))
		}
	case "reports another source":
		for i := range dst[:count] {
			dst[i].Source = netip.MustParseAddrPort("192.0.2.77:7")
		}
	case "reuses what was polled":
		n.polled = nil
		if count == 1 {
			n.polled = dst[0].Envelope
		}
	case "fails on an empty poll":
		if count == 0 && err == nil {
			return 0, transport.ErrQueueFull
		}
	}
	return count, err
}

func (n *faultyNode) Ready() <-chan struct{} {
	switch n.fault {
	case "never signals":
		return make(chan struct{}, 1)
	case "signals once":
		if n.signals == nil {
			n.signals = make(chan struct{}, 1)
			n.signals <- struct{}{}
		}
		return n.signals
	}
	return n.HubNode.Ready()
}

func (n *faultyNode) Info() transport.Info {
	result := n.HubNode.Info()
	if n.polled != nil {
		n.polled.Reset() // too early: the driver has not polled again
	}
	if n.fault == "counts nothing" {
		received := result.Stats.Received // which the suite waits for
		result.Stats = transport.Stats{Received: received}
	}
	return result
}

func (n *faultyNode) Close() error {
	if n.isClosed && n.fault == "fails a second close" {
		return transport.ErrClosed
	}
	n.isClosed = true
	err := n.HubNode.Close()
	if n.fault == "takes back at close what has arrived" {
		n.hub.mu.Lock()
		defer n.hub.mu.Unlock()
		for _, peer := range n.hub.nodes {
			_, _ = peer.Poll(make([]transport.Inbound, 1024))
		}
	}
	return err
}
