package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// Event is one thing that a node has told, and when. As JSON it is one object:
// at, event, which is the name of its type in snake_case, and what it tells.
//
// A hearsay.TopologyUpdated that was read from JSON has a View without members,
// for the line holds no more than what has changed; hearsay.ViewBuilder makes the
// whole one, as Client.Events does.
type Event struct {
	At    time.Time
	Event hearsay.Event
}

// Ended is the last event of a stream whose node has ended, and says why.
type Ended struct{ Reason string }

// Unknown is an event that this version has no type for: that of a newer node.
type Unknown struct {
	// Name is that of its type, and Text the whole line.
	Name string
	Text json.RawMessage
}

// GossipEvent marks an event.
func (Ended) GossipEvent()   {}
func (Unknown) GossipEvent() {}

// head begins every line.
type head struct {
	At   time.Time `json:"at"`
	Name string    `json:"event"`
}

// line is an event as JSON has it.
type line interface{ event() (hearsay.Event, error) }

// hash is written in hexadecimal, because numbers of 64 bits do not survive every
// reader of JSON.
type hash uint64

// MarshalText returns 16 digits.
func (h hash) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(h)), nil }

// UnmarshalText reads what MarshalText writes.
func (h *hash) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 16, 64)
	*h = hash(value)
	return err
}

// MarshalJSON returns the line of an event.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(lineOf(e.At, e.Event))
}

// readers has for each name what reads its lines.
var readers = map[string]func(text []byte) (hearsay.Event, error){
	"topology_updated":      read[topologyLine],
	"member_status_changed": read[statusLine],
	"member_health_changed": read[healthLine],
	"converged":             read[convergedLine],
	"isolated":              read[isolatedLine],
	"detoured":              read[detouredLine],
	"seed_silent":           read[seedSilentLine],
	"send_failed":           read[sendFailedLine],
	"superseded":            read[supersededLine],
	"evicted":               read[evictedLine],
	"lagged":                read[laggedLine],
	"ended":                 read[endedLine],
}

func read[L line](text []byte) (hearsay.Event, error) {
	var l L
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, err
	}
	return l.event()
}

// UnmarshalJSON reads what MarshalJSON writes. What has a name that is not known
// becomes Unknown.
func (e *Event) UnmarshalJSON(text []byte) error {
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return err
	}
	if h.Name == "" {
		return errors.New("admin: an event without a name")
	}
	e.At = h.At
	known := readers[h.Name]
	if known == nil {
		e.Event = Unknown{Name: h.Name, Text: append(json.RawMessage(nil), text...)}
		return nil
	}
	event, err := known(text)
	if err != nil {
		return fmt.Errorf("admin: an event %q: %w", h.Name, err)
	}
	e.Event = event
	return nil
}

// when returns the time at which a node noticed what it tells, or now where it
// does not say.
func when(event hearsay.Event, now time.Time) time.Time {
	switch e := event.(type) {
	case hearsay.MemberStatusChanged:
		return e.At
	case hearsay.MemberHealthChanged:
		return e.At
	case hearsay.Converged:
		return e.At
	}
	return now
}
