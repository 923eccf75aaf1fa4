package udp

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/transporttest"
)

// await polls one inbound by Ready.
func await(t *testing.T, node transport.Transport) transport.Inbound {
	t.Helper()
	timeout := time.After(10 * time.Second)
	var one [1]transport.Inbound
	for {
		n, err := node.Poll(one[:])
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			return one[0]
		}
		select {
		case <-node.Ready():
		case <-timeout:
			t.Fatal("nothing arrived")
		}
	}
}

func TestDualStack(t *testing.T) {
	if _, ok := loopback(true); !ok {
		t.Skip("the system has no IPv6")
	}
	both, err := Config{Listen: netip.MustParseAddrPort("[::]:0"), Insecure: true}.Open(transporttest.Local("both"))
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	for _, v6 := range []bool{false, true} {
		addr, _ := loopback(v6)
		one := openLoopback(t, "one", func(c *Config) { c.Listen = netip.AddrPortFrom(addr, 0) })
		target := netip.AddrPortFrom(addr, both.Info().Local.Port())
		if err := one.Send(transport.Outbound{Target: target, Envelope: transporttest.QuietEnvelope("one", 1)}); err != nil {
			t.Fatalf("send to %v: %v", target, err)
		}
		got := await(t, both)
		if got.Source != one.Info().Local {
			t.Errorf("source %v, want %v", got.Source, one.Info().Local)
		}
		if err := both.Send(transport.Outbound{Target: got.Source, Envelope: transporttest.QuietEnvelope("both", 2)}); err != nil {
			t.Fatalf("answer to %v: %v", got.Source, err)
		}
		if got := await(t, one); got.Source != target {
			t.Errorf("source of the answer %v, want %v", got.Source, target)
		}
	}
}

func TestTargetsOfTheWrongFamily(t *testing.T) {
	tests := []struct{ listen, target string }{
		{"127.0.0.1:0", "[2001:db8::1]:1"},
		{"0.0.0.0:0", "[2001:db8::1]:1"},
		{"[::1]:0", "192.0.2.1:1"},
	}
	for _, test := range tests {
		for name, wrap := range map[string]func(*net.UDPConn, socketOptions) (socket, error){"batch": newSocket, "loop": newLoopSocket} {
			opened, err := Config{Listen: netip.MustParseAddrPort(test.listen), Insecure: true}.withDefaults().open(transporttest.Local("a"), wrap)
			if err != nil {
				t.Logf("%s: %v", test.listen, err)
				continue // without IPv6
			}
			err = opened.Send(transport.Outbound{Target: netip.MustParseAddrPort(test.target), Envelope: transporttest.QuietEnvelope("a", 1)})
			if !errors.Is(err, transport.ErrInvalidTarget) {
				t.Errorf("%s socket on %s, target %s: %v, want ErrInvalidTarget", name, test.listen, test.target, err)
			}
			opened.Close()
		}
	}
}

func TestCutDatagramsAreRecognised(t *testing.T) {
	local := transporttest.Local("a")
	frame := newPlainFraming(local)
	for name, h := range map[string]transporttest.Harness{"batch": harness(newSocket, nil), "loop": harness(newLoopSocket, nil)} {
		node := h.Open(t, local, transporttest.Options{})
		defer node.Close()
		sender := listen(t)
		for _, size := range []int{DefaultReceiveMaxBytes, DefaultReceiveMaxBytes + 1, DefaultReceiveMaxBytes + 500, 60_000} {
			datagram := transporttest.EnvelopeOfSize("b", size).AppendTo(frame.begin(nil, 1))
			if len(datagram) != size+plainOverhead {
				t.Fatalf("no envelope of %d bytes: %d", size, len(datagram)-plainOverhead)
			}
			if _, err := sender.WriteToUDPAddrPort(datagram, node.Info().Local); err != nil {
				t.Fatal(err)
			}
		}
		// What is received last shows that the others were.
		small := transporttest.QuietEnvelope("b", 5).AppendTo(frame.begin(nil, 1))
		if _, err := sender.WriteToUDPAddrPort(small, node.Info().Local); err != nil {
			t.Fatal(err)
		}
		if got := await(t, node); got.Envelope.Size() != DefaultReceiveMaxBytes {
			t.Errorf("%s: an envelope of %d bytes arrived first", name, got.Envelope.Size())
		}
		if got := await(t, node); got.Envelope.Sequence != 5 {
			t.Errorf("%s: envelope %d arrived", name, got.Envelope.Sequence)
		}
		if got := node.Info().Stats.Dropped[transport.DropOversize]; got != 3 {
			t.Errorf("%s: %d oversized datagrams counted, want 3", name, got)
		}
	}
}

