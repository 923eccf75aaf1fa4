package wiretest

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
)

// mutant is a generated message with a defect.
type mutant struct{ hearsayv1.NodeRecord }

// defect is that of all mutants.
var defect string

func (m *mutant) Size() int {
	if defect == "Size is wrong" && m.Verdict != 0 {
		return m.NodeRecord.Size() + 1
	}
	return m.NodeRecord.Size()
}

func (m *mutant) AppendTo(b []byte) []byte {
	switch defect {
	case "AppendTo forgets a field":
		c := m.NodeRecord.Clone()
		c.StateVersion = 0
		return c.AppendTo(b)
	case "AppendTo overwrites the buffer":
		return m.NodeRecord.AppendTo(b[:0])
	case "AppendTo allocates":
		return append(b, m.NodeRecord.AppendTo(nil)...)
	}
	return m.NodeRecord.AppendTo(b)
}

func (m *mutant) Unmarshal(b []byte) error { return m.UnmarshalLimits(b, wire.Limits{}) }

func (m *mutant) UnmarshalLimits(b []byte, limits wire.Limits) error {
	old := m.Version
	err := m.NodeRecord.UnmarshalLimits(b, limits)
	switch {
	case defect == "Unmarshal accepts what is truncated" && errors.Is(err, wire.ErrTruncated):
		return nil
	case defect == "Unmarshal leaves something after an error" && err != nil:
		m.Version = 1
	case defect == "Unmarshal keeps the last value" && err == nil && m.Version == 0:
		m.Version = old
	case defect == "Unmarshal drops unknown fields" && err == nil:
		c := m.NodeRecord
		m.NodeRecord = hearsayv1.NodeRecord{
			ID: c.ID, Generation: c.Generation, Incarnation: c.Incarnation, Verdict: c.Verdict,
			Version: c.Version, Owner: c.Owner, StateVersion: c.StateVersion,
		}
	case defect == "Unmarshal keeps a part of its input" && err == nil && len(m.Owner) > 0:
		m.Owner = b[len(b)-1:]
	case defect == "Unmarshal has no limits" && errors.Is(err, wire.ErrLimit):
		return m.NodeRecord.UnmarshalLimits(b, wire.Unlimited)
	case defect == "Unmarshal writes to its input" && len(b) > 0:
		b[0] ^= 1
	case defect == "Unmarshal refuses too much" && m.Incarnation != 0:
		return wire.ErrLimit
	}
	return err
}

func (m *mutant) Equal(o *mutant) bool {
	if o == nil {
		return m.NodeRecord.Equal(nil)
	}
	if defect == "Equal ignores a field" {
		c := o.NodeRecord.Clone()
		c.Owner = m.Owner
		return m.NodeRecord.Equal(c)
	}
	return m.NodeRecord.Equal(&o.NodeRecord)
}

func (m *mutant) Clone() *mutant {
	if defect == "Clone is shallow" {
		c := *m
		return &c
	}
	return &mutant{*m.NodeRecord.Clone()}
}

func (m *mutant) CopyFrom(o *mutant) {
	if defect == "CopyFrom forgets a field" {
		c := o.NodeRecord.Clone()
		c.Owner = nil
		m.NodeRecord.CopyFrom(c)
		return
	}
	m.NodeRecord.CopyFrom(&o.NodeRecord)
}

func (m *mutant) Reset() {
	if defect != "Reset does nothing" {
		m.NodeRecord.Reset()
	}
}

// witness is a testing.TB that only notes whether the test failed.
type witness struct {
	testing.TB
	failed bool
}

func (w *witness) Helper()             {}
func (w *witness) Logf(string, ...any) {}
func (w *witness) Error(...any)        { w.failed = true }
func (w *witness) Errorf(string, ...any) {
	w.failed = true
}
func (w *witness) Fatalf(string, ...any) {
	w.failed = true
	runtime.Goexit()
}

// fails runs all tests of the suite on mutants and reports whether one fails.
func fails(t *testing.T) bool {
	s := &suite[mutant, *mutant]{d: Descriptor[mutant, *mutant](t)}
	failed := false
	for _, test := range []func(testing.TB){
		s.roundTrip, s.merge, s.truncated, s.corrupted, s.copies, s.limits,
		func(t testing.TB) { s.allocations(t, Expect{}) },
	} {
		w := &witness{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			test(w)
		}()
		<-done
		failed = failed || w.failed
	}
	return failed
}

// TestTheSuiteFindsDefects proves that the suite can fail.
func TestTheSuiteFindsDefects(t *testing.T) {
	defer func() { defect = "" }()
	defects := `
		Size is wrong
		AppendTo forgets a field
		AppendTo overwrites the buffer
		AppendTo allocates
		Unmarshal accepts what is truncated
		Unmarshal leaves something after an error
		Unmarshal keeps the last value
		Unmarshal drops unknown fields
		Unmarshal keeps a part of its input
		Unmarshal has no limits
		Unmarshal writes to its input
		Unmarshal refuses too much
		Equal ignores a field
		Clone is shallow
		CopyFrom forgets a field
		Reset does nothing`
	for line := range strings.Lines(strings.TrimSpace(defects)) {
		defect = strings.TrimSpace(line)
		t.Run(defect, func(t *testing.T) {
			if !fails(t) {
				t.Error("not found")
			}
		})
	}
	defect = ""
	if fails(t) {
		t.Error("a message without defect fails")
	}
}
