//go:build !linux

package quic

// watchErrors and readErrors: elsewhere the system tells an unconnected socket
// nothing of ICMP errors, and a dial to where nobody listens takes its time-out.
func (s *socket) watchErrors() {}

func (s *socket) readErrors() {}
