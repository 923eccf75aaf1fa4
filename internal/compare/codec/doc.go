// Package codec compares codecs on a delta of ten records, 826 bytes of protobuf,
// most of them text: hearsay's generated code, protobuf-go, vtprotobuf, and
// go-msgpack as memberlist calls it.
//
// All types but msgpack's are generated from schema/delta.proto: hearsay's by make
// generate in the module around this one, the others by go generate here.
package codec

//go:generate go run ./generate schema/delta.proto google
