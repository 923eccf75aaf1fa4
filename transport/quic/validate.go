package quic

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// Validate returns everything that is wrong with c, joined, each problem with
// its field. It looks at no file.
func (c Config) Validate() error {
	filled := c.withDefaults()
	var problems []error
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	switch {
	case c.Conn != nil && c.Listen.IsValid():
		note(fmt.Errorf("Listen = %v and Conn are both given: leave one out", c.Listen))
	case c.Conn != nil:
		_, err := localAddress(c.Conn)
		note(err)
	case !c.Listen.IsValid():
		note(errors.New("Listen is missing: give an address and a port, like 0.0.0.0:7946 or [::]:7946"))
	case c.Listen.Addr().IsMulticast():
		note(fmt.Errorf("Listen = %v is a multicast address: give one of this host's, or 0.0.0.0 or ::", c.Listen))
	}
	note(needFile("CertFile", c.CertFile))
	note(needFile("KeyFile", c.KeyFile))
	note(needFile("CAFile", c.CAFile))
	if err := c.Filter.Validate(); err != nil {
		note(fmt.Errorf("Filter: %w", err))
	}

	note(within("HandshakeRate", filled.HandshakeRate, 1, 100_000))
	note(within("MaxDatagramBytes", filled.MaxDatagramBytes, 512, 1160))
	note(within("MaxEnvelopeBytes", filled.MaxEnvelopeBytes, filled.MaxDatagramBytes, 16<<20))
	note(within("QueueEnvelopes", filled.QueueEnvelopes, 1, 65_536))
	note(within("QueueBytes", filled.QueueBytes, 1160, 1<<30))
	note(within("InboxSlots", filled.InboxSlots, 1, transport.MaxInboxSlots))
	note(within("StreamBytes", filled.StreamBytes, filled.MaxEnvelopeBytes, 1<<30))
	note(within("MaxConnections", filled.MaxConnections, 2, 65_536))
	note(within("MaxDialsInFlight", filled.MaxDialsInFlight, 1, 1024))

	note(within("ReloadInterval", filled.ReloadInterval, time.Second, 24*time.Hour))
	note(within("QueueExpiry", filled.QueueExpiry, 10*time.Millisecond, time.Minute))
	note(within("StreamTimeout", filled.StreamTimeout, 100*time.Millisecond, time.Minute))
	note(within("DialTimeout", filled.DialTimeout, 100*time.Millisecond, 30*time.Second))
	note(within("BackoffMin", filled.BackoffMin, time.Millisecond, 10*time.Minute))
	note(within("BackoffMax", filled.BackoffMax, filled.BackoffMin, 10*time.Minute))
	idle := cmp.Or(c.IdleTimeout, DefaultIdleTimeout)
	note(within("IdleTimeout", idle, time.Second, maxIdleTimeout))
	if c.KeepAlive != 0 {
		note(within("KeepAlive", c.KeepAlive, time.Second, idle/2))
	}
	return errors.Join(problems...)
}

func needFile(field, file string) error {
	if file == "" {
		return fmt.Errorf(`%s is missing: give a PEM file; "hearsay cert" makes some for development`, field)
	}
	return nil
}

func within[T cmp.Ordered](field string, value, least, most T) error {
	if value < least || value > most {
		return fmt.Errorf("%s = %v: give %v to %v", field, value, least, most)
	}
	return nil
}
