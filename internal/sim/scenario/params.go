package scenario

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Param is something of a scenario that can be set.
type Param struct {
	Name, Help string
	// Default also says of what kind the value is: an int, a float64, a bool
	// or a time.Duration.
	Default any
	// Least and Most bound the value, which is of the kind of Default; nil is
	// no bound.
	Least, Most any
}

// Args are a size and the values of all parameters.
type Args struct {
	Nodes int
	Seed  uint64
	value map[string]any
}

// Int returns the value of a parameter.
func (a Args) Int(name string) int { return a.value[name].(int) }

// Share returns the value of a parameter.
func (a Args) Share(name string) float64 { return a.value[name].(float64) }

// Bool returns the value of a parameter.
func (a Args) Bool(name string) bool { return a.value[name].(bool) }

// Time returns the value of a parameter.
func (a Args) Time(name string) time.Duration { return a.value[name].(time.Duration) }

// Rand returns a stream of randomness for the layout of a plan.
func (a Args) Rand(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(a.Seed, purpose)) }

// parse splits "name:parameter=value,…" and checks every value. Its error is
// everything that is wrong.
func parse(text string) (Scenario, map[string]any, error) {
	name, rest, _ := strings.Cut(text, ":")
	s, err := find(name)
	if err != nil {
		return s, nil, err
	}
	values := make(map[string]any)
	for _, p := range s.Params {
		values[p.Name] = p.Default
	}
	var problems []error
	for setting := range strings.SplitSeq(rest, ",") {
		if setting == "" {
			continue
		}
		key, word, ok := strings.Cut(setting, "=")
		p, known := s.param(key)
		switch {
		case !known:
			problems = append(problems, fmt.Errorf("scenario %s has no parameter %q: it has %s", s.Name, key, s.paramNames()))
			continue
		case !ok:
			problems = append(problems, fmt.Errorf("parameter %s has no value: write %s=%v", key, key, p.Default))
			continue
		}
		value, err := p.parse(word)
		if err != nil {
			problems = append(problems, err)
		}
		values[key] = value
	}
	return s, values, errors.Join(problems...)
}

func (s Scenario) param(name string) (Param, bool) {
	for _, p := range s.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

func (s Scenario) paramNames() string {
	if len(s.Params) == 0 {
		return "none"
	}
	names := make([]string, len(s.Params))
	for i, p := range s.Params {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// parse reads a value of the parameter's kind and holds it against its bounds.
func (p Param) parse(word string) (any, error) {
	switch p.Default.(type) {
	case int:
		value, err := strconv.Atoi(word)
		return value, p.judge(word, value, err, bounded[int](value, p.Least, p.Most))
	case float64:
		value, err := strconv.ParseFloat(word, 64)
		return value, p.judge(word, value, err, bounded[float64](value, p.Least, p.Most))
	case bool:
		value, err := strconv.ParseBool(word)
		return value, p.judge(word, value, err, true)
	case time.Duration:
		value, err := time.ParseDuration(word)
		return value, p.judge(word, value, err, value >= 0 && bounded[time.Duration](value, p.Least, p.Most))
	}
	panic(fmt.Sprintf("BUG: parameter %s has a default of type %T", p.Name, p.Default))
}

func bounded[T int | float64 | time.Duration](value T, least, most any) bool {
	if l, ok := least.(T); ok && !(value >= l) {
		return false
	}
	if m, ok := most.(T); ok && !(value <= m) {
		return false
	}
	return true
}

func (p Param) judge(word string, value any, err error, inside bool) error {
	if err == nil && inside {
		return nil
	}
	kind := map[string]string{
		"int": "a number", "float64": "a share, such as 0.5", "bool": "true or false",
		"time.Duration": "a time, such as 20s",
	}[fmt.Sprintf("%T", p.Default)]
	text := fmt.Sprintf("parameter %s = %q: give %s", p.Name, word, kind)
	if p.Least != nil {
		text += fmt.Sprintf(", at least %v", p.Least)
	}
	if p.Most != nil {
		text += fmt.Sprintf(", at most %v", p.Most)
	}
	return errors.New(text)
}
