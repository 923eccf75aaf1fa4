// Package codegen turns protobuf schemas into Go types with codecs.
//
// It has three stages, each a pure function: Parse reads .proto files and links
// them, Build turns them into a Model in which every Go name, tag and size is
// settled, and Emit turns the model into files. Generate runs all three; Write
// puts the files in place, or none of them. GenerateRequest does the same with
// what protoc has read, which gives the same files, to the byte.
//
// What a schema asks for and the generator cannot do is refused with a place
// and a message; all faults of a schema are reported at once.
package codegen
