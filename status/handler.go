package status

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/hearsay-gossip/hearsay"
)

// The types of content.
const (
	typeJSON        = "application/json"
	typeText        = "text/plain; version=0.0.4; charset=utf-8"
	typeOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
)

// JSON returns a handler that shows a node and its view of the cluster as JSON;
// with ?member=ID one member of it. The package's comment lists what is in it.
func JSON(node *hearsay.Node) http.Handler {
	w := watch(node)
	return readOnly(func(out http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if !query.Has("member") {
			write(out, r, http.StatusOK, typeJSON, text(documentOf(w.snapshot(r.Context()))))
			return
		}
		id := query.Get("member")
		if member, ok := memberOf(node, id); ok {
			write(out, r, http.StatusOK, typeJSON, text(member))
			return
		}
		write(out, r, http.StatusNotFound, typeJSON, text(map[string]string{"error": fmt.Sprintf("no member %q is known", id)}))
	})
}

// Metrics returns a handler that tells a node's counters, and what it is and sees,
// as metrics: in the text format of Prometheus, or in OpenMetrics if the request's
// Accept asks for that.
func Metrics(node *hearsay.Node) http.Handler {
	w := watch(node)
	return readOnly(func(out http.ResponseWriter, r *http.Request) {
		contentType, open := typeText, wantsOpenMetrics(r.Header.Values("Accept"))
		if open {
			contentType = typeOpenMetrics
		}
		out.Header().Set("Vary", "Accept")
		write(out, r, http.StatusOK, contentType, exposition(families, w.snapshot(r.Context()), open))
	})
}

// readOnly refuses all methods but GET and HEAD.
func readOnly(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			out.Header().Set("Allow", "GET, HEAD")
			http.Error(out, "only GET and HEAD: nothing can be changed here", http.StatusMethodNotAllowed)
			return
		}
		serve(out, r)
	})
}

// write sends a whole answer. That the reader has gone is nobody's concern.
func write(out http.ResponseWriter, r *http.Request, code int, contentType string, body []byte) {
	header := out.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	out.WriteHeader(code)
	if r.Method != http.MethodHead {
		_, _ = out.Write(body)
	}
}

// text returns v as JSON for people, too.
func text(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("BUG: a status that is no JSON: " + err.Error())
	}
	return append(b, '\n')
}
