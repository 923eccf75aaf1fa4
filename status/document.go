package status

import (
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/transport"
)

// document is a node as JSON shows it. Its names are promised to users.
type document struct {
	Node      identity       `json:"node"`
	View      *hearsay.View  `json:"view"`
	Agreement *agreement     `json:"agreement"`
	Stats     map[string]any `json:"stats"`
}

type identity struct {
	ID         string                    `json:"id"`
	Cluster    string                    `json:"cluster"`
	Generation uint64                    `json:"generation,string"`
	Addresses  map[string]netip.AddrPort `json:"addresses"`
	Observer   bool                      `json:"observer"`
	Joined     bool                      `json:"joined"`
	Isolated   bool                      `json:"isolated"`
	Ended      string                    `json:"ended,omitempty"`
}

type agreement struct {
	Heard int     `json:"heard"`
	Share float64 `json:"share"`
}

func documentOf(s *snapshot) document {
	d := document{
		Node:  identity{s.id, s.cluster, s.generation, s.addresses, s.observer, s.joined, s.isolated, ""},
		View:  s.view,
		Stats: fields(reflect.ValueOf(s.stats)),
	}
	if s.ended != nil {
		d.Node.Ended = s.ended.Error()
	}
	if s.agreement != nil {
		d.Agreement = &agreement{s.agreement.Heard, s.agreement.Share}
	}
	return d
}

// member is one member, with what it says of itself.
type member struct {
	hearsay.Member
	Metadata *metadata `json:"metadata,omitempty"`
}

type metadata struct {
	Roles   []string          `json:"roles,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Version string            `json:"version,omitempty"`
}

func memberOf(node *hearsay.Node, id string) (member, bool) {
	found, ok := node.View().Get(id)
	m := member{Member: found}
	if said, says := node.Metadata().Of(id); ok && says {
		m.Metadata = &metadata{said.Roles, said.Labels, said.Version}
	}
	return m, ok
}

// fields returns a struct of counters as JSON shows it, by the names of its
// fields, so that one who adds a counter need not think of this place.
func fields(v reflect.Value) map[string]any {
	object := make(map[string]any, v.NumField())
	for field, value := range v.Fields() {
		name := snake(field.Name)
		switch value := value.Interface().(type) {
		case time.Duration:
			object[name+"_seconds"] = value.Seconds()
		case map[string]transport.Stats:
			networks := make(map[string]any, len(value))
			for network, part := range value {
				networks[network] = fields(reflect.ValueOf(part))
			}
			object[name] = networks
		default:
			object[name] = plain(reflect.ValueOf(value))
		}
	}
	return object
}

// plain returns a value of a field: a number, a struct of such, or the one array
// there is, which counts what a transport dropped, by cause.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		return fields(v)
	case reflect.Array:
		causes := make(map[string]any, v.Len())
		for i := range v.Len() {
			causes[causeName(transport.Drop(i))] = v.Index(i).Interface()
		}
		return causes
	}
	return v.Interface()
}

// causeName is the name of a cause in labels and in JSON.
func causeName(cause transport.Drop) string { return strings.ReplaceAll(cause.String(), " ", "_") }

// snake returns the name of a field in snake_case.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