func TestCloseSendsWhatIsQueued(t *testing.T) {
	const count = 100
	node, sink := openLoopback(t, "a", nil), openLoopback(t, "b", nil)
	for i := range uint32(count) {
		if err := node.Send(transport.Outbound{Target: sink.Info().Local, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(count) {
		if got := await(t, sink); got.Envelope.Sequence != i {
			t.Fatalf("envelope %d arrived, want %d", got.Envelope.Sequence, i)
		}
	}
}

func TestANodeHearsItself(t *testing.T) {
	node := openLoopback(t, "a", nil)
	if err := node.Send(transport.Outbound{Target: node.Info().Local, Envelope: transporttest.QuietEnvelope("a", 3)}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, node); got.Envelope.Sequence != 3 || got.Source != node.Info().Local {
		t.Errorf("%+v arrived", got)
	}
}

// scriptedSocket fails as it is told.
type scriptedSocket struct {
	mu      sync.Mutex
	writes  []error // of the next writes; then they succeed
	reads   []error // of the next reads; then they wait
	reports int     // pending ICMP reports
	seen    uint64
	written int
	closed  chan struct{}
}

func (s *scriptedSocket) read(func([]received)) error {
	s.mu.Lock()
	var err error
	if len(s.reads) > 0 {
		err, s.reads = s.reads[0], s.reads[1:]
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	<-s.closed
	return net.ErrClosed
}

func (s *scriptedSocket) write(batch []*datagram) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range batch {
		if len(s.writes) > 0 {
			err := s.writes[0]
			s.writes = s.writes[1:]
			if err != nil {
				return i, err
			}
		}
		s.written++
	}
	return len(batch), nil
}

func (s *scriptedSocket) unreachable(report func(netip.AddrPort)) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reports > 0 {
		s.reports--
		s.seen++
		report(addressOf4)
	}
	return s.seen
}

func (s *scriptedSocket) reaches(netip.Addr) bool { return true }

func openScripted(t *testing.T, script *scriptedSocket) *Transport {
	t.Helper()
	return openOver(t, script, script)
}

// openOver opens a transport over a socket that script is a part of.
func openOver(t *testing.T, script *scriptedSocket, over socket) *Transport {
	t.Helper()
	script.closed = make(chan struct{})
	config := Config{Listen: netip.AddrPortFrom(addressOf4.Addr(), 0), Insecure: true}.withDefaults()
	node, err := config.open(transporttest.Local("a"), func(*net.UDPConn, socketOptions) (socket, error) { return over, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-script.closed:
		default:
			close(script.closed)
		}
		node.Close()
	})
	return node
}

func TestWriteErrors(t *testing.T) {
	const count = 10
	tests := []struct {
		name    string
		writes  []error
		reports int
		written int
		notices uint64
	}{
		{"none", nil, 0, count, 0},
		{"local errors drop one datagram each", []error{nil, syscall.ENOBUFS, nil, syscall.EPERM}, 0, count - 2, 0},
		{"errors of earlier datagrams drop nothing", []error{syscall.ECONNREFUSED, nil, syscall.ECONNREFUSED}, 2, count, 2},
		{"a repeated error is not for ever", repeat(syscall.ECONNREFUSED, staleErrors+1), staleErrors + 5, count - 1, staleErrors + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script := &scriptedSocket{writes: test.writes, reports: test.reports}
			node := openScripted(t, script)
			for i := range uint32(count) {
				if err := node.Send(transport.Outbound{Target: addressOf4, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
					t.Fatal(err)
				}
			}
			close(script.closed)
			if err := node.Close(); err != nil {
				t.Fatal(err)
			}
			if script.written != test.written {
				t.Errorf("%d of %d written, want %d", script.written, count, test.written)
			}
			stats := node.Info().Stats
			if got := stats.Dropped[transport.DropSend]; got != uint64(count-test.written) {
				t.Errorf("%d counted as lost, want %d", got, count-test.written)
			}
			if stats.Notices != test.notices {
				t.Errorf("%d notices, want %d", stats.Notices, test.notices)
			}
		})
	}
}

// What is too large for the path is lost for good: an operator has to know.
func TestDatagramsTooLargeForThePathAreWarnedOf(t *testing.T) {
	var log bytes.Buffer
	script := &scriptedSocket{writes: repeat(syscall.EMSGSIZE, 3)}
	if runtime.GOOS == "windows" {
		script.writes = repeat(syscall.Errno(10040), 3)
	}
	node := openScripted(t, script)
	node.log = slog.New(slog.NewTextHandler(&log, nil))
	for i := range uint32(5) {
		if err := node.Send(transport.Outbound{Target: addressOf4, Envelope: transporttest.QuietEnvelope("a", i)}); err != nil {
			t.Fatal(err)
		}
	}
	close(script.closed)
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), "field=MaxDatagramBytes"); got != 1 {
		t.Errorf("%d warnings for 3 datagrams: %s", got, log.String())
	}
	if got := node.Info().Stats.Dropped[transport.DropSend]; got != 3 {
		t.Errorf("%d counted as lost, want 3", got)
	}
}

func repeat(err error, times int) []error {
	errs := make([]error, times)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

func TestReadErrorsDoNotEndTheReader(t *testing.T) {
	script := &scriptedSocket{reads: repeat(syscall.ENOMEM, freeFailures+3), reports: 1}
	node := openScripted(t, script)
	if got := await(t, node); got.Notice != transport.NoticeUnreachable || got.Source != addressOf4 {
		t.Errorf("inbound %+v, want the notice", got)
	}
	close(script.closed)
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCloseInterruptsAPause(t *testing.T) {
	script := &scriptedSocket{reads: repeat(syscall.ENOMEM, 1<<20)}
	node := openScripted(t, script)
	close(script.closed)
	if err := node.Close(); err != nil { // must return although reading fails for ever
		t.Fatal(err)
	}
}
