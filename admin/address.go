package admin

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Errors of addresses. Test for them with errors.Is.
var (
	// ErrAddress: what was given is no address that can be served or reached.
	ErrAddress = errors.New("admin: not an address")
	// ErrNotLoopback: an address can be reached from other hosts.
	ErrNotLoopback = errors.New("admin: not an address of this host alone")
	// ErrInUse: somebody serves there already.
	ErrInUse = errors.New("admin: in use")
	// ErrUnreachable: nobody serves there, or this user may not ask.
	ErrUnreachable = errors.New("admin: not reachable")
)

// parseAddress returns the network and the address of what package net knows by
// those words.
func parseAddress(address string) (network, target string, err error) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok && path != "" {
		return "unix", path, nil
	}
	host, ok := strings.CutPrefix(address, "tcp://")
	if !ok {
		return "", "", fmt.Errorf("%w: %q: give unix:///path/of/a/socket, or tcp://127.0.0.1:port", ErrAddress, address)
	}
	parsed, err := netip.ParseAddrPort(host)
	if err != nil {
		return "", "", fmt.Errorf("%w: %q: behind tcp:// goes an IP address of this host with a port, such as 127.0.0.1:9746", ErrAddress, address)
	}
	if !parsed.Addr().Unmap().IsLoopback() {
		return "", "", notLoopback(host)
	}
	return "tcp", parsed.String(), nil
}

// notLoopback says why an address is refused.
func notLoopback(address string) error {
	return fmt.Errorf("%w: %s: whoever reaches the admin API may end the node, and is not asked who he is; "+
		"give an address of 127.0.0.0/8 or [::1], or a unix:// socket, and come from elsewhere by ssh", ErrNotLoopback, address)
}

// Address returns the address by which a Client reaches a listener.
func Address(listener net.Listener) string {
	return listener.Addr().Network() + "://" + listener.Addr().String()
}
