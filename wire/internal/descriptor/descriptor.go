// Package descriptor turns the descriptors that generated code carries into
// protobuf's reflection.
package descriptor

import (
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	// These register the well-known files, which no set contains.
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

// Message is a generated message, as far as this package needs it.
type Message interface {
	// ProtoDescriptor returns an encoded FileDescriptorSet and the message's
	// full name.
	ProtoDescriptor() (set, name string)
}

// registries are the decoded sets, by their bytes.
var registries sync.Map // string → *protoregistry.Files

// Of returns the descriptor of a generated message.
func Of(m Message) (protoreflect.MessageDescriptor, error) {
	found, _, err := WithTypes(m)
	return found, err
}

// Types finds the types of messages that a google.protobuf.Any names.
type Types interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// WithTypes returns the descriptor of a generated message, and the types that
// are known where it is declared: those of its schema and of what that imports,
// and the well-known ones.
func WithTypes(m Message) (protoreflect.MessageDescriptor, Types, error) {
	set, name := m.ProtoDescriptor()
	files, err := registry(set)
	if err != nil {
		return nil, nil, fmt.Errorf("descriptor of %s: %w", name, err)
	}
	found, err := resolver{files}.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, nil, fmt.Errorf("descriptor of %s: %w", name, err)
	}
	message, ok := found.(protoreflect.MessageDescriptor)
	if !ok {
		return nil, nil, fmt.Errorf("descriptor of %s: not a message", name)
	}
	return message, types{dynamicpb.NewTypes(files), protoregistry.GlobalTypes}, nil
}

// types looks into a schema first and then among what the program has linked in.
type types struct {
	*dynamicpb.Types
	global *protoregistry.Types
}

func (t types) FindMessageByName(name protoreflect.FullName) (protoreflect.MessageType, error) {
	found, err := t.Types.FindMessageByName(name)
	if errors.Is(err, protoregistry.NotFound) {
		return t.global.FindMessageByName(name)
	}
	return found, err
}

func (t types) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	found, err := t.Types.FindMessageByURL(url)
	if errors.Is(err, protoregistry.NotFound) {
		return t.global.FindMessageByURL(url)
	}
	return found, err
}

func registry(set string) (*protoregistry.Files, error) {
	if files, ok := registries.Load(set); ok {
		return files.(*protoregistry.Files), nil
	}
	var decoded descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal([]byte(set), &decoded); err != nil {
		return nil, err
	}
	files := new(protoregistry.Files)
	for _, raw := range decoded.GetFile() {
		file, err := protodesc.NewFile(raw, resolver{files})
		if err != nil {
			return nil, err
		}
		if err := files.RegisterFile(file); err != nil {
			return nil, err
		}
	}
	registries.Store(set, files)
	return files, nil
}

// resolver looks into the set first and then among what the program has linked
// in: protobuf's own files are not part of a set.
type resolver struct{ files *protoregistry.Files }

func (r resolver) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	file, err := r.files.FindFileByPath(path)
	if errors.Is(err, protoregistry.NotFound) {
		return protoregistry.GlobalFiles.FindFileByPath(path)
	}
	return file, err
}

func (r resolver) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	found, err := r.files.FindDescriptorByName(name)
	if errors.Is(err, protoregistry.NotFound) {
		return protoregistry.GlobalFiles.FindDescriptorByName(name)
	}
	return found, err
}
