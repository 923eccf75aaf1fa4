package codegen

import (
	"slices"
	"testing"
)

func TestGoName(t *testing.T) {
	tests := map[string]string{
		"id":               "ID",
		"node_id":          "NodeID",
		"nodeId":           "NodeID",
		"nodeID":           "NodeID",
		"node_ids":         "NodeIDs",
		"observed_ip":      "ObservedIP",
		"timeout_micros":   "TimeoutMicros",
		"HTTPServer":       "HTTPServer",
		"http_url":         "HTTPURL",
		"UPPER_CASE":       "UpperCase",
		"_leading":         "Leading",
		"__":               "X",
		"_1":               "X1",
		"field_1":          "Field1",
		"rtt":              "RTT",
		"ios":              "Ios",
		"identity":         "Identity",
		"a":                "A",
		"known_generation": "KnownGeneration",
	}
	for name, want := range tests {
		if got := goName(name); got != want {
			t.Errorf("goName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestTypeName(t *testing.T) {
	tests := map[string]string{
		"NodeRecord": "NodeRecord", "JoinAck": "JoinAck", "HttpConfig": "HttpConfig",
		"snake_case": "SnakeCase", "_Hidden": "Hidden", "_1": "X1", "lower": "Lower",
	}
	for name, want := range tests {
		if got := typeName(name); got != want {
			t.Errorf("typeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestConstantSuffix(t *testing.T) {
	tests := []struct{ enum, value, want string }{
		{"NodeStatus", "NODE_STATUS_UP", "UP"},
		{"NodeStatus", "UP", "UP"},
		{"NodeStatus", "NODE_STATUS_", "NODE_STATUS_"},
		{"NodeStatus", "NODE_STATUSES", "NODE_STATUSES"},
		{"HTTPMethod", "HTTP_METHOD_GET", "GET"},
	}
	for _, test := range tests {
		if got := constantSuffix(test.enum, test.value); got != test.want {
			t.Errorf("constantSuffix(%q, %q) = %q, want %q", test.enum, test.value, got, test.want)
		}
	}
}

func TestFileName(t *testing.T) {
	tests := map[string]string{
		"NodeRecord": "node_record", "NodeLinux": "node_linux_type", "Wasm": "wasm_type",
		"CodecTest": "codec_test_type", "Descriptor": "descriptor_type", "LinuxNode": "linux_node",
	}
	for name, want := range tests {
		if got := fileName(name); got != want {
			t.Errorf("fileName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDocLines(t *testing.T) {
	tests := map[string][]string{
		"":                          nil,
		"\n\n":                      nil,
		" One.\n Two.\n":            {"One.", "Two."},
		" One.\n\n   Indented.\n\n": {"One.", "", "  Indented."},
		" a\rb\r\nc\u2028d":         {"a", "b", "c", "d"},
		"go:build ignore":           {"go:build ignore"},
		" +build ignore":            {"+ build ignore"},
		"\t+build ignore":           {"+ build ignore"},
		" nul\x00 bad\xff":          {"nul\uFFFD bad\uFFFD"},
	}
	for comment, want := range tests {
		if got := docLines(comment); !slices.Equal(got, want) {
			t.Errorf("docLines(%q) = %q, want %q", comment, got, want)
		}
	}
}
