package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// memberlistLibrary starts nodes of memberlist's LAN configuration over its own
// transport, encrypted if there is a key.
type memberlistLibrary struct{ key []byte }

func (l memberlistLibrary) start(id, seed string) (member, error) {
	transport, err := listen()
	if err != nil {
		return nil, err
	}
	m := &memberlistMember{transport: transport, gone: map[string]bool{}, metas: map[string]string{}}
	cfg := memberlist.DefaultLANConfig()
	cfg.Name, cfg.SecretKey = id, l.key
	cfg.BindAddr, cfg.BindPort = "127.0.0.1", transport.GetAutoBindPort()
	cfg.Transport, cfg.Delegate, cfg.Events = transport, m, m
	cfg.LogOutput = io.Discard
	if m.list, err = memberlist.Create(cfg); err != nil {
		return nil, errors.Join(err, transport.Shutdown())
	}
	if seed != "" {
		// Who fails is not seen by all, and so counts.
		_, _ = m.list.Join([]string{seed})
	}
	return m, nil
}

// memberlistMember is a node, and its delegate: what others say is only to be had
// from events, since what Members returns may change while it is read.
type memberlistMember struct {
	list      *memberlist.Memberlist
	transport *countedTransport

	mu sync.Mutex
	// said is what this node says of itself, in answer to NodeMeta.
	said string
	// live counts the members, and gone has those that were among them.
	live int
	gone map[string]bool
	// metas is what the members say, as far as they say anything.
	metas map[string]string
}

func (m *memberlistMember) address() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(m.transport.GetAutoBindPort()))
}

func (m *memberlistMember) seesAll(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live == n
}

func (m *memberlistMember) seesMeta(id, value string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.metas[id] == value
}

// seesLeave: who leaves is gone at once.
func (m *memberlistMember) seesLeave(id string) bool { return m.seesGone(id) }

func (m *memberlistMember) seesGone(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gone[id]
}

func (m *memberlistMember) update(ctx context.Context, value string) error {
	m.mu.Lock()
	m.said = value
	m.mu.Unlock()
	return unlessOver(ctx, m.list.UpdateNode(remaining(ctx)))
}

func (m *memberlistMember) leave(ctx context.Context) error {
	return errors.Join(unlessOver(ctx, m.list.Leave(remaining(ctx))), m.list.Shutdown())
}

func (m *memberlistMember) crash() { _ = m.list.Shutdown() }

func (m *memberlistMember) sent() traffic { return m.transport.sent() }

// remaining is the time that ctx leaves, as memberlist wants to have it.
func remaining(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline), 1) // 0 would be for ever
}

// unlessOver returns err if it came before the end of ctx: memberlist returns a
// mere text when its time is over.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// NotifyJoin is called for the node itself, too.
func (m *memberlistMember) NotifyJoin(n *memberlist.Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live++
	delete(m.gone, n.Name)
	m.heard(n)
}

// NotifyLeave is called for the dead, too.
func (m *memberlistMember) NotifyLeave(n *memberlist.Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live--
	m.gone[n.Name] = true
}

// NotifyUpdate is called with what a member says anew.
func (m *memberlistMember) NotifyUpdate(n *memberlist.Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard(n)
}

// heard keeps what a member says. mu is held.
func (m *memberlistMember) heard(n *memberlist.Node) {
	if len(n.Meta) > 0 {
		m.metas[n.Name] = string(n.Meta)
	}
}

// NodeMeta is asked for what the node says of itself.
func (m *memberlistMember) NodeMeta(int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return []byte(m.said)
}

// The rest of memberlist.Delegate is for messages of an application.

func (m *memberlistMember) NotifyMsg([]byte)                {}
func (m *memberlistMember) GetBroadcasts(int, int) [][]byte { return nil }
func (m *memberlistMember) LocalState(bool) []byte          { return nil }
func (m *memberlistMember) MergeRemoteState([]byte, bool)   {}
