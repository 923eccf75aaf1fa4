package transport

import (
	"errors"
	"fmt"
)

// Bounds of Local.
const (
	// MaxNameBytes bounds the length of a node id and of a cluster's name.
	MaxNameBytes = 64
	// WireVersionLimit is the highest wire version that can be written on the
	// wire: a plain datagram has four bits for it.
	WireVersionLimit uint8 = 15
)

// Validate returns everything that is wrong with l, joined. Wire versions that
// are zero are right: see WithDefaults.
func (l Local) Validate() error {
	filled := l.WithDefaults()
	var problems []error
	if n := len(l.NodeID); n < 1 || n > MaxNameBytes {
		problems = append(problems, fmt.Errorf("NodeID has %d bytes: give 1 to %d", n, MaxNameBytes))
	}
	if n := len(l.Cluster); n < 1 || n > MaxNameBytes {
		problems = append(problems, fmt.Errorf("Cluster has %d bytes: give 1 to %d", n, MaxNameBytes))
	}
	if filled.WireMax > WireVersionLimit {
		problems = append(problems, fmt.Errorf("WireMax = %d: give at most %d", filled.WireMax, WireVersionLimit))
	}
	if filled.WireMin > filled.WireMax {
		problems = append(problems, fmt.Errorf("WireMin = %d is above WireMax = %d", filled.WireMin, filled.WireMax))
	}
	return errors.Join(problems...)
}

// WithDefaults returns l with the wire versions of this build where they are
// zero.
func (l Local) WithDefaults() Local {
	if l.WireMin == 0 {
		l.WireMin = MinWireVersion
	}
	if l.WireMax == 0 {
		l.WireMax = MaxWireVersion
	}
	return l
}

// Speaks reports whether version is in l's range of wire versions, which
// WithDefaults has filled.
func (l Local) Speaks(version uint8) bool {
	return l.WireMin <= version && version <= l.WireMax
}

// SendVersion resolves Outbound.Version: 0 is l's lowest, and what l does not
// speak is ErrVersion.
func (l Local) SendVersion(version uint8) (uint8, error) {
	if version == 0 {
		return l.WireMin, nil
	}
	if !l.Speaks(version) {
		return 0, ErrVersion
	}
	return version, nil
}
