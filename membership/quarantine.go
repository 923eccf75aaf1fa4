package membership

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay/wire"
)

// MaxBlocks is how many blocks a node keeps at once.
const MaxBlocks = 1024

// ErrBadBlock is what all errors of Quarantine about its arguments unwrap to.
var ErrBadBlock = errors.New("membership: cannot keep this out")

// Block names what a node keeps out: exactly one of its fields is set.
type Block struct {
	// ID is the id of a node, wherever it is.
	ID string `json:"id,omitempty"`
	// Address is one address with its port, and Prefix a range of them, of
	// whoever is there.
	Address netip.AddrPort `json:"address,omitzero"`
	Prefix  netip.Prefix   `json:"prefix,omitzero"`
}

// Blocked is a block that is in force, as views list it.
type Blocked struct {
	Block
	// Until is the driver's wall-clock time at which it ends, unless it is
	// released or renewed before.
	Until time.Time `json:"until"`
}

func (b Blocked) equal(o Blocked) bool { return b.Block == o.Block && b.Until.Equal(o.Until) }

// String returns the id, address or prefix.
func (b Block) String() string {
	switch {
	case b.ID != "":
		return b.ID
	case b.Address.IsValid():
		return b.Address.String()
	}
	return b.Prefix.String()
}

// normal returns the block in the one form that equal ones have, or says what is
// wrong with it.
func (b Block) normal() (Block, error) {
	fields := 0
	for _, isSet := range []bool{b.ID != "", b.Address != netip.AddrPort{}, b.Prefix != netip.Prefix{}} {
		if isSet {
			fields++
		}
	}
	switch {
	case fields != 1:
		return b, fmt.Errorf("%w: give an id, an address or a prefix, and one of them only", ErrBadBlock)
	case b.ID != "":
		if checkID(b.ID) != nil {
			return b, fmt.Errorf("%w: %q is no id: 1 to %d bytes of UTF-8", ErrBadBlock, b.ID, MaxIDBytes)
		}
	case b.Address != netip.AddrPort{}:
		if !b.Address.IsValid() {
			return b, fmt.Errorf("%w: %v is no address", ErrBadBlock, b.Address)
		}
		b.Address = netip.AddrPortFrom(b.Address.Addr().Unmap(), b.Address.Port())
	case !b.Prefix.IsValid():
		return b, fmt.Errorf("%w: %v is no prefix", ErrBadBlock, b.Prefix)
	default:
		if base := b.Prefix.Addr(); base.Is4In6() && b.Prefix.Bits() >= 96 {
			b.Prefix = netip.PrefixFrom(base.Unmap(), b.Prefix.Bits()-96)
		}
		b.Prefix = b.Prefix.Masked()
	}
	return b, nil
}

// covers tells whether the block is about an address.
func (b *Block) covers(address netip.AddrPort) bool {
	return b.Address == address || b.Prefix.IsValid() && b.Prefix.Contains(address.Addr().WithZone(""))
}

// quarantine is whom this node keeps out, by its operator's word. It says
// nothing about anybody to others: their tables, and this one's sums, are what
// they would be without it.
type quarantine struct {
	list []sentence
	// due is before the end of the first.
	due Instant
	// shown: the view lists what is in force; told: the last TopologyUpdated does.
	shown, told bool
}

// sentence is a block and its end.
type sentence struct {
	Block
	key   uint64
	until Instant
}

func newQuarantine() quarantine { return quarantine{due: Never, shown: true, told: true} }

// address tells whether an address is kept out.
func (q *quarantine) address(address netip.AddrPort) bool {
	for i := range q.list {
		if q.list[i].covers(address) {
			return true
		}
	}
	return false
}

// key tells whether a node is kept out by its id.
func (q *quarantine) key(key uint64) bool {
	for i := range q.list {
		if q.list[i].ID != "" && q.list[i].key == key {
			return true
		}
	}
	return false
}

// member tells whether a member is kept out: by its id, or by an address at
// which it listens.
func (q *quarantine) member(e *Entry) bool {
	if len(q.list) == 0 {
		return false
	}
	return q.key(e.Key()) || slices.ContainsFunc(e.Endpoints(), func(own Endpoint) bool { return q.address(own.Address) })
}

// keptOut tells whether something comes from, or is about, whoever is kept out.
func (c *Coordinator) keptOut(in *Inbound) bool {
	q := &c.quarantine
	return len(q.list) > 0 && (q.address(in.Source) || in.Envelope != nil && q.key(in.Envelope.Sender))
}

