package admin

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/status"
)

// handler serves one node.
type handler struct {
	node *hearsay.Node
	Config
	status, metrics http.Handler

	// asking, of capacity 1, is full while a request waits for the node's loop. If
	// the loop hangs, one goroutine does with it, and not one for each request.
	asking chan struct{}
	// long has a place for each request that may take long.
	long chan struct{}
}

// Handler returns what operators reach a node by. The package's comment lists the
// endpoints. It does not ask who they are: Serve sees to it that only this host
// can ask, and a program that serves it otherwise must do so itself. Its paths begin
// with /v1/; where they shall begin otherwise, wrap it in http.StripPrefix.
func Handler(node *hearsay.Node, cfg Config) http.Handler {
	cfg = cfg.withDefaults()
	return &handler{
		node: node, Config: cfg,
		status: status.JSON(node), metrics: status.Metrics(node),
		asking: make(chan struct{}, 1), long: make(chan struct{}, cfg.Streams),
	}
}

// endpoint is what one method of one path does.
type endpoint struct {
	// query are the parameters that it takes.
	query []string
	serve func(h *handler, w http.ResponseWriter, r *http.Request) error
}

// endpoints are all there are, by path and method. HEAD is GET without a body.
var endpoints = map[string]map[string]endpoint{
	"/v1/status":     {http.MethodGet: {[]string{"member"}, (*handler).serveStatus}},
	"/v1/members":    {http.MethodGet: {nil, (*handler).serveMembers}},
	"/v1/metrics":    {http.MethodGet: {nil, (*handler).serveMetrics}},
	"/v1/events":     {http.MethodGet: {nil, (*handler).serveEvents}},
	"/v1/metadata":   {http.MethodGet: {[]string{"member"}, (*handler).serveMetadata}, http.MethodPost: post("metadata", (*handler).setMetadata)},
	"/v1/state":      {http.MethodGet: {[]string{"member"}, (*handler).serveState}},
	"/v1/health":     {http.MethodPost: post("health", (*handler).setHealth)},
	"/v1/forget":     {http.MethodPost: post("forget", (*handler).forget)},
	"/v1/quarantine": {http.MethodPost: post("quarantine", (*handler).quarantine)},
	"/v1/release":    {http.MethodPost: post("release", (*handler).release)},
	"/v1/converge":   {http.MethodPost: post("", (*handler).converge)},
	"/v1/leave":      {http.MethodPost: post("leave", (*handler).leave)},
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.serve(w, r); err != nil {
		failure := errorOf(err)
		h.write(w, statuses[failure.Code], failure)
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	methods, known := endpoints[r.URL.Path]
	if !known {
		return refuse(CodeNotFound, "no endpoint %q: there are %s", r.URL.Path, strings.Join(slices.Sorted(maps.Keys(endpoints)), ", "))
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	e, known := methods[method]
	if !known {
		allowed := slices.Sorted(maps.Keys(methods))
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refuse(CodeMethod, "%s has no %s: use %s", r.URL.Path, r.Method, strings.Join(allowed, " or "))
	}
	for name, values := range r.URL.Query() {
		if !slices.Contains(e.query, name) || len(values) > 1 {
			return refuse(CodeBadRequest, "the parameter %q is not known here, or given twice", name)
		}
	}
	return e.serve(h, w, r)
}

// answering gives a reader the time that it has to take an answer. What has no
// deadlines is a test's, or another server's, which has its own.
func (h *handler) answering(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.Patience))
}

func (h *handler) write(w http.ResponseWriter, code int, document any) {
	h.answering(w)
	write(w, code, document)
}

// write sends a document. That the reader has gone is nobody's concern.
func write(w http.ResponseWriter, code int, document any) {
	body, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("BUG: an answer that is no JSON: " + err.Error())
	}
	body = append(body, '\n')
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

// ask does something for which the node's loop is waited for, for a while. If
// it gives up, it cannot tell whether the loop does it after all.
func (h *handler) ask(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, h.Patience)
	defer cancel()
	tooLate := func() error {
		return refuse(CodeTimeout, "the node's loop has not answered within %v; it may still do it", h.Patience)
	}
	select {
	case h.asking <- struct{}{}:
	case <-ctx.Done():
		return tooLate()
	}
	answer := make(chan error, 1)
	go func() {
		defer func() { <-h.asking }()
		answer <- do()
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return tooLate()
	}
}

// begin takes one of the places of what may take long, and returns what gives it
// back.
func (h *handler) begin() (end func(), err error) {
	select {
	case h.long <- struct{}{}:
		return func() { <-h.long }, nil
	default:
		return nil, refuse(CodeBusy, "%d requests wait or read events already: try again when one has ended", cap(h.long))
	}
}

// unknownMember says that there is no such member.
func unknownMember(id string) error { return refuse(CodeUnknownMember, "no member %q is known", id) }
