package wire

import (
	"errors"
	"strings"
)

// ErrWrongType says that an Any holds a message of another type.
var ErrWrongType = errors.New("wire: Any holds a message of another type")

// AnyMessage is a generated message, as an Any takes it in and gives it out.
type AnyMessage interface {
	// AppendTo appends the encoded message to b.
	AppendTo(b []byte) []byte
	// UnmarshalLimits replaces the message by the decoded b.
	UnmarshalLimits(b []byte, limits Limits) error
	// ProtoDescriptor returns an encoded FileDescriptorSet and the message's
	// full name.
	ProtoDescriptor() (set, name string)
}

// anyPrefix is what protobuf writes before the name of a type.
const anyPrefix = "type.googleapis.com/"

// NewAny returns an Any that holds m as it is now.
func NewAny(m AnyMessage) *Any {
	_, name := m.ProtoDescriptor()
	return &Any{TypeURL: anyPrefix + name, Value: m.AppendTo(nil)}
}

// TypeName returns the full name of the type of the message that m holds, which
// is empty if m is nil or holds none.
func (m *Any) TypeName() string {
	if m == nil {
		return ""
	}
	return m.TypeURL[strings.LastIndexByte(m.TypeURL, '/')+1:]
}

// Into decodes the message that m holds into o, under limits. It returns
// ErrWrongType, and leaves o alone, if that is a message of another type; other
// errors are those of decoding.
func (m *Any) Into(o AnyMessage, limits Limits) error {
	if _, name := o.ProtoDescriptor(); m.TypeName() != name {
		return ErrWrongType
	}
	return o.UnmarshalLimits(m.Value, limits)
}
