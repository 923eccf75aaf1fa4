package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hearsay-gossip/hearsay"
)

func TestByTCPOnlyWhatIsAddressedToThisHostIsAnswered(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	listener, err := Listen(t.Context(), "tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, Handler(node, Config{})) }()
	client, err := NewClient(Address(listener))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if view, err := client.Members(patient(t)); err != nil || view.Len() != 1 {
		t.Errorf("%v, %v", view, err)
	}
	address := listener.Addr().String()
	port := netip.MustParseAddrPort(address).Port()
	for host, want := range map[string]int{
		address: http.StatusOK, fmt.Sprintf("localhost:%d", port): http.StatusOK, "[::1]": http.StatusOK, "127.1.2.3": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, fmt.Sprintf("evil.example:%d", port): http.StatusMisdirectedRequest,
		"192.0.2.1": http.StatusMisdirectedRequest, "localhost.evil.example": http.StatusMisdirectedRequest,
	} {
		r, err := http.NewRequestWithContext(patient(t), http.MethodGet, "http://"+address+"/v1/members", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := client.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("for the host %q: %s, want %d", host, answer.Status, want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := client.Members(patient(t)); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), Address(listener)) {
		t.Errorf("after the end: %v", err)
	}
}

// elsewhere is a listener at an address of its own.
type elsewhere struct {
	net.Listener
	address net.Addr
}

func (e elsewhere) Addr() net.Addr { return e.address }

func TestServeRefusesWhatOthersReach(t *testing.T) {
	for _, address := range []net.Addr{
		&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}, &net.TCPAddr{IP: net.IPv6zero, Port: 1}, &net.UDPAddr{},
	} {
		p := &pipes{closed: make(chan struct{})}
		if err := Serve(t.Context(), elsewhere{p, address}, http.NotFoundHandler()); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%v: %v", address, err)
		}
		<-p.closed
	}
}

func TestServeEndsWithItsListener(t *testing.T) {
	listener, err := Listen(t.Context(), "unix://"+filepath.Join(t.TempDir(), "x.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), listener, http.NotFoundHandler()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// The connections that are open are bounded, and one that closes makes room.
func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn, maxConnections+1), closed: make(chan struct{})}
		l := &limited{Listener: p, places: make(chan struct{}, maxConnections), closed: make(chan struct{})}
		accepted := make(chan net.Conn)
		go func() {
			defer close(accepted)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				accepted <- conn
			}
		}()
		var open []net.Conn
		for range maxConnections + 1 {
			_, far := net.Pipe()
			p.conns <- far
		}
		for range maxConnections {
			open = append(open, <-accepted)
		}
		synctest.Wait()
		if len(p.conns) != 1 {
			t.Fatalf("%d wait, want 1", len(p.conns))
		}
		_ = open[0].Close()
		_ = open[0].Close() // which gives back one place and not two
		(<-accepted).Close()
		synctest.Wait()
		if len(l.places) != maxConnections { // all but one are open, and one has a place before it comes
			t.Errorf("%d places are taken", len(l.places))
		}
		_ = l.Close()
		if _, more := <-accepted; more {
			t.Error("it accepts after its end")
		}
	})
}

func TestWhoAnswersIsNoNode(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"an error that is none": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "teapot", http.StatusTeapot) },
		"no JSON":               func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
		"it hangs up":           func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		client := served(t, handler)
		if _, err := client.Status(patient(t)); err == nil || !strings.HasPrefix(err.Error(), "admin: ") {
			t.Errorf("%s: a status: %v", name, err)
		}
		if _, err := first(client.Events(patient(t))); err == nil || !strings.HasPrefix(err.Error(), "admin: ") {
			t.Errorf("%s: events: %v", name, err)
		}
		if _, err := client.WaitConverged(patient(t)); err == nil {
			t.Errorf("%s: it has converged", name)
		}
	}
}

func TestAClientGivesUpWithItsContext(t *testing.T) {
	client := served(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := client.WaitConverged(ctx); !errors.Is(err, reason) {
		t.Errorf("%v", err)
	}
	for range client.Events(ctx) {
		t.Error("an event, or an error")
	}
	none, err := NewClient("unix://" + filepath.Join(t.TempDir(), "none.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Forget(patient(t), "x"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("where nobody serves: %v", err)
	}
	if _, err := NewClient("none.sock"); !errors.Is(err, ErrAddress) {
		t.Errorf("no address: %v", err)
	}
}
