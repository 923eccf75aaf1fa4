// Command generate writes what protoc-gen-go and protoc-gen-go-vtproto make of a
// schema, without protoc.
//
//	generate FILE.proto OUT
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// plugins are the generators, each with its parameter. vtprotobuf gets all that
// makes it fast.
var plugins = [][2]string{
	{"protoc-gen-go", "paths=source_relative"},
	{"protoc-gen-go-vtproto", "paths=source_relative,features=size+marshal+unmarshal+unmarshal_unsafe+pool," +
		"pool=github.com/hearsay-gossip/hearsay/internal/compare/codec/google.Delta," +
		"pool=github.com/hearsay-gossip/hearsay/internal/compare/codec/google.Record"},
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: generate FILE.proto OUT")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(file, out string) error {
	compiler := protocompile.Compiler{
		Resolver:       &protocompile.SourceResolver{ImportPaths: []string{filepath.Dir(file)}},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	name := filepath.Base(file)
	linked, err := compiler.Compile(context.Background(), name)
	if err != nil {
		return err
	}
	for _, plugin := range plugins {
		request := &pluginpb.CodeGeneratorRequest{
			FileToGenerate: []string{name},
			Parameter:      proto.String(plugin[1]),
			ProtoFile:      []*descriptorpb.FileDescriptorProto{protoutil.ProtoFromFileDescriptor(linked[0])},
		}
		if err := run(plugin[0], request, out); err != nil {
			return fmt.Errorf("%s: %w", plugin[0], err)
		}
	}
	return nil
}

// run runs one plugin and writes its files.
func run(plugin string, request *pluginpb.CodeGeneratorRequest, out string) error {
	raw, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	command := exec.Command("go", "tool", plugin)
	command.Stdin, command.Stderr = bytes.NewReader(raw), os.Stderr
	answer, err := command.Output()
	if err != nil {
		return err
	}
	response := new(pluginpb.CodeGeneratorResponse)
	if err := proto.Unmarshal(answer, response); err != nil {
		return err
	}
	if response.Error != nil {
		return errors.New(response.GetError())
	}
	for _, file := range response.GetFile() {
		target := filepath.Join(out, filepath.FromSlash(file.GetName()))
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(file.GetContent()), 0o666); err != nil {
			return err
		}
	}
	return nil
}
