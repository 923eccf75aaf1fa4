package hearsay

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/hearsay-gossip/hearsay/gossiper"
)

// The goroutine that writes the log may run late: what happened before is not to
// be missing.
func TestTheLogMissesNothingOnceItIsStarted(t *testing.T) {
	var written bytes.Buffer
	n := &Node{
		cfg: Config{NodeID: "a"}, log: slog.New(slog.NewTextHandler(&written, nil)),
		events: gossiper.NewStream(&View{}),
	}
	n.startLog()
	n.events.Publish(Isolated{})
	n.events.Close()
	n.logAside(slog.LevelInfo, "beside")
	n.helpers.Wait()
	for _, line := range []string{"no member answers", "beside"} {
		if got := written.String(); strings.Count(got, line) != 1 || strings.Count(got, "node=a") != 2 {
			t.Errorf("%q is missing of %q", line, got)
		}
	}
}
