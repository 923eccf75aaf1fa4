package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// span is a duration as people write it: 1m30s.
type span time.Duration

// MarshalText returns the form of time.Duration.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration: write it like 10m", text)
	}
	*s = span(d)
	return nil
}

// quarantining is a request to keep something out for a time.
type quarantining struct {
	hearsay.Block
	For span `json:"for"`
}

func (h *handler) quarantine(ctx context.Context, body *quarantining) (any, error) {
	return nothing{}, h.ask(ctx, func() error { return h.node.Quarantine(body.Block, time.Duration(body.For)) })
}

func (h *handler) release(ctx context.Context, body *hearsay.Block) (any, error) {
	return nothing{}, h.ask(ctx, func() error { return h.node.Release(*body) })
}

// MetadataChange is what a node is to say of itself from now on. What is nil stays
// as it is.
type MetadataChange struct {
	// Roles are all roles that it has then; none, if it is not nil and empty.
	Roles []string `json:"roles,omitzero"`
	// Labels are those to be set, and those to be removed, which are nil.
	Labels map[string]*string `json:"labels,omitempty"`
	// Version is that of the application.
	Version *string `json:"version,omitempty"`
}

// setMetadata makes all of a change, or nothing.
func (h *handler) setMetadata(ctx context.Context, body *MetadataChange) (any, error) {
	return nothing{}, h.ask(ctx, func() error {
		return h.node.Metadata().Update(func(m *hearsay.Metadata) {
			if body.Roles != nil {
				m.Roles = body.Roles
			}
			if body.Version != nil {
				m.Version = *body.Version
			}
			for name, value := range body.Labels {
				if value == nil {
					delete(m.Labels, name)
					continue
				}
				if m.Labels == nil {
					m.Labels = make(map[string]string)
				}
				m.Labels[name] = *value
			}
		})
	})
}
