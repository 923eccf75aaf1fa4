package status

import (
	"mime"
	"strconv"
	"strings"
)

// The kinds of a family.
type kind string

const (
	counter kind = "counter"
	gauge   kind = "gauge"
	// constant is a family whose labels tell, and whose value is 1. OpenMetrics
	// has a type for it, and the older format a convention.
	constant kind = "info"
)

// suffixes end the names of samples. In OpenMetrics a family's name is without.
var suffixes = map[kind]string{counter: "_total", gauge: "", constant: "_info"}

// family is one metric: what it is called, what it means, and its samples.
type family struct {
	// name is without the prefix and, like help, plain ASCII that needs no
	// escapes; a sample's name ends in the suffix of its kind.
	name string
	kind kind
	help string
	each func(s *snapshot, tell func(value float64, labels ...label))
}

type label struct{ name, value string }

// prefix begins every name.
const prefix = "hearsay_"

// exposition returns metrics of a node as text.
func exposition(families []family, s *snapshot, open bool) []byte {
	b := make([]byte, 0, 16<<10)
	for _, f := range families {
		sample, shown, shownKind := prefix+f.name+suffixes[f.kind], prefix+f.name, f.kind
		if !open {
			if shown = sample; f.kind == constant {
				shownKind = gauge
			}
		}
		b = append(b, "# HELP "+shown+" "+f.help+"\n# TYPE "+shown+" "+string(shownKind)+"\n"...)
		f.each(s, func(value float64, labels ...label) { b = appendSample(b, sample, value, labels) })
	}
	if open {
		b = append(b, "# EOF\n"...)
	}
	return b
}

// appendSample appends one line.
func appendSample(b []byte, name string, value float64, labels []label) []byte {
	b = append(b, name...)
	for i, l := range labels {
		b = append(b, "{,"[min(i, 1)])
		b = append(append(b, l.name...), `="`...)
		b = append(append(b, escape.Replace(l.value)...), '"')
	}
	if len(labels) > 0 {
		b = append(b, '}')
	}
	b = strconv.AppendFloat(append(b, ' '), value, 'f', -1, 64)
	return append(b, '\n')
}

// escape makes any text the value of a label.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// wantsOpenMetrics tells whether a request would rather have OpenMetrics than
// text, by the qualities of its Accept headers.
func wantsOpenMetrics(accept []string) bool {
	open, plain := 0.0, 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, given := parameters["q"]; given {
			if quality, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch mediaType {
		case "application/openmetrics-text":
			open = max(open, quality)
		case "text/plain":
			plain = max(plain, quality)
		}
	}
	return open > 0 && open >= plain
}
