package multi

import (
	"errors"
	"fmt"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Config opens several transports as one. It is a transport.Opener.
type Config struct {
	// Transports are the transports' configurations, at least one, the preferred
	// one first. Each must be of another network: two by UDP are no two.
	Transports []transport.Opener
}

var _ transport.Opener = Config{}

// Open opens all transports or none. Its error says which one does not open, and
// why. One alone is opened as it is.
func (c Config) Open(local transport.Local) (transport.Transport, error) {
	if len(c.Transports) == 0 {
		return nil, errors.New("multi: Transports is empty: give at least one")
	}
	if len(c.Transports) == 1 && c.Transports[0] != nil {
		return c.Transports[0].Open(local)
	}
	all := newTransport()
	local.Wake = also(local.Wake, all.wake)
	for i, opener := range c.Transports {
		if err := c.open(all, i, opener, local); err != nil {
			for j := range all.parts {
				err = errors.Join(err, all.parts[j].Close())
			}
			return nil, err
		}
	}
	return all, nil
}

// open opens the i-th transport as a part of all.
func (c Config) open(all *Transport, i int, opener transport.Opener, local transport.Local) error {
	if opener == nil {
		return fmt.Errorf("multi: Transports[%d] is nil: give a transport's configuration", i)
	}
	one, err := opener.Open(local)
	if err != nil {
		return err // which says of itself which transport it is
	}
	if network, ok := all.add(one); !ok {
		err := fmt.Errorf("multi: Transports[%d] is of the network %q, as one before it is: give one of each", i, network)
		return errors.Join(err, one.Close())
	}
	return nil
}

// also returns what calls both; first may be nil.
func also(first, second func()) func() {
	if first == nil {
		return second
	}
	return func() {
		second()
		first()
	}
}