// Quarantine keeps a node, an address or a range of addresses out for a time,
// from now on: nothing that comes from there is read, nothing is sent there,
// and members that are concerned are in this node's views no longer, but in
// TopologyUpdated.Blocked. It concerns this node alone: others see who is kept
// out as before, so to keep a member out of a cluster all must be told. A block
// that is in force gets the new time. The view lists all that are (View.Blocked).
//
// The node itself cannot be kept out, and at most MaxBlocks can be at once; an
// error is ErrBadBlock, or ErrStopped, and has changed nothing.
func (c *Coordinator) Quarantine(now Instant, b Block, d time.Duration) error {
	c.begin(now)
	b, err := b.normal()
	switch {
	case c.stage == stageStopped:
		return ErrStopped
	case err != nil:
		return err
	case d <= 0:
		return fmt.Errorf("%w: %v is no time", ErrBadBlock, d)
	case b.ID == c.cfg.ID || slices.ContainsFunc(c.cfg.Endpoints, func(own Endpoint) bool { return b.covers(own.Address) }):
		return fmt.Errorf("%w: %v is this node itself", ErrBadBlock, b)
	}
	q := &c.quarantine
	at := slices.IndexFunc(q.list, func(known sentence) bool { return known.Block == b })
	if at < 0 {
		if len(q.list) == MaxBlocks {
			return fmt.Errorf("%w: %d blocks are in force already", ErrBadBlock, MaxBlocks)
		}
		at = len(q.list)
		q.list = append(q.list, sentence{Block: b})
		if b.ID != "" {
			q.list[at].key = wire.Key(b.ID)
		}
		c.quarantineChanged()
	}
	q.list[at].until = c.now.Add(d)
	q.due = min(q.due, q.list[at].until)
	q.shown, q.told = false, false
	return nil
}

// Release ends a quarantine before its time. It tells whether there was one.
func (c *Coordinator) Release(now Instant, b Block) bool {
	c.begin(now)
	b, err := b.normal()
	if err != nil {
		return false
	}
	before := len(c.quarantine.list)
	c.quarantine.list = slices.DeleteFunc(c.quarantine.list, func(known sentence) bool { return known.Block == b })
	if len(c.quarantine.list) == before {
		return false
	}
	c.quarantineChanged()
	return true
}

// stepQuarantine ends what has had its time, and returns when it must be called
// again.
func (c *Coordinator) stepQuarantine() Instant {
	q := &c.quarantine
	if c.now < q.due {
		return q.due
	}
	before := len(q.list)
	q.list = slices.DeleteFunc(q.list, func(s sentence) bool { return c.now >= s.until })
	q.due = Never
	for i := range q.list {
		q.due = min(q.due, q.list[i].until)
	}
	if len(q.list) != before {
		c.quarantineChanged()
	}
	return q.due
}

// quarantineChanged has all members shown anew, and told who is kept out.
func (c *Coordinator) quarantineChanged() {
	c.quarantine.shown, c.quarantine.told = false, false
	for _, e := range c.table.Gone() {
		c.shown.review(e)
	}
	c.showPeers()
}

// showBlocked has the view list what is in force, if that has changed: at once,
// since an operator looks whether his word has been taken.
func (c *Coordinator) showBlocked(wall time.Time) {
	q := &c.quarantine
	if q.shown {
		return
	}
	q.shown = true
	next := *c.shown.view
	next.Blocked = nil
	for i := range q.list {
		next.Blocked = append(next.Blocked, Blocked{q.list[i].Block, wall.Add(q.list[i].until.Sub(c.now))})
	}
	slices.SortFunc(next.Blocked, func(a, b Blocked) int { return strings.Compare(a.String(), b.String()) })
	c.shown.view = &next
}

// blockedNames returns what is kept out: ids, those of the members at addresses
// that are kept out among them, and the addresses and prefixes; sorted.
func (c *Coordinator) blockedNames() []string {
	q := &c.quarantine
	if len(q.list) == 0 {
		return nil
	}
	var names []string
	for i := range q.list {
		names = append(names, q.list[i].String())
	}
	for _, entries := range [2][]*Entry{c.table.Peers(), c.table.Gone()} {
		for _, e := range entries {
			if q.member(e) {
				names = append(names, e.ID())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
