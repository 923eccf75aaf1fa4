package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// maxAnswerBytes bounds what a client reads of one answer, or one line of events: a
// view of a hundred thousand members, and more.
const maxAnswerBytes = 256 << 20

// Client asks a running node. Its methods may be called from any goroutine. An
// error is an *Error if the node has answered with one, ErrUnreachable if nobody
// serves there, and the cause of a context that ended before.
type Client struct {
	address string
	http    http.Client
}

// NewClient returns a client of what serves at an address: one of those that Listen
// takes. It asks nothing yet.
func NewClient(address string) (*Client, error) {
	network, target, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, target)
	}
	// No proxy: what is asked is on this host.
	return &Client{address: address, http: http.Client{Transport: &http.Transport{DialContext: dial, IdleConnTimeout: idleTimeout / 2}}}, nil
}

// Close closes the connections that wait for a next request.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// send sends a request. The body of the answer, whose status is 200, is its
// caller's to close.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	target := url.URL{Scheme: "http", Host: "localhost", Path: path, RawQuery: query.Encode()}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	if method == http.MethodGet {
		text = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, c.unanswered(ctx, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// unanswered says why there is no answer.
func (c *Client) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("admin: no answer yet from %s: %w", c.address, context.Cause(ctx))
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the name of the host, which is made up
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return fmt.Errorf("%w: %s: %w", ErrUnreachable, c.address, failed.Err)
	}
	return fmt.Errorf("admin: %s: %w", c.address, err)
}

// refusal reads what was answered instead.
func refusal(answer *http.Response) error {
	var failure Error
	text, err := io.ReadAll(io.LimitReader(answer.Body, MaxBodyBytes))
	if err == nil {
		err = json.Unmarshal(text, &failure)
	}
	if err != nil || failure.Code == "" {
		return fmt.Errorf("admin: what answers with %q is no node of hearsay, or of another version", answer.Status)
	}
	return &failure
}

// get asks for a document.
func (c *Client) get(ctx context.Context, path string, query url.Values, document any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, document)
}

// post asks for a change, whose answer goes into document if that is not nil.
func (c *Client) post(ctx context.Context, path string, body, document any) error {
	return c.call(ctx, http.MethodPost, path, nil, body, document)
}

func (c *Client) call(ctx context.Context, method, path string, query url.Values, body, document any) error {
	answer, err := c.send(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return c.unanswered(ctx, err)
	}
	if document == nil {
		return nil
	}
	if err := json.Unmarshal(text, document); err != nil {
		return fmt.Errorf("admin: an answer of %s to %s that is none: %w", c.address, path, err)
	}
	return nil
}

// Status returns what the node is and sees.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	s := new(Status)
	if err := c.get(ctx, "/v1/status", nil, &s.Text); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(s.Text, s); err != nil {
		return nil, fmt.Errorf("admin: a status of %s that is none: %w", c.address, err)
	}
	return s, nil
}

// Members returns the view of the node.
func (c *Client) Members(ctx context.Context) (*hearsay.View, error) {
	v := new(hearsay.View)
	if err := c.get(ctx, "/v1/members", nil, v); err != nil {
		return nil, err
	}
	return v, nil
}

// Metrics returns the node's metrics in the text format of Prometheus.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	answer, err := c.send(ctx, http.MethodGet, "/v1/metrics", nil, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return nil, c.unanswered(ctx, err)
	}
	return text, nil
}

// Metadata returns what all known members say of themselves, the live ones first.
func (c *Client) Metadata(ctx context.Context) ([]Metadata, error) {
	var list metadataList
	err := c.get(ctx, "/v1/metadata", nil, &list)
	return list.Members, err
}

// MetadataOf returns what one member says. CodeUnknownMember tells that there is no
// such member.
func (c *Client) MetadataOf(ctx context.Context, id string) (Metadata, error) {
	var m Metadata
	err := c.get(ctx, "/v1/metadata", url.Values{"member": {id}}, &m)
	return m, err
}

// StateOf is Node.StateOf. CodeUnknownMember tells that there is no such member.
func (c *Client) StateOf(ctx context.Context, id string) ([]hearsay.HeldState, error) {
	var held heldState
	err := c.get(ctx, "/v1/state", url.Values{"member": {id}}, &held)
	return held.Types, err
}

// SetMetadata changes what the node says of itself: all of it, or nothing.
func (c *Client) SetMetadata(ctx context.Context, change MetadataChange) error {
	return c.post(ctx, "/v1/metadata", change, nil)
}

// SetHealth reports how the application on the node is. HealthUnhealthy drains it:
// it stays a member, and is passed over by whoever chooses among members.
func (c *Client) SetHealth(ctx context.Context, reported hearsay.Health) error {
	return c.post(ctx, "/v1/health", health{&reported}, nil)
}

// Forget is Node.Forget.
func (c *Client) Forget(ctx context.Context, id string) error {
	return c.post(ctx, "/v1/forget", member{id}, nil)
}

// Quarantine is Node.Quarantine.
func (c *Client) Quarantine(ctx context.Context, b hearsay.Block, d time.Duration) error {
	return c.post(ctx, "/v1/quarantine", quarantining{b, span(d)}, nil)
}

// Release is Node.Release.
func (c *Client) Release(ctx context.Context, b hearsay.Block) error {
	return c.post(ctx, "/v1/release", b, nil)
}

// WaitConverged waits until the node has joined and all live members have seen what
// it sees. ctx bounds that.
func (c *Client) WaitConverged(ctx context.Context) (hearsay.Converged, error) {
	var seen converged
	err := c.post(ctx, "/v1/converge", nothing{}, &seen)
	return hearsay.Converged{Version: seen.Version, Hash: uint64(seen.Hash), Members: seen.Members}, err
}

// Leave is Node.Leave: the node tells the others, for the timeout at most, and ends,
// also if ctx ends before. A timeout of 0 is that of the node's Config.
func (c *Client) Leave(ctx context.Context, timeout time.Duration) error {
	return c.post(ctx, "/v1/leave", leaving{span(timeout)}, nil)
}
