package admin

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay"
)

// request is what a test sends to a handler.
func request(t *testing.T, handler http.Handler, method, target, contentType, body string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder.Result()
}

// codeOf returns the code of an answer, whose status must fit.
func codeOf(t *testing.T, answer *http.Response) Code {
	t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode == http.StatusOK {
		return ""
	}
	var failure Error
	if err := json.Unmarshal(text, &failure); err != nil {
		t.Fatalf("%s: %q is no error: %v", answer.Status, text, err)
	}
	if statuses[failure.Code] != answer.StatusCode || failure.Message == "" || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s, %v, %s", answer.Status, answer.Header, text)
	}
	return failure.Code
}

func TestEveryEndpointRefusesWhatItDoesNotTake(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a"})
	handler := Handler(node, Config{})
	for _, path := range slices.Sorted(maps.Keys(endpoints)) {
		methods := endpoints[path]
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "GOSSIP"} {
			if _, has := methods[method]; has {
				continue
			}
			answer := request(t, handler, method, path, "application/json", "{}")
			want := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
			if code := codeOf(t, answer); code != CodeMethod || answer.Header.Get("Allow") != want {
				t.Errorf("%s %s: %s, allowed %q", method, path, code, answer.Header.Get("Allow"))
			}
		}
		for method := range methods {
			if code := codeOf(t, request(t, handler, method, path+"?colour=red", "application/json", "{}")); code != CodeBadRequest {
				t.Errorf("%s %s with an unknown parameter: %q", method, path, code)
			}
		}
		if _, has := methods[http.MethodPost]; has {
			refusesBodies(t, handler, path)
		}
	}
	if err := node.Err(); err != nil {
		t.Errorf("the node has ended: %v", err)
	}
}

func refusesBodies(t *testing.T, handler http.Handler, path string) {
	t.Helper()
	for _, test := range []struct {
		contentType, body string
		want              Code
	}{
		{"", "{}", CodeContentType},
		{"text/plain", "{}", CodeContentType},
		{"application/x-www-form-urlencoded", "{}", CodeContentType},
		{"application/json", "", CodeBadRequest},
		{"application/json", "null", CodeBadRequest},
		{"application/json", "[]", CodeBadRequest},
		{"application/json", "{", CodeBadRequest},
		{"application/json", "{}{}", CodeBadRequest},
		{"application/json", "{} x", CodeBadRequest},
		{"application/json", `{"colour":"red"}`, CodeBadRequest},
		{"application/json", "{" + strings.Repeat(" ", MaxBodyBytes) + "}", CodeTooLarge},
	} {
		if code := codeOf(t, request(t, handler, http.MethodPost, path, test.contentType, test.body)); code != test.want {
			t.Errorf("%s with %.20q of the type %q: %q, want %q", path, test.body, test.contentType, code, test.want)
		}
	}
}

// What is of the right form may still say nothing that can be done.
func TestBodiesThatSayNothing(t *testing.T) {
	handler := Handler(start(t, hearsay.Config{NodeID: "a"}), Config{})
	for _, test := range []struct {
		path, body string
		want       Code
	}{
		{"/v1/forget", `{}`, CodeBadRequest},
		{"/v1/forget", `{"id":7}`, CodeBadRequest},
		{"/v1/forget", `{"id":"x"}`, CodeNotDead},
		{"/v1/forget", `{"id":"a"}`, CodeNotDead},
		{"/v1/health", `{}`, CodeBadRequest},
		{"/v1/health", `{"health":"fine"}`, CodeBadRequest},
		{"/v1/health", `{"health":3}`, CodeBadRequest},
		{"/v1/metadata", `{"labels":["x"]}`, CodeBadRequest},
		{"/v1/metadata", `{"roles":"db"}`, CodeBadRequest},
		{"/v1/quarantine", `{"for":"10m"}`, CodeBadBlock},
		{"/v1/quarantine", `{"id":"x"}`, CodeBadBlock},
		{"/v1/quarantine", `{"id":"x","for":"ten minutes"}`, CodeBadRequest},
		{"/v1/quarantine", `{"id":"x","for":"-1s"}`, CodeBadBlock},
		{"/v1/quarantine", `{"id":"a","for":"1m"}`, CodeBadBlock},
		{"/v1/quarantine", `{"id":"x","prefix":"10.0.0.0/8","for":"1m"}`, CodeBadBlock},
		{"/v1/quarantine", `{"address":"10.0.0.1","for":"1m"}`, CodeBadRequest},
		{"/v1/release", `{}`, CodeNotQuarantined},
		{"/v1/release", `{"id":"x"}`, CodeNotQuarantined},
		{"/v1/leave", `{"timeout":"1h"}`, CodeBadRequest},
		{"/v1/leave", `{"timeout":"-1s"}`, CodeBadRequest},
		{"/v1/leave", `{"timeout":5}`, CodeBadRequest},
	} {
		if code := codeOf(t, request(t, handler, http.MethodPost, test.path, "application/json; charset=utf-8", test.body)); code != test.want {
			t.Errorf("%s with %s: %q, want %q", test.path, test.body, code, test.want)
		}
	}
}

func TestWhatIsReadCanBeReadByAnybody(t *testing.T) {
	node := start(t, hearsay.Config{NodeID: "a/b c", Roles: []string{"db"}})
	handler := Handler(node, Config{})
	for path, want := range map[string]string{
		"/v1/status": `"agreement"`, "/v1/status?member=a%2Fb+c": `"db"`, "/v1/members": `"hash"`, "/v1/metrics": "hearsay_members",
		"/v1/metadata": `"members"`, "/v1/metadata?member=a%2Fb+c": `"labels": {}`,
		"/v1/state?member=a%2Fb+c": `"message": "CgJkYg=="`,
	} {
		answer := request(t, handler, http.MethodGet, path, "", "")
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), want) || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s, %v, no %s in %s", path, answer.Status, answer.Header, want, body)
		}
		if head := request(t, handler, http.MethodHead, path, "", ""); head.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: %s", path, head.Status)
		}
	}
	for path, want := range map[string]Code{
		"/": CodeNotFound, "/v1": CodeNotFound, "/v1/status/": CodeNotFound, "/v2/status": CodeNotFound,
		"/v1/state": CodeUnknownMember, "/v1/state?member=x": CodeUnknownMember,
		"/v1/status?member=x": CodeUnknownMember, "/v1/metadata?member=": CodeUnknownMember, "/v1/status?member=a&member=b": CodeBadRequest,
	} {
		if code := codeOf(t, request(t, handler, http.MethodGet, path, "", "")); code != want {
			t.Errorf("%s: %q, want %q", path, code, want)
		}
	}
}
