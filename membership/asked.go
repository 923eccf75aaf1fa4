package membership

import (
	"net/netip"
	"slices"
)

// Bounds of what is asked for in one period: maxAsked keys of members, and as many
// of strangers, of whom those at one address are asked for maxAskedAt.
const (
	maxAsked   = 256
	maxAskedAt = maxAsked / 4
)

// askedKeys are the keys that were asked for in this period, each once. Strangers
// tell what they like from where they like: however much that is, members can be
// asked as much as without it. What a stranger was asked for in vain a member is
// in the next period.
type askedKeys struct {
	ofMembers, ofStrangers []askedKey
}

type askedKey struct {
	key uint64
	at  netip.Addr
}

func (a *askedKeys) clear() { a.ofMembers, a.ofStrangers = a.ofMembers[:0], a.ofStrangers[:0] }

// note tells whether somebody at an address may be asked for a key, and notes that
// he was.
func (a *askedKeys) note(key uint64, at netip.Addr, isMember bool) bool {
	if asks(a.ofMembers, key) || asks(a.ofStrangers, key) {
		return false
	}
	of := &a.ofMembers
	if !isMember {
		of = &a.ofStrangers
		if a.strangersAt(at) == maxAskedAt {
			return false
		}
	}
	if len(*of) == maxAsked {
		return false
	}
	*of = append(*of, askedKey{key, at})
	return true
}

func asks(keys []askedKey, key uint64) bool {
	return slices.ContainsFunc(keys, func(k askedKey) bool { return k.key == key })
}

// strangersAt returns how many keys the strangers at an address were asked for.
func (a *askedKeys) strangersAt(at netip.Addr) (count int) {
	for i := range a.ofStrangers {
		if a.ofStrangers[i].at == at {
			count++
		}
	}
	return count
}

// mayAsk tells whether the sender may be asked for a key in this period, and notes
// that it was.
func (c *Coordinator) mayAsk(from *correspondent, key uint64) bool {
	isMember := from.entry != nil && from.entry.Live() && c.proven(from)
	return c.asked.note(key, from.in.Source.Addr(), isMember)
}
