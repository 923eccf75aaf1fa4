package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
)

func TestEventsAreToldToTheEnd(t *testing.T) {
	nodes := cluster(t, "a", "b")
	client := reach(t, nodes[0])
	var last hearsay.Event
	updates := 0
	for e, err := range client.Events(patient(t)) {
		if err != nil {
			t.Fatal(err)
		}
		last = e.Event
		update, ok := e.Event.(hearsay.TopologyUpdated)
		if !ok {
			continue
		}
		if updates++; updates == 1 {
			if !update.Full || update.View.Len() != 2 {
				t.Errorf("it begins with %+v", update)
			}
			if err := nodes[1].Leave(patient(t)); err != nil {
				t.Fatal(err)
			}
		}
		if m, _ := update.View.Get("b"); m.Status == hearsay.StatusRemoved && nodes[0].Err() == nil {
			if m, _ := update.View.Get("a"); m.Status != hearsay.StatusUp {
				t.Errorf("the view is not whole:\n%v", update.View)
			}
			if err := client.Leave(patient(t), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ended, ok := last.(Ended); !ok || ended.Reason != nodes[0].Err().Error() || updates < 2 {
		t.Errorf("it ends with %#v", last)
	}
}

func TestAStreamEndsWithWhoReadsIt(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	client := served(t, Handler(node, Config{Streams: 1}))
	for range 3 { // each time the one place is free again, or soon
		for e, err := range client.Events(patient(t)) {
			if isCode(err, CodeBusy) {
				break
			}
			if err != nil || e.Event == nil {
				t.Fatal(e, err)
			}
			second, err := first(client.Events(patient(t)))
			if !isCode(err, CodeBusy) {
				t.Errorf("a second reader got %+v, %v", second, err)
			}
			if _, err := client.WaitConverged(patient(t)); !isCode(err, CodeBusy) {
				t.Errorf("one who waits: %v", err)
			}
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range reach(t, node).Events(ctx) {
		if cancel(); err != nil {
			t.Errorf("the end of the reader is no error: %v", err)
		}
	}
}

func first(events func(func(Event, error) bool)) (event Event, err error) {
	for event, err = range events {
		break
	}
	return event, err
}

// simulated is a node in a bubble of its own time.
func simulated(t *testing.T, wrap func(memory.Config) transport.Opener) *hearsay.Node {
	t.Helper()
	network, err := memory.NewNetwork(memory.NetworkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, hearsay.Config{NodeID: "a", Transport: wrap(memory.Config{Network: network})})
}

func plain(c memory.Config) transport.Opener { return c }

// piped serves a handler over pipes that hold nothing, and returns a client.
func piped(t *testing.T, handler http.Handler) *Client {
	conns := make(chan net.Conn)
	listener := &pipes{conns: conns, closed: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := Serve(ctx, listener, handler); err != nil {
			t.Error(err)
		}
	})
	client := &Client{address: "pipe", http: http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			select {
			case conns <- far:
				return near, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}}
	t.Cleanup(func() { client.Close(); stop(); serving.Wait() })
	return client
}

// pipes is a listener of pipes, which claims to be a socket.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// toggle has a node tell of more than a reader's buffer holds, while it reads nothing.
func toggle(t *testing.T, node *hearsay.Node) {
	for i := range 200 {
		if err := node.SetHealth([]hearsay.Health{hearsay.HealthDegraded, hearsay.HealthUnhealthy}[i%2]); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
	}
}

func TestASlowReaderLosesAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := simulated(t, plain)
		client := piped(t, Handler(node, Config{EventBuffer: 8, Patience: time.Hour}))
		var missed uint64
		var wasFull bool
		isFirst := true
		for e, err := range client.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if isFirst {
				isFirst = false
				toggle(t, node)
				continue
			}
			switch e := e.Event.(type) {
			case hearsay.Lagged:
				missed += e.Missed
			case hearsay.TopologyUpdated:
				wasFull = wasFull || missed > 0 && e.Full
				if wasFull && e.View.Version == node.View().Version {
					if !e.View.Equal(node.View()) {
						t.Errorf("after %d missed events the view is\n%v, and not\n%v", missed, e.View, node.View())
					}
					return
				}
			}
		}
		t.Errorf("the stream ended; %d events were missed", missed)
	})
}

func TestAReaderThatTakesNothingIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := simulated(t, plain)
		h := Handler(node, Config{EventBuffer: 8, Patience: 5 * time.Second}).(*handler)
		client := piped(t, h)
		var failed error
		isFirst := true
		for _, err := range client.Events(t.Context()) {
			if failed = err; isFirst {
				isFirst = false
				toggle(t, node)
				synctest.Wait()
				if len(h.long) != 0 {
					t.Error("its place is taken")
				}
			}
		}
		if !errors.Is(failed, ErrCut) {
			t.Errorf("the stream ended with %v", failed)
		}
	})
}

// stoppable is a transport whose Poll waits while turn is full, and the node's loop
// with it: the worst that can happen to a loop.
type stoppable struct {
	memory.Config
	turn chan struct{}
}

func (s stoppable) Open(local transport.Local) (transport.Transport, error) {
	opened, err := s.Config.Open(local)
	return stopped{opened, s.turn}, err
}

type stopped struct {
	transport.Transport
	turn chan struct{}
}

func (s stopped) Poll(dst []transport.Inbound) (int, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.Transport.Poll(dst)
}

func TestALoopThatHangsIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn := make(chan struct{}, 1)
		node := simulated(t, func(c memory.Config) transport.Opener { return stoppable{c, turn} })
		handler := Handler(node, Config{Patience: 3 * time.Second})
		turn <- struct{}{}
		began := time.Now()
		var requests sync.WaitGroup
		for _, post := range []string{`/v1/health {"health":"healthy"}`, `/v1/forget {"id":"x"}`, `/v1/metadata {"version":"1"}`,
			`/v1/quarantine {"id":"x","for":"1m"}`, `/v1/release {"id":"x"}`} {
			requests.Go(func() {
				path, body, _ := strings.Cut(post, " ")
				if code := codeOf(t, request(t, handler, http.MethodPost, path, "application/json", body)); code != CodeTimeout {
					t.Errorf("%s: %q", post, code)
				}
			})
		}
		requests.Wait()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("they waited for %v", took)
		}
		answer := request(t, handler, http.MethodGet, "/v1/members", "", "")
		var view hearsay.View
		text, _ := io.ReadAll(answer.Body)
		if err := json.Unmarshal(text, &view); err != nil || view.Len() != 1 {
			t.Errorf("the view of a node that hangs: %s, %v", text, err)
		}
		<-turn
		if code := codeOf(t, request(t, handler, http.MethodPost, "/v1/health", "application/json", `{"health":"degraded"}`)); code != "" {
			t.Errorf("the loop goes on: %q", code)
		}
	})
}

// The server of an agent ends with its node, and the last words are said all the same.
func TestTheEndIsToldByAServerThatEndsWithIt(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	handler := Handler(node, Config{})
	client := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(ctx)) // as that of a server that was told to end
	}))
	var last hearsay.Event
	for e, err := range client.Events(patient(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if last = e.Event; node.Err() == nil {
			if err := node.Leave(patient(t)); err != nil {
				t.Fatal(err)
			}
			stop()
		}
	}
	if _, told := last.(Ended); !told {
		t.Errorf("the last words are %#v", last)
	}
}
