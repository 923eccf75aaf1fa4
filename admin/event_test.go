package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

var update = flag.Bool("update", false, "write the golden files anew")

// at is when everything happens here.
var at = time.Date(2026, 11, 22, 10, 0, 0, 250e6, time.UTC)

// seen is a view with a member of each kind.
func seen(t testing.TB) *hearsay.View {
	t.Helper()
	var view hearsay.View
	if err := json.Unmarshal([]byte(`{
		"version": 12, "hash": "09abcdef01234567", "self": "a", "observed_at": "2026-11-22T10:00:00Z",
		"members": [
			{"id": "a", "generation": "12884901889", "status": "up", "health": "healthy", "zone": "eu",
			 "endpoints": [{"network": "udp", "address": "10.0.0.1:7946"}, {"network": "quic", "address": "[fd00::1]:7947"}]},
			{"id": "b", "generation": "4294967297", "status": "suspect", "incarnation": 2, "accusers": ["a", "c"]}],
		"gone": [
			{"id": "d", "generation": "4294967299", "status": "dead", "zone": "\n"},
			{"id": "e", "generation": "8589934592", "status": "removed"}],
		"blocked": [{"prefix": "10.9.0.0/16", "until": "2026-11-22T12:00:00Z"}]}`), &view); err != nil {
		t.Fatal(err)
	}
	return &view
}

// everyEvent is one of each type, and the first can begin a stream.
func everyEvent(t testing.TB) []hearsay.Event {
	view := seen(t)
	full := hearsay.TopologyUpdated{View: view, Full: true, Blocked: []string{"x"}}
	for _, id := range []string{"a", "b", "d", "e"} {
		m, _ := view.Get(id)
		full.Changed = append(full.Changed, m)
	}
	full.Joined, full.Dead, full.Left = full.Changed[:2:2], full.Changed[2:3:3], full.Changed[3:]
	b, d := full.Changed[1], full.Changed[2]
	address := netip.MustParseAddrPort("10.0.0.9:7946")
	return []hearsay.Event{
		full,
		hearsay.TopologyUpdated{View: view, Changed: []hearsay.Member{d}, Dead: []hearsay.Member{d}},
		hearsay.MemberStatusChanged{Member: b, From: hearsay.StatusUp, At: at},
		hearsay.MemberHealthChanged{Member: b, From: hearsay.HealthDegraded, At: at},
		hearsay.Converged{Version: 3, Hash: 0xabc, Members: 4, At: at},
		hearsay.Isolated{},
		hearsay.Isolated{Over: true},
		hearsay.Detoured{Member: "b", Network: "quic", By: "udp"},
		hearsay.SeedSilent{Address: address},
		hearsay.SendFailed{Target: address, Err: errors.New("queue full")},
		hearsay.Superseded{Generation: 1 << 60, Address: address},
		hearsay.Evicted{Old: 1, New: 1 << 60},
		hearsay.Lagged{Missed: 7},
		Unknown{Name: "retired", Text: json.RawMessage(`{"at":"2026-11-22T10:00:00.25Z","event":"retired","colour":"red"}`)},
		Ended{Reason: "hearsay: the node has left"},
	}
}

// asLines writes events as a stream has them.
func asLines(t testing.TB, events []hearsay.Event) []byte {
	t.Helper()
	var stream bytes.Buffer
	for _, event := range events {
		if err := json.NewEncoder(&stream).Encode(Event{At: at, Event: event}); err != nil {
			t.Fatal(err)
		}
	}
	return stream.Bytes()
}

// What lines look like is promised to users.
func TestLinesAreAsTheyWere(t *testing.T) {
	file := filepath.Join("testdata", "events.ndjson")
	got := asLines(t, everyEvent(t))
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is written now (-update writes it anew):\n%s", file, got)
	}
	kinds := make(map[string]bool)
	for line := range strings.Lines(string(got)) {
		var h head
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatal(err)
		}
		kinds[h.Name] = true
	}
	for name := range readers {
		if !kinds[name] {
			t.Errorf("no line of the kind %s is tried", name)
		}
	}
}

