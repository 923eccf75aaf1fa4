package udp

import (
	"os"
	"strings"
	"testing"
)

// openSockets counts the sockets of this process.
func openSockets(t *testing.T) (count int) {
	t.Helper()
	const descriptors = "/proc/self/fd"
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		t.Skip(err)
	}
	for _, entry := range entries {
		// A descriptor may be closed meanwhile; the one of this directory is.
		target, err := os.Readlink(descriptors + "/" + entry.Name())
		if err == nil && strings.HasPrefix(target, "socket:") {
			count++
		}
	}
	return count
}

func TestANodeUsesOneSocket(t *testing.T) {
	before := openSockets(t)
	node, peer := openLoopback(t, "a", nil), openLoopback(t, "b", nil)
	if got := openSockets(t) - before; got != 2 {
		t.Errorf("two nodes use %d sockets", got)
	}
	node.Close()
	peer.Close()
	if got := openSockets(t) - before; got != 0 {
		t.Errorf("%d sockets are open after Close", got)
	}
}
