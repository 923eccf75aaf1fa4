package main

import (
	"context"
	"crypto/rand"
)

// member is one node of a cluster, as a program that embeds it sees the others.
// The questions cost next to nothing, for they are asked every few
// milliseconds, of all members.
type member interface {
	// address is where others may join it.
	address() string
	// seesAll tells whether it sees n members, itself included, all alive.
	seesAll(n int) bool
	// seesMeta tells whether it sees this value as what another said last.
	seesMeta(id, value string) bool
	// seesLeave tells whether it knows that another leaves, or has left.
	seesLeave(id string) bool
	// seesGone tells whether another is no longer among the live.
	seesGone(id string) bool

	// update says a value of itself to all, and leave goodbye. They may wait until
	// that has gone out, or until ctx ends, which is no error.
	update(ctx context.Context, value string) error
	leave(ctx context.Context) error
	// crash closes the sockets and says nothing.
	crash()
	// sent is what it has sent so far.
	sent() traffic
}

// traffic is payload as it is handed to the system, with framing and encryption.
// Bytes of a stream count at the end that dialled, in both directions.
type traffic struct {
	packets, packetBytes, streamBytes uint64
}

func (t traffic) plus(o traffic) traffic {
	return traffic{t.packets + o.packets, t.packetBytes + o.packetBytes, t.streamBytes + o.streamBytes}
}

func (t traffic) minus(o traffic) traffic {
	return traffic{t.packets - o.packets, t.packetBytes - o.packetBytes, t.streamBytes - o.streamBytes}
}

// library makes members of one cluster.
type library interface {
	// start starts a node on a port of 127.0.0.1 and has it join a seed, "" for
	// none.
	start(id, seed string) (member, error)
}

// The libraries, by the names that tables give them.
const (
	nameHearsay    = "hearsay"
	nameMemberlist = "memberlist"
)

// openLibrary returns a library as it is by default, for one cluster: all of its
// members share a new key, or none.
func openLibrary(name string, sealed bool) library {
	var key []byte
	if sealed {
		key = make([]byte, 32)
		rand.Read(key)
	}
	if name == nameMemberlist {
		return memberlistLibrary{key}
	}
	return hearsayLibrary{key}
}