// Whoever reads a stream has the events that the node had, views and all.
func TestAStreamIsReadAsItWasTold(t *testing.T) {
	told := everyEvent(t)
	var got []hearsay.Event
	err := readEvents(bytes.NewReader(asLines(t, told)), func(e Event) bool {
		if !e.At.Equal(at) {
			t.Errorf("%T at %v", e.Event, e.At)
		}
		got = append(got, e.Event)
		return true
	})
	if err != nil || len(got) != len(told) {
		t.Fatalf("%d events of %d, %v", len(got), len(told), err)
	}
	for i := range told {
		want := told[i]
		if update, ok := want.(hearsay.TopologyUpdated); ok {
			read := got[i].(hearsay.TopologyUpdated)
			if !read.View.Equal(update.View) {
				t.Errorf("the view\n%v is read as\n%v", update.View, read.View)
			}
			read.View, update.View = nil, nil
			got[i], want = read, update
		}
		if !reflect.DeepEqual(got[i], want) {
			t.Errorf("%#v is read as\n%#v", want, got[i])
		}
	}
}

func TestStreamsThatAreNone(t *testing.T) {
	lines := bytes.SplitAfter(asLines(t, everyEvent(t)), []byte("\n"))
	for name, stream := range map[string][]byte{
		"nothing":               nil,
		"no end":                lines[0],
		"half a line":           lines[0][:40],
		"no JSON":               []byte("hello\n"),
		"no name":               []byte("{}\n"),
		"no full one at first":  lines[1],
		"members in no order":   []byte(`{"event":"topology_updated","full":true,"hash":"0000000000000000","changed":[{"id":"b","generation":"1","status":"up"},{"id":"a","generation":"1","status":"up"}]}`),
		"a member twice":        []byte(`{"event":"topology_updated","full":true,"hash":"0000000000000000","changed":[{"id":"a","generation":"1","status":"up"},{"id":"a","generation":"1","status":"up"}]}`),
		"a status that is none": []byte(`{"event":"member_status_changed","from":"fine"}`),
		"a hash that is none":   []byte(`{"event":"converged","hash":"x"}`),
	} {
		if err := readEvents(bytes.NewReader(stream), func(Event) bool { return true }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzEvents reads what somebody else has written as a stream. What is understood
// is written and read again, and is the same.
func FuzzEvents(f *testing.F) {
	f.Add(asLines(f, everyEvent(f)))
	for line := range bytes.Lines(asLines(f, everyEvent(f))) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		var read []hearsay.Event
		_ = readEvents(bytes.NewReader(stream), func(e Event) bool {
			read = append(read, e.Event)
			return true
		})
		for _, event := range read {
			first, err := json.Marshal(Event{At: at, Event: event})
			if err != nil {
				t.Fatalf("%#v: %v", event, err)
			}
			var again Event
			if err := json.Unmarshal(first, &again); err != nil {
				t.Fatalf("%s: %v", first, err)
			}
			if update, ok := again.Event.(hearsay.TopologyUpdated); ok && update.View.Hash != event.(hearsay.TopologyUpdated).View.Hash {
				t.Errorf("another view: %s", first)
			} else if second, err := json.Marshal(again); err != nil || !ok && !bytes.Equal(first, second) && !unknown(event) {
				t.Errorf("%s is read and written as\n%s (%v)", first, second, err)
			}
		}
	})
}

func unknown(event hearsay.Event) bool {
	_, is := event.(Unknown)
	return is
}

// FuzzBody reads what somebody posts: an error with a code, or a body.
func FuzzBody(f *testing.F) {
	for _, body := range []string{`{"id":"a"}`, `{"health":"degraded"}`, `{"timeout":"5s"}`, `{"labels":{"a":null,"b":"c"},"roles":[],"version":""}`,
		`{"prefix":"10.0.0.0/8","for":"10m"}`, `{"address":"[fd00::1]:7946"}`, "null", "{}{}"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, body := range []any{new(nothing), new(member), new(health), new(leaving), new(MetadataChange), new(quarantining), new(hearsay.Block)} {
			err := decode(bytes.NewReader(text), body)
			if err != nil {
				if !isCode(err, CodeBadRequest) {
					t.Errorf("%T: %v", body, err)
				}
				continue
			}
			first, err := json.Marshal(body)
			if err != nil {
				t.Fatalf("%T of %q: %v", body, text, err)
			}
			again := reflect.New(reflect.TypeOf(body).Elem()).Interface()
			if err := decode(bytes.NewReader(first), again); err != nil || !reflect.DeepEqual(again, body) {
				t.Errorf("%q is %s, and that is %+v (%v)", text, first, again, err)
			}
		}
	})
}
