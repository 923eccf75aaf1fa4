package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// values makes texts around a bound of a numeric setting, in its own notation.
type values struct {
	least, most, below, above, negative, zero string
	zeroAllowed, whole                        bool
}

// bounds returns the texts to try on a row, and false for a row without
// numbers.
func bounds(t *testing.T, row setting) (values, bool) {
	t.Helper()
	switch {
	case row.kind == "duration":
		least, most := duration(t, row.least), duration(t, row.most)
		return values{row.least, row.most, (least - 1).String(), (most + 1).String(), "-1s", "0s", least == 0, false}, true
	case row.kind == "fraction":
		return values{row.least, row.most, "-0.0001", fmt.Sprint(atof(t, row.most) + 0.0001), "-1", "0", true, false}, true
	case row.least != "" && row.kind != "text":
		least, err1 := parseBytes(row.least)
		most, err2 := parseBytes(row.most)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return values{row.least, row.most, fmt.Sprint(least - 1), fmt.Sprint(most + 1), "-1", "0", least == 0, true}, true
	}
	return values{}, false
}

func TestEveryNumberAndDurationKeepsItsBounds(t *testing.T) {
	tried := 0
	for _, row := range table() {
		v, numeric := bounds(t, row)
		if !numeric {
			continue
		}
		tried++
		t.Run(row.key, func(t *testing.T) {
			if row.fallback == "" {
				t.Error("has no default")
			}
			good := []string{v.least, v.most}
			if !row.computed {
				good = append(good, row.fallback)
			}
			for _, text := range good {
				if err := row.set(new(Settings), []string{text}); err != nil {
					t.Errorf("%s is refused: %v", text, err)
				}
			}
			bad := []string{v.below, v.above, v.negative, "many", "", " ", "1e400", "0x10", "99999999999999999999", "NaN", "-Inf"}
			if !v.zeroAllowed {
				bad = append(bad, v.zero)
			}
			for _, text := range bad {
				s := new(Settings)
				err := row.set(s, []string{text})
				if err == nil {
					t.Errorf("%q is accepted", text)
				} else if !strings.Contains(err.Error(), "give ") && !strings.Contains(err.Error(), "write ") {
					t.Errorf("%q: %v: does not say what to do", text, err)
				}
				if !reflect.ValueOf(*s).IsZero() {
					t.Errorf("%q is refused and has changed the settings", text)
				}
			}
		})
	}
	if tried < 30 {
		t.Errorf("only %d settings are numeric: the test does not find them", tried)
	}
}

func TestBoundsReachTheFieldThatTheyAreFor(t *testing.T) {
	for _, row := range table() {
		v, numeric := bounds(t, row)
		if !numeric {
			continue
		}
		s := new(Settings)
		if err := row.set(s, []string{v.most}); err != nil {
			t.Fatal(err)
		}
		if reflect.ValueOf(*s).IsZero() {
			t.Errorf("%s: setting it to %s changes nothing", row.key, v.most)
		}
	}
}

func TestEverySettingIsExplained(t *testing.T) {
	seen := make(map[string]bool)
	for _, row := range table() {
		if seen[row.key] {
			t.Errorf("%s is in the table twice", row.key)
		}
		seen[row.key] = true
		if row.kind == "" {
			t.Errorf("%s has no kind", row.key)
		}
		if !strings.HasSuffix(row.about, ".") {
			t.Errorf("%s: %q is not a sentence", row.key, row.about)
		}
		if row.fallback == "" && !row.required && !row.list {
			t.Errorf("%s has no default and is not required", row.key)
		}
		if len(row.tags) == 0 {
			t.Errorf("%s accepts no YAML type", row.key)
		}
		if section := row.section(); section != "" && !slices.Contains(transports, section) {
			t.Errorf("%s is in a section that no word chooses", row.key)
		}
	}
}

// A value in the table's range must not be refused by the package behind it,
// whose message would come too late and name a field of Go.
func TestPackagesAcceptWhatTheTableAccepts(t *testing.T) {
	for _, row := range table() {
		v, numeric := bounds(t, row)
		if !numeric {
			continue
		}
		t.Run(row.key, func(t *testing.T) {
			for _, text := range []string{v.least, v.most} {
				s := complete(t)
				if err := row.set(s, []string{text}); err != nil {
					t.Fatal(err)
				}
				loosen(s, row.key, text == v.most)
				if err := validate(s, row.section()); err != nil {
					t.Errorf("%s is in the table's range, and refused: %v", text, err)
				}
			}
		})
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func atof(t *testing.T, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) {
		t.Fatal(text, err)
	}
	return f
}
