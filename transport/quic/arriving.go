package quic

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	quicgo "github.com/quic-go/quic-go"

	"github.com/hearsay-gossip/hearsay/transport"
	"github.com/hearsay-gossip/hearsay/transport/quic/identity"
)

// Bounds of the handshakes that others have begun and not ended, each of which
// takes some 60 KiB: altogether, and for one IPv4 address or IPv6 network of 64
// bits. Who is refused for that learns it at once, and tries again.
const (
	maxArriving     = 1024
	maxArrivingFrom = 256
)

// arriving counts the handshakes that others have begun and not ended.
type arriving struct {
	mu   sync.Mutex
	all  int
	from map[netip.Prefix]int
}

func newArriving() *arriving { return &arriving{from: make(map[netip.Prefix]int)} }

// begin takes a place, if there is one, and returns what gives it back.
func (a *arriving) begin(address netip.Addr) (end func(), ok bool) {
	origin := originOf(address)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all >= maxArriving || a.from[origin] >= maxArrivingFrom {
		return nil, false
	}
	a.all++
	a.from[origin]++
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all--
		if a.from[origin]--; a.from[origin] == 0 {
			delete(a.from, origin)
		}
	}), true
}

// originOf returns what one who has an address has as a rule: all of an IPv6
// network, but one IPv4 address.
func originOf(address netip.Addr) netip.Prefix {
	bits := 64
	if address.Is4() {
		bits = 32
	}
	prefix, _ := address.WithZone("").Prefix(bits) // fails for the zero Addr only
	return prefix
}

// arrivingKey is under what a connection's context has the end of its place.
type arrivingKey struct{}

// arrived gives back the place of a handshake that is over.
func arrived(ctx context.Context) {
	if end, ok := ctx.Value(arrivingKey{}).(func()); ok {
		end()
	}
}

var errBusy = errors.New("too many handshakes at a time")

// watchHandshake refuses a handshake beyond the bounds, and counts and logs the
// nodes that dialled and were refused: quic-go does not tell otherwise.
func (m *mesh) watchHandshake(ctx context.Context, client *quicgo.ClientInfo) (context.Context, error) {
	end, ok := m.arriving.begin(addrPort(client.RemoteAddr).Addr())
	if !ok {
		m.inbox.Drop(transport.DropLimited)
		return nil, errBusy
	}
	context.AfterFunc(ctx, func() {
		end()
		closed, ok := errors.AsType[*quicgo.TransportError](context.Cause(ctx))
		if !ok || closed.Remote || !closed.ErrorCode.IsCryptoError() ||
			closed.ErrorCode == alertNoProtocol || errors.Is(closed, identity.ErrForeign) {
			return // no refusal, or counted by admit
		}
		m.inbox.Drop(transport.DropUnauthenticated)
		m.log.Debug("refused a handshake", "peer", client.RemoteAddr, "error", closed)
	})
	return context.WithValue(ctx, arrivingKey{}, end), nil
}

// alertNoProtocol is QUIC's code for the TLS alert no_application_protocol.
const alertNoProtocol quicgo.TransportErrorCode = 0x100 + 120
