package membership

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// MarshalText returns the status in lower case.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	for i, name := range statusNames {
		if name == string(text) {
			*s = Status(i)
			return nil
		}
	}
	return fmt.Errorf("membership: no status %q", text)
}

// viewJSON is a view as JSON shows it. The hash is hexadecimal, because numbers
// of 64 bits do not survive every reader of JSON.
type viewJSON struct {
	Version    uint64    `json:"version"`
	Hash       string    `json:"hash"`
	Self       string    `json:"self"`
	ObservedAt time.Time `json:"observed_at"`
	Members    []*Member `json:"members"`
	Gone       []*Member `json:"gone,omitempty"`
}

// MarshalJSON returns the view with its live members and those who are gone,
// each sorted by id. Equal views have equal JSON.
func (v *View) MarshalJSON() ([]byte, error) {
	return json.Marshal(viewJSON{v.Version, keyName(v.Hash), v.Self, v.ObservedAt, v.live.slice(), v.gone.slice()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *View) UnmarshalJSON(text []byte) error {
	var in viewJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	hash, err := strconv.ParseUint(in.Hash, 16, 64)
	if err != nil {
		return fmt.Errorf("membership: view's hash: %w", err)
	}
	for _, part := range []struct {
		members []*Member
		belongs func(Status) bool
	}{{in.Members, Status.Live}, {in.Gone, Status.gone}} {
		for i, m := range part.members {
			if m == nil || !part.belongs(m.Status) || i > 0 && part.members[i-1].ID >= m.ID {
				return errors.New("membership: view's members are not in order")
			}
		}
	}
	*v = View{in.Version, hash, in.Self, in.ObservedAt, newMemberList(in.Members), newMemberList(in.Gone)}
	return nil
}

// String returns the view as a table of one line per member, the live ones
// first.
func (v *View) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "view %d of %s, hash %016x: %d live, %d gone\n", v.Version, v.Self, v.Hash, v.live.count, v.gone.count)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, members := range [2]*memberList{&v.live, &v.gone} {
		for m := range members.all() {
			fmt.Fprintf(w, "%s\t%v\t%v+%d\tv%d", m.ID, m.Status, Generation(m.Generation), m.Incarnation, m.Version)
			for i, endpoint := range m.Endpoints {
				fmt.Fprintf(w, "%c%s/%v", "\t "[min(i, 1)], endpoint.Network, endpoint.Address)
			}
			if m.Health != HealthUnreported {
				fmt.Fprintf(w, "\t%v", m.Health)
			}
			if len(m.Accusers) > 0 {
				fmt.Fprintf(w, "\taccused by %s", strings.Join(m.Accusers, ", "))
			}
			fmt.Fprintln(w)
		}
	}
	w.Flush()
	return b.String()
}
