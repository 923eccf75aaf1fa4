package status_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/status"
	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/udp"
)

// start starts a node on loopback and waits until it has joined.
func start(t *testing.T, cfg hearsay.Config) *hearsay.Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cfg.Cluster = "test"
	if cfg.Transport == nil {
		cfg.Transport = udp.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Insecure: true}
	}
	node, err := hearsay.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	if err := node.WaitJoined(ctx); err != nil {
		t.Fatal(err)
	}
	return node
}

// ask sends one request to a handler.
func ask(t *testing.T, handler http.Handler, method, target string) *http.Response {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, target, nil))
	return recorder.Result()
}

func read(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// shown is the part of the document that the tests look at.
type shown struct {
	Node struct {
		ID, Cluster, Generation, Ended string
		Addresses                      map[string]netip.AddrPort
		Observer, Joined, Isolated     bool
	}
	View      hearsay.View
	Agreement *struct {
		Heard int
		Share float64
	}
	Stats map[string]map[string]any
}

func documentOf(t *testing.T, handler http.Handler) shown {
	t.Helper()
	answer := ask(t, handler, http.MethodGet, "/")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %v", answer.Status, answer.Header)
	}
	var document shown
	if err := json.Unmarshal([]byte(read(t, answer)), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestANodeIsShownAsItIs(t *testing.T) {
	first := start(t, hearsay.Config{NodeID: "a"})
	seeds := []string{first.LocalAddr().String()}
	second := start(t, hearsay.Config{NodeID: "b", Seeds: seeds, Roles: []string{"db"}})
	if _, err := second.WaitConverged(t.Context()); err != nil {
		t.Fatal(err)
	}
	observer := start(t, hearsay.Config{NodeID: "o", Seeds: seeds, Observer: true})
	for _, node := range []*hearsay.Node{first, second, observer} {
		handler := status.JSON(node)
		d := documentOf(t, handler)
		if d.Node.ID != node.ID() || d.Node.Cluster != "test" || !d.Node.Joined || d.Node.Isolated || d.Node.Ended != "" ||
			d.Node.Observer != (node == observer) || d.Node.Addresses["udp"] != node.LocalAddr() {
			t.Errorf("%s is shown as %+v", node.ID(), d.Node)
		}
		if d.View.Len() != 2 || d.View.Hash != first.View().Hash {
			t.Errorf("the view of %s is shown as\n%v", node.ID(), &d.View)
		}
		if d.Agreement == nil || d.Agreement.Share != 1 {
			t.Errorf("the agreement of %s is shown as %+v", node.ID(), d.Agreement)
		}
		if steps, ok := d.Stats["gossiper"]["steps"].(float64); !ok || steps < 1 {
			t.Errorf("%s has made %v steps", node.ID(), d.Stats["gossiper"]["steps"])
		}
	}
}

func TestOneMember(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a/b c", Roles: []string{"db"}, Labels: map[string]string{"shard": "7"}, AppVersion: "1.2"})
	handler := status.JSON(node)
	var member struct {
		hearsay.Member
		Metadata hearsay.Metadata
	}
	answer := ask(t, handler, http.MethodGet, "/?member=a%2Fb+c")
	if err := json.Unmarshal([]byte(read(t, answer)), &member); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	if want, _ := node.View().Get(node.ID()); !member.Member.Equal(want) {
		t.Errorf("%+v, want %+v", member.Member, want)
	}
	if m := member.Metadata; len(m.Roles) != 1 || m.Labels["shard"] != "7" || m.Version != "1.2" {
		t.Errorf("it says %+v", m)
	}
	for _, id := range []string{"x", ""} {
		answer := ask(t, handler, http.MethodGet, "/?member="+id)
		if body := read(t, answer); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, `"error"`) {
			t.Errorf("member %q: %s, %s", id, answer.Status, body)
		}
	}
}

func TestNothingIsChangedAndNothingIsKept(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	for name, handler := range map[string]http.Handler{"JSON": status.JSON(node), "Metrics": status.Metrics(node)} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "GOSSIP"} {
			answer := ask(t, handler, method, "/")
			if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s, %s: %s, %v", name, method, answer.Status, answer.Header)
			}
		}
		answer := ask(t, handler, http.MethodHead, "/")
		if body := read(t, answer); answer.StatusCode != http.StatusOK || body != "" || answer.ContentLength < 1000 ||
			answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s, HEAD: %s, %d bytes of %d, %v", name, answer.Status, len(body), answer.ContentLength, answer.Header)
		}
	}
}

func TestMetricsComeInTheFormatThatIsWanted(t *testing.T) {
	server := httptest.NewServer(status.Metrics(start(t, hearsay.Config{NodeID: "a"})))
	defer server.Close()
	for accept, want := range map[string]string{
		"": "text/plain; version=0.0.4; charset=utf-8",
		"application/openmetrics-text;version=1.0.0": "application/openmetrics-text; version=1.0.0; charset=utf-8",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		answer, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body := read(t, answer)
		_ = answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); got != want || answer.Header.Get("Vary") != "Accept" {
			t.Errorf("asked for %q: %v", accept, answer.Header)
		}
		if isOpen := strings.HasSuffix(body, "\n# EOF\n"); isOpen != (accept != "") {
			t.Errorf("asked for %q, it ends with %q", accept, body[len(body)-40:])
		}
	}
}

func TestANodeThatHasEndedIsShown(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	d := documentOf(t, status.JSON(node))
	if d.Node.Ended != node.Err().Error() || d.Agreement != nil || d.View.Len() != 1 || !d.Node.Joined {
		t.Errorf("%+v", d)
	}
	body := read(t, ask(t, status.Metrics(node), http.MethodGet, "/"))
	if !strings.Contains(body, "\nhearsay_running 0\n") || strings.Contains(body, "\nhearsay_agreement_ratio ") {
		t.Errorf("%s", body)
	}
}

// stoppable is a transport whose Poll waits while turn is full, and the node's
// loop with it: what a transport must not do, and the worst that can happen to a
// loop.
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

func TestANodeThatHangsIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, err := memory.NewNetwork(memory.NetworkConfig{})
		if err != nil {
			t.Fatal(err)
		}
		turn := make(chan struct{}, 1)
		node := start(t, hearsay.Config{NodeID: "a", Transport: stoppable{memory.Config{Network: network}, turn}})
		handler := status.JSON(node)
		turn <- struct{}{}
		began := time.Now()
		var requests sync.WaitGroup
		for range 5 {
			requests.Go(func() {
				if d := documentOf(t, handler); d.Agreement != nil || d.View.Len() != 1 {
					t.Errorf("%+v", d)
				}
			})
		}
		requests.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("they waited for %v", took)
		}
		<-turn
		if d := documentOf(t, handler); d.Agreement == nil {
			t.Error("the loop goes on, and does not tell")
		}
	})
}

func TestRequestsAtOneTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, err := memory.NewNetwork(memory.NetworkConfig{})
		if err != nil {
			t.Fatal(err)
		}
		node := start(t, hearsay.Config{NodeID: "a", Transport: memory.Config{Network: network}})
		document, metrics := status.JSON(node), status.Metrics(node)
		var requests sync.WaitGroup
		for range 20 {
			requests.Go(func() {
				if documentOf(t, document).Agreement == nil {
					t.Error("the loop did not tell")
				}
				if body := read(t, ask(t, metrics, http.MethodGet, "/")); !strings.Contains(body, "\nhearsay_agreement_ratio 1\n") {
					t.Error("the loop did not tell")
				}
			})
		}
		requests.Wait()
	})
}
