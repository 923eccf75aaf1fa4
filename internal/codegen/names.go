package codegen

import (
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{}

func init() {
	const words = `ACL AEAD ALPN API ASCII CA CIDR CPU CRC DB DNS EOF GC GUID HLC HMAC HTML HTTP HTTPS
		ID IO IP JSON LAN MAC MTU NAT OS PEM PID QPS QUIC RAM RPC RTT SAN SHA SLA SQL SSH TCP TLS TTL
		UDP UI UID URI URL UTC UTF8 UUID VM WAN XML YAML`
	for word := range strings.FieldsSeq(words) {
		initialisms[strings.ToLower(word)] = word
		initialisms[strings.ToLower(word)+"s"] = word + "s"
	}
	// Words of their own, and not plurals.
	for _, word := range []string{"dbs", "gcs", "ios", "oss", "macs", "sans", "lans", "wans"} {
		delete(initialisms, word)
	}
}

// goName turns a name of the schema, in any of the usual styles, into an
// exported Go name: observed_ip and observedIp are both ObservedIP.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		lower := strings.ToLower(word)
		if upper, ok := initialisms[lower]; ok {
			b.WriteString(upper)
			continue
		}
		b.WriteString(strings.ToUpper(lower[:1]) + lower[1:])
	}
	return exported(b.String())
}

// typeName turns the name of a message or an enum into an exported Go name.
// Such names are in camel case by custom, and kept as their author wrote them.
func typeName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return exported(b.String())
}

// exported makes sure that a name begins with a capital letter.
func exported(name string) string {
	if name == "" || !unicode.IsUpper(rune(name[0])) {
		return "X" + name
	}
	return name
}

// words splits a name at underscores and where capitals begin a word: nodeID
// and HTTPServer are two words each.
func words(name string) []string {
	var list []string
	for part := range strings.SplitSeq(name, "_") {
		start := 0
		for i := 1; i < len(part); i++ {
			begins := isUpper(part[i]) && !isUpper(part[i-1])
			ends := isUpper(part[i]) && i+1 < len(part) && isLower(part[i+1])
			if begins || ends {
				list = append(list, part[start:i])
				start = i
			}
		}
		if part != "" {
			list = append(list, part[start:])
		}
	}
	return list
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// snakeName turns a Go name into the name of a file.
func snakeName(name string) string {
	return strings.ToLower(strings.Join(words(name), "_"))
}

// constantSuffix returns the name of an enum's value without the name of the
// enum in front, which by custom every value has: NODE_STATUS_UP of NodeStatus
// is UP.
func constantSuffix(enum, value string) string {
	prefix := strings.ToUpper(snakeName(enum)) + "_"
	if rest, ok := strings.CutPrefix(value, prefix); ok && strings.Trim(rest, "_") != "" {
		return rest
	}
	return value
}

// scope hands out names that are unique within it. Names that are taken get
// underscores, in the order of asking.
type scope map[string]bool

func newScope(taken ...string) scope {
	s := scope{}
	for _, name := range taken {
		s[name] = true
	}
	return s
}

func (s scope) take(name string) string {
	for s[name] {
		name += "_"
	}
	s[name] = true
	return name
}

// methodNames are the names of the methods of messages, which fields cannot
// have.
var methodNames = []string{
	"AppendTo", "Clone", "CopyFrom", "Equal", "MergeWithin", "ProtoDescriptor", "Reset", "Size",
	"Unmarshal", "UnmarshalLimits", "UnmarshalWithin", "UnknownFields",
}

// systems are the words that, at the end of a file's name, make Go build it for
// that system or processor only.
var systems = newScope(strings.Fields(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd
	openbsd plan9 solaris wasip1 windows zos 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle
	mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm
	unix test`)...)

// fileName returns the name of the file for a Go type, without its ending.
func fileName(typeName string) string {
	name := snakeName(typeName)
	last := name[strings.LastIndexByte(name, '_')+1:]
	if systems[last] || name == descriptorFile {
		name += "_type"
	}
	return name
}
