package gossiper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"github.com/hearsay-gossip/hearsay/gen/mocks/mockgossiper"
	"github.com/hearsay-gossip/hearsay/gen/mocks/mocktransport"
	"github.com/hearsay-gossip/hearsay/gossiper"
	"github.com/hearsay-gossip/hearsay/membership"
)

func validConfig(t *testing.T) gossiper.Config {
	ctrl := gomock.NewController(t)
	coordinator := mockgossiper.NewMockCoordinator(ctrl)
	coordinator.EXPECT().View().Return(&membership.View{}).AnyTimes()
	return gossiper.Config{
		Transport:    mocktransport.NewMockTransport(ctrl),
		Coordinator:  coordinator,
		Publisher:    mockgossiper.NewMockPublisher(ctrl),
		TickInterval: gossiper.DefaultTickInterval,
	}
}

func TestNewRefusesWhatIsWrong(t *testing.T) {
	tests := []struct {
		name   string
		change func(*gossiper.Config)
		want   string // of the message; empty is accepted
	}{
		{"as it should be", func(*gossiper.Config) {}, ""},
		{"no transport", func(c *gossiper.Config) { c.Transport = nil }, "Transport is missing"},
		{"no coordinator", func(c *gossiper.Config) { c.Coordinator = nil }, "Coordinator is missing"},
		{"no publisher", func(c *gossiper.Config) { c.Publisher = nil }, "Publisher is missing"},
		{"no interval", func(c *gossiper.Config) { c.TickInterval = 0 }, "TickInterval is 0s: set it from 10ms to 10s"},
		{"a negative interval", func(c *gossiper.Config) { c.TickInterval = -time.Second }, "TickInterval is -1s"},
		{"too short an interval", func(c *gossiper.Config) { c.TickInterval = gossiper.MinTickInterval - 1 }, "TickInterval is"},
		{"the shortest interval", func(c *gossiper.Config) { c.TickInterval = gossiper.MinTickInterval }, ""},
		{"the longest interval", func(c *gossiper.Config) { c.TickInterval = gossiper.MaxTickInterval }, ""},
		{"too long an interval", func(c *gossiper.Config) { c.TickInterval = gossiper.MaxTickInterval + 1 }, "TickInterval is"},
		{"a negative batch", func(c *gossiper.Config) { c.PollBatch = -1 }, "PollBatch is -1"},
		{"too large a batch", func(c *gossiper.Config) { c.PollBatch = gossiper.MaxPollBatch + 1 }, "PollBatch is"},
		{"the largest batch", func(c *gossiper.Config) { c.PollBatch = gossiper.MaxPollBatch }, ""},
		{"negative polls", func(c *gossiper.Config) { c.MaxPollsPerStep = -1 }, "MaxPollsPerStep is -1"},
		{"too many polls", func(c *gossiper.Config) { c.MaxPollsPerStep = gossiper.MaxMaxPollsPerStep + 1 }, "MaxPollsPerStep is"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := validConfig(t)
			test.change(&cfg)
			g, err := gossiper.New(cfg)
			switch {
			case test.want == "" && (err != nil || g == nil):
				t.Errorf("New returns %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("New returns %v, want %q", err, test.want)
			case (err == nil) != (cfg.Validate() == nil):
				t.Error("Validate and New disagree")
			}
		})
	}
}

func TestValidateTellsAllProblemsAtOnce(t *testing.T) {
	err := gossiper.Config{PollBatch: -1, MaxPollsPerStep: -1}.Validate()
	for _, field := range []string{"Transport", "Coordinator", "Publisher", "TickInterval", "PollBatch", "MaxPollsPerStep"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
