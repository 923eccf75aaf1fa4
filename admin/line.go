package admin

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/hearsay-gossip/hearsay"
)

// The lines of a stream of events, one type for each name. What they have in JSON
// is promised to users.

type topologyLine struct {
	head
	Version    uint64    `json:"version"`
	Hash       hash      `json:"hash"`
	Self       string    `json:"self"`
	ObservedAt time.Time `json:"observed_at"`
	Live       int       `json:"live"`
	Gone       int       `json:"gone"`
	Full       bool      `json:"full"`
	// Changed are whole members, the others the ids of some of them.
	Changed []hearsay.Member `json:"changed"`
	Joined  []string         `json:"joined"`
	Left    []string         `json:"left"`
	Dead    []string         `json:"dead"`
	// Blocked are the view's, and KeptOut the names that the update has.
	Blocked []hearsay.Blocked `json:"blocked,omitempty"`
	KeptOut []string          `json:"kept_out,omitempty"`
}

type statusLine struct {
	head
	Member hearsay.Member `json:"member"`
	From   hearsay.Status `json:"from"`
}

type healthLine struct {
	head
	Member hearsay.Member `json:"member"`
	From   hearsay.Health `json:"from"`
}

type convergedLine struct {
	head
	Version uint64 `json:"version"`
	Hash    hash   `json:"hash"`
	Members int    `json:"members"`
}

type isolatedLine struct {
	head
	Over bool `json:"over"`
}

type detouredLine struct {
	head
	Member  string `json:"member"`
	Network string `json:"network"`
	By      string `json:"by"`
	Over    bool   `json:"over"`
}

type seedSilentLine struct {
	head
	Address netip.AddrPort `json:"address"`
}

type sendFailedLine struct {
	head
	Target netip.AddrPort `json:"target"`
	Error  string         `json:"error"`
}

type supersededLine struct {
	head
	Generation uint64         `json:"generation,string"`
	Address    netip.AddrPort `json:"address"`
}

type evictedLine struct {
	head
	Old uint64 `json:"old,string"`
	New uint64 `json:"new,string"`
}

type laggedLine struct {
	head
	Missed uint64 `json:"missed"`
}

type endedLine struct {
	head
	Reason string `json:"reason"`
}

// lineOf returns the line of an event: one of a type that is not known has a name and
// nothing else.
func lineOf(at time.Time, event hearsay.Event) any {
	named := func(name string) head { return head{at, name} }
	switch e := event.(type) {
	case hearsay.TopologyUpdated:
		return topologyOf(named("topology_updated"), e)
	case hearsay.MemberStatusChanged:
		return statusLine{named("member_status_changed"), e.Member, e.From}
	case hearsay.MemberHealthChanged:
		return healthLine{named("member_health_changed"), e.Member, e.From}
	case hearsay.Converged:
		return convergedLine{named("converged"), e.Version, hash(e.Hash), e.Members}
	case hearsay.Isolated:
		return isolatedLine{named("isolated"), e.Over}
	case hearsay.Detoured:
		return detouredLine{named("detoured"), e.Member, e.Network, e.By, e.Over}
	case hearsay.SeedSilent:
		return seedSilentLine{named("seed_silent"), e.Address}
	case hearsay.SendFailed:
		return sendFailedLine{named("send_failed"), e.Target, e.Err.Error()}
	case hearsay.Superseded:
		return supersededLine{named("superseded"), e.Generation, e.Address}
	case hearsay.Evicted:
		return evictedLine{named("evicted"), e.Old, e.New}
	case hearsay.Lagged:
		return laggedLine{named("lagged"), e.Missed}
	case Ended:
		return endedLine{named("ended"), e.Reason}
	case Unknown:
		return e.Text // as it was read
	}
	return named(fmt.Sprintf("%T", event))
}

func topologyOf(h head, e hearsay.TopologyUpdated) topologyLine {
	gone := 0
	for range e.View.Gone() {
		gone++
	}
	return topologyLine{
		head: h, Version: e.View.Version, Hash: hash(e.View.Hash), Self: e.View.Self, ObservedAt: e.View.ObservedAt,
		Live: e.View.Len(), Gone: gone, Full: e.Full, Changed: e.Changed,
		Joined: idsOf(e.Joined), Left: idsOf(e.Left), Dead: idsOf(e.Dead), Blocked: e.View.Blocked, KeptOut: e.Blocked,
	}
}

func idsOf(members []hearsay.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return ids
}

// event returns the update, whose members must be in order: views are made of it.
func (l topologyLine) event() (hearsay.Event, error) {
	for i := 1; i < len(l.Changed); i++ {
		if l.Changed[i-1].ID >= l.Changed[i].ID {
			return nil, errors.New("its members are not in order")
		}
	}
	e := hearsay.TopologyUpdated{
		View: &hearsay.View{Version: l.Version, Hash: uint64(l.Hash), Self: l.Self, ObservedAt: l.ObservedAt, Blocked: l.Blocked},
		Full: l.Full, Changed: l.Changed, Blocked: l.KeptOut,
	}
	for _, m := range l.Changed {
		for _, part := range []struct {
			ids     []string
			members *[]hearsay.Member
		}{{l.Joined, &e.Joined}, {l.Left, &e.Left}, {l.Dead, &e.Dead}} {
			if _, ok := slices.BinarySearch(part.ids, m.ID); ok {
				*part.members = append(*part.members, m)
			}
		}
	}
	return e, nil
}

func (l statusLine) event() (hearsay.Event, error) {
	return hearsay.MemberStatusChanged{Member: l.Member, From: l.From, At: l.At}, nil
}

func (l healthLine) event() (hearsay.Event, error) {
	return hearsay.MemberHealthChanged{Member: l.Member, From: l.From, At: l.At}, nil
}

func (l convergedLine) event() (hearsay.Event, error) {
	return hearsay.Converged{Version: l.Version, Hash: uint64(l.Hash), Members: l.Members, At: l.At}, nil
}

func (l isolatedLine) event() (hearsay.Event, error) { return hearsay.Isolated{Over: l.Over}, nil }

func (l detouredLine) event() (hearsay.Event, error) {
	return hearsay.Detoured{Member: l.Member, Network: l.Network, By: l.By, Over: l.Over}, nil
}

func (l seedSilentLine) event() (hearsay.Event, error) {
	return hearsay.SeedSilent{Address: l.Address}, nil
}

func (l sendFailedLine) event() (hearsay.Event, error) {
	return hearsay.SendFailed{Target: l.Target, Err: errors.New(l.Error)}, nil
}

func (l supersededLine) event() (hearsay.Event, error) {
	return hearsay.Superseded{Generation: l.Generation, Address: l.Address}, nil
}

func (l evictedLine) event() (hearsay.Event, error) {
	return hearsay.Evicted{Old: l.Old, New: l.New}, nil
}

func (l laggedLine) event() (hearsay.Event, error) { return hearsay.Lagged{Missed: l.Missed}, nil }

func (l endedLine) event() (hearsay.Event, error) { return Ended{Reason: l.Reason}, nil }
