package membership

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	Members    []Member  `json:"members"`
	Gone       []Member  `json:"gone,omitempty"`
	Blocked    []Blocked `json:"blocked,omitempty"`
}

// MarshalJSON returns the view with its live members and those who are gone,
// each sorted by id. Equal views have equal JSON.
func (v *View) MarshalJSON() ([]byte, error) {
	return json.Marshal(viewJSON{v.Version, keyName(v.Hash), v.Self, v.ObservedAt,
		slices.AppendSeq(make([]Member, 0, v.live.count), v.Members()), slices.Collect(v.Gone()), v.Blocked})
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
	live, err := readMembers(in.Members, Status.Live)
	if err != nil {
		return err
	}
	gone, err := readMembers(in.Gone, Status.gone)
	if err != nil {
		return err
	}
	for i := range in.Blocked {
		if in.Blocked[i].Block, err = in.Blocked[i].normal(); err != nil {
			return err
		}
	}
	*v = View{in.Version, hash, in.Self, in.ObservedAt, in.Blocked, live, gone}
	return nil
}

// readMembers returns the list of members, which must be sorted.
func readMembers(members []Member, belongs func(Status) bool) (memberList, error) {
	list := make([]listed, len(members))
	for i := range members {
		if !belongs(members[i].Status) || i > 0 && members[i-1].ID >= members[i].ID {
			return memberList{}, errors.New("membership: view's members are not in order")
		}
		list[i] = listing(&members[i])
	}
	return newMemberList(list), nil
}

// String returns the view as a table of one line per member, the live ones
// first, and one for each quarantine.
func (v *View) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "view %d of %s, hash %016x: %d live, %d gone\n", v.Version, v.Self, v.Hash, v.live.count, v.gone.count)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, members := range [2]*memberList{&v.live, &v.gone} {
		for m := range members.values() {
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
	for _, block := range v.Blocked {
		fmt.Fprintf(&b, "keeps out %v until %s\n", block.Block, block.Until.Format(time.RFC3339))
	}
	return b.String()
}
