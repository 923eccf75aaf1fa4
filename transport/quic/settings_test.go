package quic

import (
	"math"
	"testing"
	"time"
)

func TestIdleTimeoutGrowsWithTheCluster(t *testing.T) {
	for connections, want := range map[int]time.Duration{
		0: 3 * time.Minute, 45: 3 * time.Minute, 100: 400 * time.Second,
		1000: 4000 * time.Second, 1800: 2 * time.Hour, 65_536: 2 * time.Hour,
	} {
		if got := idleTimeout(connections); got != want {
			t.Errorf("with %d connections %v, want %v", connections, got, want)
		}
	}
	// Each end of a new connection asks for what fits its own number of them.
	m := &mesh{connections: make(map[*connection]struct{}), settings: settings(Config{}.withDefaults())}
	for range 100 {
		m.connections[new(connection)] = struct{}{}
	}
	accepting, err := m.listenerSettings().GetConfigForClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	for end, got := range map[string]time.Duration{
		"dialling": m.connectionSettings().MaxIdleTimeout, "accepting": accepting.MaxIdleTimeout,
	} {
		if got != 400*time.Second {
			t.Errorf("%s: %v, want 400 s", end, got)
		}
	}
	m.config.IdleTimeout = time.Minute
	m.settings = settings(Config{IdleTimeout: time.Minute}.withDefaults())
	if got := m.connectionSettings().MaxIdleTimeout; got != time.Minute {
		t.Errorf("%v, want the minute that the configuration gives", got)
	}
}

// Where connections time out so early that most pairs have none, their time-out
// grows from one to the next until they keep.
func TestIdleTimeoutRecovers(t *testing.T) {
	const n = 1000 // each node sends two messages a second, and gets two
	connections := 10
	for range 5 {
		alive := 1 - math.Exp(-idleTimeout(connections).Seconds()*4/n)
		connections = int(alive * (n - 1))
	}
	if connections < n-2 {
		t.Errorf("settles at %d connections of %d peers", connections, n-1)
	}
}
