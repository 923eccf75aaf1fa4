package membership

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
)

// Health is what the application on a node reports of itself. It is told to all
// members and changes nothing else: an unhealthy node is neither suspected nor
// removed, and whoever chooses among members may pass it over.
type Health uint8

// The states of health, from none reported to worst.
const (
	HealthUnreported Health = iota
	HealthHealthy
	// HealthDegraded: it works, but not as it should.
	HealthDegraded
	// HealthUnhealthy: it should not be used.
	HealthUnhealthy
)

var healthNames = [...]string{"unreported", "healthy", "degraded", "unhealthy"}

// String returns the health in lower case.
func (h Health) String() string {
	if int(h) < len(healthNames) {
		return healthNames[h]
	}
	return healthNames[HealthUnreported]
}

// MarshalText returns the health in lower case.
func (h Health) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Health) UnmarshalText(text []byte) error {
	for i, name := range healthNames {
		if name == string(text) {
			*h = Health(i)
			return nil
		}
	}
	return fmt.Errorf("membership: no health %q", text)
}

// healthOf returns the health that a record tells. One that this version does
// not know counts as not reported.
func healthOf(told hearsayv1.NodeHealth) Health {
	if told < 0 || told > hearsayv1.NodeHealthUnhealthy {
		return HealthUnreported
	}
	return Health(told)
}

// SetHealth replaces what the application reports of itself, as SetZone does.
func (c *Coordinator) SetHealth(now Instant, health Health) error {
	cfg := c.cfg
	cfg.Health = health
	return c.reconfigure(now, cfg)
}
