package wirejson_test

import (
	"errors"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire"
	"github.com/hearsay-gossip/hearsay/wire/wirejson"
	"github.com/hearsay-gossip/hearsay/wire/wiretest"
)

// Forms, options and faults are tested where there is a schema with all there is:
// beside the generator.

func TestEnvelopesRoundTrip(t *testing.T) {
	source := wiretest.NewSource[hearsayv1.Envelope](t)
	for range 50 {
		e := source.Next()
		text, err := wirejson.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back hearsayv1.Envelope
		if err := wirejson.Unmarshal(text, &back); err != nil || !back.Equal(e) {
			t.Fatalf("%v: %s", err, text)
		}
	}
}

// foreign is a message whose descriptor is none.
type foreign struct {
	wire.Empty
	set, name string
}

func (f *foreign) ProtoDescriptor() (set, name string) { return f.set, f.name }

func TestMessagesWithoutDescriptor(t *testing.T) {
	for _, f := range []*foreign{{set: "\xff"}, {name: "absent.Type"}, {name: "google.protobuf.NullValue"}} {
		_, err := wirejson.Marshal(f)
		if read := wirejson.Unmarshal([]byte("{}"), f); err == nil || read == nil || errors.Is(read, wire.ErrLimit) {
			t.Errorf("%q: %v and %v", f.name, err, read)
		}
	}
}
