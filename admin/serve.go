package admin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Bounds of a server.
const (
	maxConnections = 64
	maxHeaderBytes = 16 << 10
	headerTimeout  = 5 * time.Second
	idleTimeout    = time.Minute
	// endTimeout is how long answers that are being given may take when it ends.
	endTimeout = 5 * time.Second
)

// Serve serves what Listen opened until ctx ends, and closes it. Streams of events
// end then, and answers that are being given are finished. It returns nil, or what
// befell the listener.
//
// It serves this host alone: the error for another kind of listener is
// ErrNotLoopback. By TCP it answers only what is addressed to this host by its
// number or as localhost, so that no web page reaches it by a name of its own. At
// most 64 connections are open at a time, and others wait.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok {
		if !tcp.IP.IsLoopback() {
			return errors.Join(notLoopback(tcp.String()), listener.Close())
		}
		handler = local(handler)
	} else if listener.Addr().Network() != "unix" {
		return errors.Join(notLoopback(listener.Addr().String()), listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(&limited{Listener: listener, places: make(chan struct{}, maxConnections), closed: make(chan struct{})})
	}()
	select {
	case err := <-ended:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer stop()
	if err := server.Shutdown(ending); err != nil {
		_ = server.Close() // what did not end by itself
	}
	<-ended
	return nil
}

// local answers what is addressed to this host.
func local(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]") // without a port
		}
		if address, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !address.Unmap().IsLoopback()) {
			write(w, statuses[CodeBadHost], refuse(CodeBadHost, "the request is for the host %q: address 127.0.0.1, [::1] or localhost", r.Host))
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// limited is a listener with a bound on what is open.
type limited struct {
	net.Listener
	// places has one for each connection.
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Accept waits for a place, and for a connection.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (p *placed) Close() error {
	p.leave()
	return p.Conn.Close()
}

// Close ends Accept.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
