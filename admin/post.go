package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// post makes an endpoint of what takes a body. What it does is logged as change,
// unless that is empty.
func post[B any](change string, do func(h *handler, ctx context.Context, body *B) (any, error)) endpoint {
	return endpoint{serve: func(h *handler, w http.ResponseWriter, r *http.Request) error {
		var body B
		if err := h.receive(w, r, &body); err != nil {
			return err
		}
		answer, err := do(h, r.Context(), &body)
		if change != "" {
			h.logChange(change, &body, err)
		}
		if err != nil {
			return err
		}
		h.write(w, http.StatusOK, answer)
		return nil
	}}
}

// logChange says what an operator did, whose words it quotes.
func (h *handler) logChange(change string, body any, err error) {
	request, _ := json.Marshal(body) // which was made of JSON
	log := h.Logger.With("node", h.node.ID(), "change", change, "request", string(request))
	if err != nil {
		log.Warn("an operator's change failed", "error", err)
		return
	}
	log.Info("an operator's change")
}

// receive reads what is posted: one object of JSON. That the type of content must be
// said keeps web pages out, whose requests of that type a browser asks about first.
func (h *handler) receive(w http.ResponseWriter, r *http.Request, body any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(CodeContentType, "the Content-Type is %q: post application/json", r.Header.Get("Content-Type"))
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(h.Patience))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	return decode(http.MaxBytesReader(w, r.Body, MaxBodyBytes), body)
}

// decode reads one object of JSON that has no other fields than body, and nothing
// behind it.
func decode(r io.Reader, body any) error {
	text, err := io.ReadAll(r)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return refuse(CodeTooLarge, "the body has more than %d bytes", MaxBodyBytes)
	}
	if err == nil && !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		err = errors.New("it is no object: {} is the least")
	}
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err = decoder.Decode(body); err == nil {
			if _, err = decoder.Token(); errors.Is(err, io.EOF) {
				return nil
			}
			err = errors.New("there is something behind the object")
		}
	}
	return refuse(CodeBadRequest, "the body is not what this takes: %v", err)
}

// nothing is a request without fields, and the answer where nothing is to be told.
type nothing struct{}

// member is a request about one member.
type member struct {
	ID string `json:"id"`
}

func (h *handler) forget(ctx context.Context, body *member) (any, error) {
	if body.ID == "" {
		return nil, refuse(CodeBadRequest, "id is missing: give that of the dead member")
	}
	return nothing{}, h.ask(ctx, func() error { return h.node.Forget(body.ID) })
}

// health is a request to report one.
type health struct {
	Health *hearsay.Health `json:"health"`
}

func (h *handler) setHealth(ctx context.Context, body *health) (any, error) {
	if body.Health == nil {
		return nil, refuse(CodeBadRequest, "health is missing: give unreported, healthy, degraded or unhealthy")
	}
	return nothing{}, h.ask(ctx, func() error { return h.node.SetHealth(*body.Health) })
}

// converged is the answer of converge.
type converged struct {
	Version uint64 `json:"version"`
	Hash    hash   `json:"hash"`
	Members int    `json:"members"`
}

// converge waits until the node has joined and all see what it sees, or until
// whoever asks has gone.
func (h *handler) converge(ctx context.Context, _ *nothing) (any, error) {
	end, err := h.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	if err := h.node.WaitJoined(ctx); err != nil {
		return nil, err
	}
	seen, err := h.node.WaitConverged(ctx)
	if err != nil {
		return nil, err
	}
	return converged{seen.Version, hash(seen.Hash), seen.Members}, nil
}

// leaving is a request to leave.
type leaving struct {
	Timeout span `json:"timeout,omitempty"`
}

// leave ends the node. That whoever asks does not wait for it does not make a
// crash of it.
func (h *handler) leave(ctx context.Context, body *leaving) (any, error) {
	timeout := time.Duration(body.Timeout)
	if timeout == 0 {
		timeout = h.LeaveTimeout
	}
	if timeout < 0 || timeout > MaxLeaveTimeout {
		return nil, refuse(CodeBadRequest, "timeout is %v: give one above 0 and up to %v", timeout, MaxLeaveTimeout)
	}
	end, err := h.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	return nothing{}, h.node.Leave(ctx)
}
