package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one row of the table: how one value is named, read, bounded and
// explained. Everything that is known of a value is in its row.
type setting struct {
	// key is the name in a file, "udp.listen" for listen in section udp.
	key string
	// kind is what a reader of the documentation sees as the type and unit.
	kind string
	// least, most and fallback are the bounds and the default as they are
	// written; empty where there is none. A fallback in words, such as "a
	// fifth of period", is left to the package that knows how to fill it.
	least, most, fallback string
	// computed marks a fallback in words.
	computed bool
	// required tells that there is no default.
	required bool
	// list marks a setting that takes several values; named one whose values are
	// "name=value", and in a file may be a section of names instead.
	list, named bool
	// tags are the YAML types that a value may have.
	tags []string
	// about is one or two sentences for the documentation.
	about string
	// set reads the values, one unless list, into the settings. Its error says
	// what is expected and begins with no capital.
	set func(s *Settings, values []string) error
}

// or replaces the default by words, for a value that whoever uses the
// configuration computes from others if it is left out.
func (s setting) or(words string) setting {
	s.fallback, s.computed = words, true
	return s
}

// must marks the setting as one without a default: always, or if its section
// is that of the chosen transport.
func (s setting) must() setting {
	s.required = true
	return s
}

// section returns the part of the key before the dot, or nothing.
func (s setting) section() string {
	section, _, nested := strings.Cut(s.key, ".")
	if !nested {
		return ""
	}
	return section
}

// variable returns the name of the environment variable.
func (s setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// one adapts a reader of one value.
func one[T any](field func(*Settings) *T, read func(string) (T, error)) func(*Settings, []string) error {
	return func(s *Settings, values []string) error {
		value, err := read(values[0])
		if err == nil {
			*field(s) = value
		}
		return err
	}
}

// many adapts a reader of each of several values.
func many[T any](field func(*Settings) *[]T, read func(string) (T, error)) func(*Settings, []string) error {
	return func(s *Settings, values []string) error {
		all := make([]T, 0, len(values))
		for i, text := range values {
			value, err := read(text)
			if err != nil {
				return fmt.Errorf("entry %d: %w", i+1, err)
			}
			all = append(all, value)
		}
		*field(s) = all
		return nil
	}
}

// text is a string of at most `most` bytes.
func text(key string, least, most int, field func(*Settings) *string, about string) setting {
	return setting{
		key: key, kind: "text", tags: []string{"!!str"}, about: about,
		least: fmt.Sprint(least), most: fmt.Sprintf("%d bytes", most),
		set: one(field, func(value string) (string, error) {
			if len(value) < least || len(value) > most {
				return "", fmt.Errorf("%q has %d bytes: give %d to %d", abridged(value), len(value), least, most)
			}
			return value, nil
		}),
	}
}

// word is one of a few words.
func word(key string, words []string, field func(*Settings) *string, about string) setting {
	return setting{
		key: key, kind: strings.Join(words, ", "), tags: []string{"!!str"}, about: about,
		set: one(field, func(value string) (string, error) {
			for _, known := range words {
				if value == known {
					return value, nil
				}
			}
			return "", fmt.Errorf("%q is none of %s%s", abridged(value), strings.Join(words, ", "), suggest(value, words))
		}),
	}
}

// words is a list of some of a few words.
func words(key string, known []string, field func(*Settings) *[]string, about string) setting {
	return setting{
		key: key, kind: "list of " + strings.Join(known, ", "), list: true, tags: []string{"!!str"}, about: about,
		set: many(field, func(value string) (string, error) {
			if slices.Contains(known, value) {
				return value, nil
			}
			return "", fmt.Errorf("%q is none of %s%s", abridged(value), strings.Join(known, ", "), suggest(value, known))
		}),
	}
}

// path is a file's name. A relative one belongs to the folder of the file that
// names it.
func path(key string, field func(*Settings) *string, about string) setting {
	return setting{
		key: key, kind: "file", tags: []string{"!!str"}, about: about,
		set: func(s *Settings, values []string) error {
			if values[0] == "" {
				return fmt.Errorf("the name is empty: name a file")
			}
			*field(s) = s.resolve(values[0])
			return nil
		},
	}
}

// boolean is true or false.
func boolean(key string, fallback bool, field func(*Settings) *bool, about string) setting {
	return setting{
		key: key, kind: "true or false", fallback: strconv.FormatBool(fallback), tags: []string{"!!bool"}, about: about,
		set: one(field, func(value string) (bool, error) {
			switch value {
			case "true":
				return true, nil
			case "false":
				return false, nil
			}
			return false, fmt.Errorf("%q is neither true nor false", abridged(value))
		}),
	}
}

// span is a duration.
func span(key string, least, most, fallback time.Duration, field func(*Settings) *time.Duration, about string) setting {
	return setting{
		key: key, kind: "duration", least: brief(least), most: brief(most), fallback: brief(fallback),
		tags: []string{"!!str", "!!int", "!!float"}, about: about,
		set: one(field, func(value string) (time.Duration, error) {
			if _, err := strconv.ParseFloat(value, 64); err == nil {
				return 0, fmt.Errorf("%s has no unit: write %ss or %sms", abridged(value), abridged(value), abridged(value))
			}
			d, err := time.ParseDuration(value)
			if err != nil {
				return 0, fmt.Errorf("%q is not a duration: write it like 100ms, 1.5s or 2m", abridged(value))
			}
			if d < least || d > most {
				return 0, fmt.Errorf("%s is out of range: give %s to %s", value, brief(least), brief(most))
			}
			return d, nil
		}),
	}
}

// number is a whole number, of `unit` if that is given.
func number[T int | uint32 | uint64](key, unit string, least, most, fallback T, field func(*Settings) *T, about string) setting {
	return setting{
		key: key, kind: strings.TrimSuffix("number of "+unit, " of "), least: fmt.Sprint(least), most: fmt.Sprint(most), fallback: fmt.Sprint(fallback),
		tags: []string{"!!int"}, about: about,
		set: one(field, func(value string) (T, error) {
			n, err := strconv.ParseInt(value, 10, 64)
			switch {
			case err != nil && isNumber(value):
				return 0, fmt.Errorf("%s is out of range: give %d to %d", abridged(value), least, most)
			case err != nil:
				return 0, fmt.Errorf("%q is not a whole number: give %d to %d", abridged(value), least, most)
			case n < 0 || uint64(n) < uint64(least) || uint64(n) > uint64(most):
				return 0, fmt.Errorf("%d is out of range: give %d to %d", n, least, most)
			}
			return T(n), nil
		}),
	}
}

// size is a number of bytes, with KiB or MiB where that is shorter.
func size(key string, least, most, fallback int, field func(*Settings) *int, about string) setting {
	return setting{
		key: key, kind: "bytes", least: brieflyBytes(least), most: brieflyBytes(most), fallback: brieflyBytes(fallback),
		tags: []string{"!!int", "!!str"}, about: about,
		set: one(field, func(value string) (int, error) {
			n, err := parseBytes(value)
			if err != nil {
				return 0, err
			}
			if n < int64(least) || n > int64(most) {
				return 0, fmt.Errorf("%s is out of range: give %s to %s", value, brieflyBytes(least), brieflyBytes(most))
			}
			return int(n), nil
		}),
	}
}

// share is a fraction of one.
func share(key string, most, fallback float64, field func(*Settings) *float64, about string) setting {
	return setting{
		key: key, kind: "fraction", least: "0", most: fmt.Sprint(most), fallback: fmt.Sprint(fallback),
		tags: []string{"!!int", "!!float"}, about: about,
		set: one(field, func(value string) (float64, error) {
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0, fmt.Errorf("%q is not a number: give 0 to %v", abridged(value), most)
			}
			if !(f >= 0 && f <= most) { // NaN is neither
				return 0, fmt.Errorf("%s is out of range: give 0 to %v", value, most)
			}
			return f, nil
		}),
	}
}

