package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hearsay-gossip/hearsay"
)

// Code says what is wrong, to programs. Codes are stable; messages are not.
type Code string

// The codes.
const (
	// CodeNotFound: there is no such endpoint.
	CodeNotFound Code = "not_found"
	// CodeMethod: the endpoint does not have that method; Allow lists those that
	// it has.
	CodeMethod Code = "method_not_allowed"
	// CodeContentType: what is posted must be application/json, and say so.
	CodeContentType Code = "content_type"
	// CodeTooLarge: a body has more than MaxBodyBytes.
	CodeTooLarge Code = "too_large"
	// CodeBadRequest: a body or a parameter is not what the endpoint takes.
	CodeBadRequest Code = "bad_request"
	// CodeBadHost: a request by TCP is addressed to another host than this one,
	// as that of a web page in a browser may be.
	CodeBadHost Code = "bad_host"
	// CodeUnknownMember: no such member is known.
	CodeUnknownMember Code = "unknown_member"
	// CodeNotDead is hearsay.ErrNotDead.
	CodeNotDead Code = "not_dead"
	// CodeBadBlock is hearsay.ErrBadBlock.
	CodeBadBlock Code = "bad_block"
	// CodeNotQuarantined is hearsay.ErrNotBlocked.
	CodeNotQuarantined Code = "not_quarantined"
	// CodeObserver is hearsay.ErrObserver.
	CodeObserver Code = "observer"
	// CodeRefused: the node does not take what is to be written, such as what is
	// over its budget. Nothing has changed.
	CodeRefused Code = "refused"
	// CodeEnded is hearsay.ErrClosed: the node has ended.
	CodeEnded Code = "ended"
	// CodeBusy: as many do the same as may at one time.
	CodeBusy Code = "busy"
	// CodeTimeout: it was not done in time. What was to be changed may still be.
	CodeTimeout Code = "timeout"
)

// statuses are those of HTTP.
var statuses = map[Code]int{
	CodeNotFound:       http.StatusNotFound,
	CodeMethod:         http.StatusMethodNotAllowed,
	CodeContentType:    http.StatusUnsupportedMediaType,
	CodeTooLarge:       http.StatusRequestEntityTooLarge,
	CodeBadRequest:     http.StatusBadRequest,
	CodeBadHost:        http.StatusMisdirectedRequest,
	CodeUnknownMember:  http.StatusNotFound,
	CodeNotDead:        http.StatusConflict,
	CodeBadBlock:       http.StatusBadRequest,
	CodeNotQuarantined: http.StatusConflict,
	CodeObserver:       http.StatusConflict,
	CodeRefused:        http.StatusUnprocessableEntity,
	CodeEnded:          http.StatusConflict,
	CodeBusy:           http.StatusServiceUnavailable,
	CodeTimeout:        http.StatusGatewayTimeout,
}

// sentinels are the errors of package hearsay that codes stand for.
var sentinels = map[Code]error{
	CodeNotDead:        hearsay.ErrNotDead,
	CodeBadBlock:       hearsay.ErrBadBlock,
	CodeNotQuarantined: hearsay.ErrNotBlocked,
	CodeObserver:       hearsay.ErrObserver,
	CodeEnded:          hearsay.ErrClosed,
	CodeTimeout:        context.DeadlineExceeded,
}

// Error is what a node answers instead of doing what it was asked for. As JSON it
// is an object with error, for people, and code. With errors.Is it is also the
// error of package hearsay that its code stands for.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"error"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the error of package hearsay, if the code stands for one.
func (e *Error) Unwrap() error { return sentinels[e.Code] }

// refuse makes an error.
func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// errorOf says what became of a request that the node refused.
func errorOf(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	for _, code := range []Code{CodeNotDead, CodeBadBlock, CodeNotQuarantined, CodeObserver, CodeEnded, CodeTimeout} {
		if errors.Is(err, sentinels[code]) {
			return &Error{Code: code, Message: err.Error()}
		}
	}
	if errors.Is(err, context.Canceled) { // whoever asked is gone, or the server is about to be
		return &Error{Code: CodeTimeout, Message: err.Error()}
	}
	return &Error{Code: CodeRefused, Message: err.Error()}
}
