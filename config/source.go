package config

import (
	"slices"
	"strings"
)

// reader applies values from several sources to one Settings and collects what
// is wrong with them.
type reader struct {
	settings *Settings
	rows     []setting
	report   report
	// places are where the settings were given that some source had a value
	// for: the last one wins.
	places map[string]place
}

// place is where a setting was given, and whether something is wrong there.
type place struct {
	Problem
	wrong bool
}

// row returns the setting of a key.
func (r *reader) row(key string) (setting, bool) {
	i := slices.IndexFunc(r.rows, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return r.rows[i], true
}

// apply sets one setting and reports what is wrong with its values at a place.
func (r *reader) apply(row setting, values []string, at Problem) {
	if err := row.set(r.settings, values); err != nil {
		r.wrong(row.key, at, err.Error())
		return
	}
	r.places[row.key] = place{Problem: at, wrong: r.places[row.key].wrong}
}

// wrong reports a problem of a setting, and remembers it so that nothing else
// is reported of it.
func (r *reader) wrong(key string, at Problem, message string) {
	at.Message = message
	r.places[key] = place{Problem: at, wrong: true}
	r.report.add(at)
}

// variablePrefix begins the name of every environment variable of hearsay.
const variablePrefix = "HEARSAY_"

// environment reads variables given as os.Environ gives them. An empty one
// counts as not set. An unknown one that is close to a known one is a mistake;
// others are left alone, because schedulers set variables of their own that
// begin with the name of a service.
func (r *reader) environment(environ []string) {
	byVariable := make(map[string]setting)
	names := make([]string, 0, len(r.rows))
	for _, row := range r.rows {
		byVariable[row.variable()] = row
		names = append(names, strings.ToLower(row.variable()))
	}
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !strings.HasPrefix(name, variablePrefix) || value == "" {
			continue
		}
		at := Problem{Source: fromEnvironment, Field: name}
		row, known := byVariable[name]
		if known {
			r.apply(row, row.split(value), at)
			continue
		}
		for i, candidate := range names {
			if editDistance(strings.ToLower(name), candidate) <= 2 {
				at.Message = "is not a setting, did you mean " + r.rows[i].variable() + "?"
				r.report.add(at)
				break
			}
		}
	}
}

// flags reads "key=value" pairs.
func (r *reader) flags(pairs []string) {
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		at := Problem{Source: fromFlag, Field: key}
		row, known := r.row(key)
		switch {
		case !ok:
			at.Message = "has no value: write it like cluster=demo"
			r.report.add(at)
		case !known:
			at.Message = "is not a setting" + suggest(key, r.keys())
			r.report.add(at)
		default:
			r.apply(row, row.split(value), at)
		}
	}
}

// split takes apart the values of a list: between commas, without the spaces
// around them.
func (s setting) split(value string) []string {
	if !s.list {
		return []string{value}
	}
	values := []string{}
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, part)
		}
	}
	return values
}

func (r *reader) keys() []string {
	keys := make([]string, len(r.rows))
	for i, row := range r.rows {
		keys[i] = row.key
	}
	return keys
}
