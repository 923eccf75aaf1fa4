package membership

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/state"
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

// healthSlot is where a member's replicated state has its health: in Metadata,
// which every member may write and no user's schema need declare.
var healthSlot = state.Slot{Type: state.TypeID("hearsay.v1.Metadata"), Field: uint32(hearsayv1.MetadataFieldHealth)}

// Health returns what the application on the node reports of itself, as far as
// its state is held.
func (e *Entry) Health() Health {
	if e.state == nil {
		return HealthUnreported
	}
	told, ok := e.state.Get(healthSlot)
	if !ok {
		return HealthUnreported
	}
	var m hearsayv1.Metadata
	if m.Unmarshal(told.Value) != nil {
		return HealthUnreported
	}
	return healthOf(m.Health)
}

// healthOf returns the health that a member tells. One that this version does
// not know counts as not reported.
func healthOf(told hearsayv1.NodeHealth) Health {
	if told < 0 || told > hearsayv1.NodeHealthUnhealthy {
		return HealthUnreported
	}
	return Health(told)
}

// noteHealth has a member shown anew if its health is among what has changed.
func (c *Coordinator) noteHealth(id string, changes []state.Change) {
	for i := range changes {
		if changes[i].Slot != healthSlot {
			continue
		}
		if e := c.table.LookupID(id); e != nil {
			c.table.touch(e)
			c.shown.dirty = true
		}
		return
	}
}
