package membership

import (
	"errors"
	"fmt"
	"slices"
)

// SetEndpoints replaces where the node listens: 1 to 8 endpoints, the preferred
// one first. The others learn of it as of any change. An error has changed
// nothing, and names what is wrong.
func (c *Coordinator) SetEndpoints(now Instant, endpoints []Endpoint) error {
	cfg := c.cfg
	cfg.Endpoints = slices.Clone(endpoints)
	return c.reconfigure(now, cfg)
}

// SetZone replaces the name of where the node runs, at most 64 bytes, as
// SetEndpoints does.
func (c *Coordinator) SetZone(now Instant, zone string) error {
	cfg := c.cfg
	cfg.Zone = zone
	return c.reconfigure(now, cfg)
}

// reconfigure makes the node say of itself what cfg says.
func (c *Coordinator) reconfigure(now Instant, cfg Config) error {
	c.begin(now)
	if c.stage == stageStopped {
		return ErrStopped
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	if _, err := encodeOwner(cfg.ID, ownerPartOf(&cfg, c.ownStatus())); err != nil {
		return err
	}
	c.cfg = cfg
	if !c.hasRecord() || !c.table.Self().Live() {
		return nil
	}
	err := c.table.SetOwner(c.now, ownerPartOf(&cfg, c.ownStatus()))
	switch {
	case errors.Is(err, ErrCounterAtMaximum):
		c.renew(0)
	case err != nil:
		return fmt.Errorf("membership: own record: %w", err)
	default:
		c.ownChanged(false)
	}
	return nil
}

// Table returns what the node knows, for tests and tools that run on the
// driver's goroutine: to look at, and never to change.
func (c *Coordinator) Table() *Table { return c.table }
