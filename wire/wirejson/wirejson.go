package wirejson

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/internal/descriptor"
)

// Message is what a pointer to a generated message can do.
type Message interface {
	// AppendTo appends the encoded message to b.
	AppendTo(b []byte) []byte
	// UnmarshalLimits replaces the message by the decoded b.
	UnmarshalLimits(b []byte, limits wire.Limits) error
	// Reset empties the message.
	Reset()
	// ProtoDescriptor returns an encoded FileDescriptorSet and the message's
	// full name.
	ProtoDescriptor() (set, name string)
}

// Options tunes the form of JSON. The zero value is what Marshal and Unmarshal
// do.
type Options struct {
	// Indent begins a new line for each field and element, indented by so much
	// for each level. Empty stands for one line.
	Indent string
	// ProtoNames writes fields by their names in the schema, node_id, and not by
	// those of JSON, nodeId. Both are read.
	ProtoNames bool
	// Unpopulated writes fields that are not set, too, as null, zero or empty;
	// but not those of oneofs and optional ones.
	Unpopulated bool
	// IgnoreUnknown reads over names that the message does not know, which are
	// errors otherwise.
	IgnoreUnknown bool
}

// Marshal returns m as JSON on one line. Equal messages have equal JSON. It fails
// if a string is not UTF-8, a time is out of its range or an Any cannot be
// decoded.
func Marshal(m Message) ([]byte, error) { return Options{}.Marshal(m) }

// Unmarshal makes m what the JSON b says. After an error m is empty. Bounds of
// the schema hold: beyond (hearsay.v1.max_items) the error is wire.ErrLimit.
// Otherwise m may be a few dozen times as large as b.
func Unmarshal(b []byte, m Message) error { return Options{}.Unmarshal(b, m) }

// Marshal returns m as JSON, as the function Marshal does.
func (o Options) Marshal(m Message) ([]byte, error) {
	d, types, err := descriptor.WithTypes(m)
	if err != nil {
		return nil, fmt.Errorf("wirejson: %w", err)
	}
	dynamic := dynamicpb.NewMessage(d)
	if err := proto.Unmarshal(m.AppendTo(nil), dynamic); err != nil {
		return nil, fmt.Errorf("wirejson: %w", err)
	}
	options := protojson.MarshalOptions{UseProtoNames: o.ProtoNames, EmitUnpopulated: o.Unpopulated, Resolver: types}
	text, err := options.Marshal(dynamic)
	if err != nil {
		return nil, fmt.Errorf("wirejson: %w", err)
	}
	// protojson puts in blanks at random, so that nobody compares what it writes.
	var b bytes.Buffer
	if o.Indent == "" {
		err = json.Compact(&b, text)
	} else {
		err = json.Indent(&b, text, "", o.Indent)
	}
	return b.Bytes(), err
}

// Unmarshal makes m what the JSON b says, as the function Unmarshal does.
func (o Options) Unmarshal(b []byte, m Message) error {
	m.Reset()
	d, types, err := descriptor.WithTypes(m)
	if err != nil {
		return fmt.Errorf("wirejson: %w", err)
	}
	dynamic := dynamicpb.NewMessage(d)
	options := protojson.UnmarshalOptions{DiscardUnknown: o.IgnoreUnknown, Resolver: types}
	if err := options.Unmarshal(b, dynamic); err != nil {
		return fmt.Errorf("wirejson: %w", err)
	}
	raw, err := proto.Marshal(dynamic)
	if err != nil {
		return fmt.Errorf("wirejson: %w", err)
	}
	if err := m.UnmarshalLimits(raw, wire.Unlimited); err != nil {
		return fmt.Errorf("wirejson: %w", err)
	}
	return nil
}