// address is an IP address with a port.
func address(key string, anyPort bool, field func(*Settings) *netip.AddrPort, about string) setting {
	return setting{
		key: key, kind: "address:port", tags: []string{"!!str"}, about: about,
		set: one(field, func(value string) (netip.AddrPort, error) {
			a, err := netip.ParseAddrPort(value)
			if err != nil {
				return a, fmt.Errorf("%q is not an IP address with a port: write it like 192.0.2.1:7946 or [2001:db8::1]:7946", abridged(value))
			}
			if a.Port() == 0 && !anyPort {
				return a, fmt.Errorf("%q has port 0: give the port that others reach", value)
			}
			return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
		}),
	}
}

// texts is a list of strings.
func texts(key, kind string, check func(string) error, field func(*Settings) *[]string, about string) setting {
	return setting{
		key: key, kind: kind, list: true, tags: []string{"!!str"}, about: about,
		set: many(field, func(value string) (string, error) { return value, check(value) }),
	}
}

// anyText is no reason to refuse a text.
func anyText(string) error { return nil }

// pairs are texts by their names.
func pairs(key string, field func(*Settings) *map[string]string, about string) setting {
	return setting{
		key: key, kind: "names with text", list: true, named: true, tags: []string{"!!str"}, about: about,
		set: func(s *Settings, values []string) error {
			all := make(map[string]string, len(values))
			for _, pair := range values {
				name, value, ok := strings.Cut(pair, "=")
				if !ok || name == "" {
					return fmt.Errorf("%q has no name: write it like rack=b7", abridged(pair))
				}
				if _, twice := all[name]; twice {
					return fmt.Errorf("%q is given twice: keep one", abridged(name))
				}
				all[name] = value
			}
			*field(s) = all
			return nil
		},
	}
}

// prefixes is a list of address prefixes.
func prefixes(key string, field func(*Settings) *[]netip.Prefix, about string) setting {
	return setting{
		key: key, kind: "list of prefixes", list: true, tags: []string{"!!str"}, about: about,
		set: many(field, func(value string) (netip.Prefix, error) {
			if a, err := netip.ParseAddr(value); err == nil {
				return a.Prefix(a.BitLen())
			}
			p, err := netip.ParsePrefix(value)
			if err != nil {
				return p, fmt.Errorf("%q is not an address prefix: write it like 10.0.0.0/8 or 2001:db8::/32", abridged(value))
			}
			if p.Masked() != p {
				return p, fmt.Errorf("%q has bits set beyond its length: write %s", value, p.Masked())
			}
			return p, nil
		}),
	}
}
